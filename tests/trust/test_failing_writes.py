"""Where the disk is full or fails, the index stays what it was."""

from __future__ import annotations

import resource
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

from indexer.cli import main
from tests.requirements import need
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import sync_roots
from tests.sync.operations import SETTLE_SECONDS
from tests.trust.states import NOTHING, State, fill, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EACH_STEP = pytest.mark.parametrize("size", [40_960, pytest.param(12_288, marks=pytest.mark.fuzz)])
"""How many bytes more there are each time."""
MOST_STEPS = 60
ROOM_TO_READ = 65_536


class Case(NamedTuple):
    """A root, the index of what it held before, and the state of an index of what it holds now."""

    root: Path
    before: Path
    after: State


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A root that has got more since it was indexed."""
    folder = tmp_path_factory.mktemp("failing")
    root = RootBuilder(folder / "docker")
    fill(root, "first")
    time.sleep(SETTLE_SECONDS)
    sync_roots(folder / "before.db", root.path)
    fill(root, "second", images=20)
    shutil.copyfile(folder / "before.db", folder / "after.db")
    sync_roots(folder / "after.db", root.path)
    return Case(root.path, folder / "before.db", state_of(folder / "after.db", timed=False))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2048k", "tmpfs", str(folder)]
    done = shutil.which("mount") and subprocess.run(mount, capture_output=True, check=False)
    need(bool(done) and done.returncode == 0, "No file system can be mounted here.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Make every write that would have a file grow beyond `size` bytes fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def room_for(size: int, folder: Path) -> Iterator[None]:
    """Leave only `size` bytes free in the file system of `folder`."""
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(max(shutil.disk_usage(folder).free - size, 0)))
    try:
        yield
    finally:
        ballast.unlink()


def sync(case: Case, index: Path) -> tuple[int, str]:
    """Exit code and message of `dockidx sync`."""
    command = ["sync", "--root", str(case.root), "--db", str(index), "--host", "host-a"]
    done = CliRunner().invoke(main, command)
    return done.exit_code, done.stderr


def assert_readable_or_full(index: Path, room: int) -> None:
    """`dockidx query` works, or says that not even the room for reading is left."""
    done = CliRunner().invoke(main, ["query", "images", "--db", str(index)])
    if room < ROOM_TO_READ and done.exit_code:
        assert done.exit_code == 1
        assert done.stderr.startswith(f"Error: The disk is full beside {index},")
    else:
        assert done.exit_code == 0, done.stderr


def assert_before_or_after(case: Case, index: Path, former: State, code: int) -> None:
    """What the command says is true of the index."""
    if code == 0:
        assert state_of(index, timed=False) == case.after
    else:
        assert state_of(index) == former


@EACH_STEP
def test_a_disk_with_any_room_left(case: Case, small: Path, size: int) -> None:
    """From none to enough: the sync fails with a sentence or works, and so do readers."""
    former = state_of(case.before)
    codes = []
    for step in range(MOST_STEPS):
        index = small / "index.db"
        shutil.copyfile(case.before, index)
        with room_for(step * size, small):
            code, said = sync(case, index)
            codes.append(code)
            assert_readable_or_full(index, step * size)
        assert_before_or_after(case, index, former, code)
        if code:
            assert said.startswith("Error: The disk is full "), said
        for path in small.iterdir():
            path.unlink()
        if codes[-3:] == [0, 0, 0]:
            break
    assert codes[0] == 1
    assert codes[-1] == 0


@EACH_STEP
def test_a_first_sync_with_any_room_left(case: Case, small: Path, size: int) -> None:
    """There is no index, an empty one, or a whole one; never half of one."""
    codes = []
    for step in range(MOST_STEPS):
        index = small / "index.db"
        with room_for(step * size * 2, small):
            code, said = sync(case, index)
            codes.append(code)
        assert (state_of(index) == NOTHING) == (code != 0)
        if code:
            assert said.startswith("Error: The disk is full "), said
        for path in small.iterdir():
            path.unlink()
        if codes[-3:] == [0, 0, 0]:
            break
    assert codes[0] == 1
    assert codes[-1] == 0


@EACH_STEP
def test_writes_that_fail_at_any_place(case: Case, memory: Path, size: int) -> None:
    """An error of the file system is no other matter than a full one."""
    former = state_of(case.before)
    codes = []
    for step in range(MOST_STEPS):
        index = memory / "index.db"
        shutil.copyfile(case.before, index)
        with files_of_at_most(step * size * 2):
            code, said = sync(case, index)
        codes.append(code)
        assert_before_or_after(case, index, former, code)
        if code:
            assert "the index is as it was." in said
        for path in memory.iterdir():
            path.unlink()
        if codes[-3:] == [0, 0, 0]:
            break
    assert codes[0] == 1
    assert codes[-1] == 0

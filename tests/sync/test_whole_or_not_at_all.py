"""However a sync ends, it commits everything or leaves the index unchanged."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from indexer.cli import main
from tests.requirements import need
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import assert_sound, contents, disk_contents, sync_roots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> RootBuilder:
    """A root with a few images."""
    built = RootBuilder(tmp_path / "docker")
    fill(built, "first")
    return built


def fill(root: RootBuilder, name: str, images: int = 3) -> None:
    """Add some images and a container."""
    for number in range(images):
        text = f"{name}-{number}"
        image = root.image([text.encode()], tag=f"{name}:{number}", labels={"l": text * 20})
    root.container(name, image)


def killed_after(statements: int, index: Path, root: RootBuilder) -> bool:
    """Return whether a sync was killed after so many writing statements."""
    command = [sys.executable, "-m", "tests.sync.killed", str(index), str(root.path)]
    done = subprocess.run([*command, str(statements)], capture_output=True, check=False, timeout=60)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("statements", [0, 1, 7, 20])
def test_a_killed_sync_changes_nothing(root: RootBuilder, tmp_path: Path, statements: int) -> None:
    """A sync that is killed anywhere leaves the index unchanged, and the next sync succeeds."""
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    before = contents(index)
    fill(root, "second")
    assert killed_after(statements, index, root)
    assert_sound(index)
    assert contents(index) == before
    sync_roots(index, root.path)
    sync_roots(tmp_path / "fresh.db", root.path)
    assert disk_contents(index) == disk_contents(tmp_path / "fresh.db")


@pytest.mark.parametrize("statements", [0, 30, 60, 90])
def test_a_killed_first_sync(root: RootBuilder, tmp_path: Path, statements: int) -> None:
    """A killed first sync leaves no index or an empty one, and the next sync fills it."""
    index = tmp_path / "index.db"
    assert killed_after(statements, index, root)
    sync_roots(index, root.path)
    sync_roots(tmp_path / "fresh.db", root.path)
    assert_sound(index)
    assert disk_contents(index) == disk_contents(tmp_path / "fresh.db")


def test_a_sync_while_another_one_writes(root: RootBuilder, tmp_path: Path) -> None:
    """The second one ends with a message and changes nothing. Readers continue to read."""
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    before = contents(index)
    fill(root, "second")
    command = ["sync", "--root", str(root.path), "--db", str(index), "--host", "host-a"]
    with closing(sqlite3.connect(index, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 5
        sentence = f"Another sync holds {index}; wait for it to end and try again."
        assert done.stderr == f"Error: {sentence}\n"
        assert contents(index) == before
        reading = CliRunner().invoke(main, ["query", "images", "--db", str(index)])
        assert reading.exit_code == 0
        holder.execute("ROLLBACK")
    assert CliRunner().invoke(main, command).exit_code == 0
    assert contents(index) != before


def test_two_first_syncs_at_once(root: RootBuilder, tmp_path: Path) -> None:
    """At least one succeeds, the others report the conflict, and the index is undamaged."""
    index = tmp_path / "index.db"
    script = "from indexer.cli import main; main()"
    command = [sys.executable, "-c", script, "sync", "--root", str(root.path), "--host", "host-a"]
    running = [
        subprocess.Popen(
            [*command, "--db", str(index)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    results = [(*process.communicate(timeout=60), process.returncode) for process in running]
    codes = {code for _, _, code in results}
    assert 0 in codes
    assert codes <= {0, 5}, results
    sync_roots(tmp_path / "fresh.db", root.path)
    assert disk_contents(index) == disk_contents(tmp_path / "fresh.db")
    assert_sound(index)


@contextmanager
def small_disk(path: Path, kilobytes: int) -> Iterator[Path]:
    """A separate file system of the given size."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(path)]
    mounted = shutil.which("mount") and subprocess.run(mount, capture_output=True, check=False)
    need(bool(mounted) and mounted.returncode == 0, "No file system can be mounted here.")
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_a_full_disk(root: RootBuilder, tmp_path: Path) -> None:
    """The index is unchanged, and the message says what to do."""
    with small_disk(tmp_path / "small", 2048) as folder:
        index = folder / "index.db"
        sync_roots(index, root.path)
        before = contents(index)
        fill(root, "second", images=60)
        free = shutil.disk_usage(folder).free
        (folder / "ballast").write_bytes(bytes(max(free - 150_000, 0)))
        command = ["sync", "--root", str(root.path), "--db", str(index), "--host", "host-a"]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 1
        assert done.stderr == (
            f"Error: The disk is full while writing {index}; the index is as it was. "
            "Make room or name another file with --db.\n"
        )
        assert contents(index) == before
        assert_sound(index)
        (folder / "ballast").unlink()
        assert CliRunner().invoke(main, command).exit_code == 0


def test_a_full_disk_at_the_first_sync(root: RootBuilder, tmp_path: Path) -> None:
    """There is no index afterwards, and the message says why."""
    with small_disk(tmp_path / "small", 100) as folder:
        command = ["sync", "--root", str(root.path), "--db", str(folder / "index.db")]
        done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: The disk is full while writing {folder}/index.db;")


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_file_is_private_whatever_the_mask(
    root: RootBuilder, tmp_path: Path, mask: int
) -> None:
    """With any umask only the owner can read the index and a folder that was created for it."""
    folder = tmp_path / "new/folder"
    former = os.umask(mask)
    try:
        sync_roots(folder / "index.db", root.path)
    finally:
        os.umask(former)
    assert (folder / "index.db").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o077 == 0

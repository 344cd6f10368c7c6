"""A root that cannot be written, or not all of it read, is indexed as far as it can be."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest
from click.testing import CliRunner

from indexer.cli import main
from tests.readers.host.fake_system import NOBODY, unprivileged
from tests.requirements import need
from tests.roots import unpack
from tests.sync.index_files import disk_contents, select
from tests.trust.traces import DOCKIDX, changing, traced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOLDEN_ROOT = "20.10-overlay2"
OPENED = ("", "image", "image/overlay2", "image/overlay2/imagedb", "image/overlay2/layerdb")
IN_IMAGE_CONFIGS = ("content", "content/sha256", "metadata", "metadata/sha256")


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A copy of a real root where every user may go.

    It was synced once: another user may not be able to read the modules that this takes.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        root = unpack(GOLDEN_ROOT, Path(folder))
        assert sync(root, Path(folder) / "index.db")[0] == 0
        yield root


@pytest.fixture
def index() -> Iterator[Path]:
    """Where every user may make an index."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder) / "index.db"


def sync(root: Path, index: Path, *options: str) -> tuple[int, str]:
    """Exit code and message of `dockidx sync`."""
    words = ["sync", *options, "--root", str(root), "--db", str(index), "--host", "host-a"]
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.stderr


def test_a_read_only_mount(root: Path, index: Path, tmp_path: Path) -> None:
    """A root on a file system that cannot be written is indexed like any other."""
    need(shutil.which("mount") is not None, "There is no command mount.")
    assert sync(root, tmp_path / "writable.db", "--du")[0] == 0
    mount = ["mount", "--bind", root, root]
    done = subprocess.run(mount, capture_output=True, check=False)
    need(done.returncode == 0, "Nothing can be mounted here.")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", root], check=True)
        with pytest.raises(OSError, match="Read-only"):
            (root / "new").touch()
        assert sync(root, index, "--du")[0] == 0
    finally:
        subprocess.run(["umount", root], check=True)
    assert disk_contents(index) == disk_contents(tmp_path / "writable.db")


def test_no_write_is_even_tried(root: Path, tmp_path: Path) -> None:
    """Nothing below the root is opened for writing, locked or touched."""
    command = [DOCKIDX, "sync", "--du", "--root", root, "--db", tmp_path / "index.db"]
    calls = traced(tmp_path, command)
    assert sum(str(root) in call.arguments for call in calls) > 200
    assert changing(calls, root) == []


@pytest.fixture
def copied(root: Path) -> Iterator[Callable[[], Path]]:
    """Make a copy of the root that may be changed."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)

        def copy() -> Path:
            shutil.copytree(root, Path(folder) / "docker", symlinks=True)
            return Path(folder) / "docker"

        yield copy


def test_a_user_who_owns_a_copy(copied: Callable[[], Path], index: Path, tmp_path: Path) -> None:
    """Without the rights of root everything is indexed that root indexes."""
    need(os.geteuid() == 0, "Only root can give files away.")
    root = copied()
    for path in (root, *root.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    assert sync(root, tmp_path / "root.db")[0] == 0
    with unprivileged():
        assert sync(root, index) == (0, ANY)
    assert disk_contents(index) == disk_contents(tmp_path / "root.db")


def test_a_user_who_may_read_little(copied: Callable[[], Path], index: Path) -> None:
    """What may be read is indexed, and every part that may not is named, with the reason."""
    need(os.geteuid() == 0, "Only root can take the rights of others away.")
    root = copied()
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)
    for folder in OPENED:
        (root / folder).chmod(0o755)
    configs = root / "image/overlay2/imagedb"
    for folder in IN_IMAGE_CONFIGS:
        (configs / folder).chmod(0o755)
    for path in (configs / "content/sha256").iterdir():
        path.chmod(0o644)
    (root / "image/overlay2/repositories.json").chmod(0o644)
    with unprivileged():
        code, said = sync(root, index)
    assert code == 0
    assert "`dockidx query problems` shows what is wrong." in said
    assert select(index, "SELECT COUNT(*) FROM store_images") == [(41,)]
    assert select(index, "SELECT COUNT(*) > 0 FROM tags") == [(1,)]
    denied = {path for (path,) in select(index, "SELECT path FROM problems WHERE rule = 'U1'")}
    assert denied >= {
        *("containers", "volumes", "overlay2", "buildkit"),
        *("image/overlay2/layerdb/sha256", "image/overlay2/layerdb/mounts"),
        *(f"image/overlay2/distribution/{part}" for part in DISTRIBUTION),
    }
    messages = "SELECT DISTINCT message LIKE '%permission denied%' FROM problems WHERE rule = 'U1'"
    assert select(index, messages) == [(1,)]


DISTRIBUTION = ("diffid-by-digest", "v2metadata-by-diffid")


def test_a_user_who_may_read_nothing(copied: Callable[[], Path], index: Path) -> None:
    """That is said with the way out, and no index is made."""
    need(os.geteuid() == 0, "Only root can take the rights of others away.")
    root = copied()
    root.chmod(0o700)
    with unprivileged():
        code, said = sync(root, index)
    assert code == 4
    assert said == f"Error: {root} cannot be read: permission denied; run with sudo.\n"
    assert not index.exists()

"""What one directory tree takes up: the figures of `du` and of the engine's own rule."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from indexer.docker.disk_usage.tree import MOST_LEVELS, DiskUse, measure_tree
from indexer.docker.files.folder import Folder
from tests.readers.host.fake_system import unprivileged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TREE = "overlay2/layer"


@pytest.fixture
def root() -> Iterator[Path]:
    """A root that every user may enter, with one empty tree in it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / TREE).mkdir(parents=True)
        yield Path(folder)


@pytest.fixture
def tree(root: Path) -> Path:
    return root / TREE


def use_of(root: Path, tree: str = TREE) -> DiskUse | None:
    with Folder.of_root(str(root)) as folder:
        return measure_tree(folder, tuple(tree.split("/")), {})


def known_use(root: Path, tree: str = TREE) -> DiskUse:
    use = use_of(root, tree)
    assert use is not None
    return use


def du(path: Path, *options: str) -> int:
    command = ("du", "--summarize", "--one-file-system", *options, str(path))
    return int(subprocess.run(command, capture_output=True, check=True).stdout.split()[0])


def crowd(folder: Path) -> None:
    """Put so many empty files there that much can happen between two looks at the same name."""
    for number in range(200):
        (folder / f"file-{number}").touch()


@contextmanager
def repeated(change: Callable[[], None]) -> Iterator[None]:
    """Make a change over and over as long as the block runs."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            change()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_disk_bytes_and_entries_are_those_of_du(root: Path, tree: Path) -> None:
    """Blocks and number of entries equal those of du for entries of every kind."""
    (tree / "deep/er").mkdir(parents=True)
    (tree / "deep/file").write_bytes(b"x" * 10_000)
    os.link(tree / "deep/file", tree / "deep/er/same")
    with (tree / "sparse").open("wb") as sparse:
        sparse.truncate(50_000_000)
    (tree / "short").symlink_to("deep/file")
    (tree / "long").symlink_to("x" * 2000)
    os.mkfifo(tree / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tree / "socket"))
        (tree / os.fsdecode(b"not-utf-8-\xff")).write_bytes(b"y")
        use = known_use(root)
    assert use.disk_bytes == du(tree, "--block-size=1")
    assert use.entries == du(tree, "--inodes")
    assert use.unread == ()


def test_apparent_bytes_follow_the_engine(root: Path, tree: Path) -> None:
    """Files count once by length, links by that of their target, folders and devices not."""
    (tree / "folder").mkdir()
    (tree / "folder/file").write_bytes(b"x" * 10_000)
    os.link(tree / "folder/file", tree / "again")
    (tree / "link").symlink_to("folder/file")
    (tree / "empty").touch()
    os.link(tree / "empty", tree / "empty-again")
    with (tree / "sparse").open("wb") as sparse:
        sparse.truncate(50_000)
    os.mkfifo(tree / "pipe")
    assert known_use(root).apparent_bytes == 10_000 + len("folder/file") + 50_000


def test_links_lead_nowhere(root: Path, tree: Path, tmp_path: Path) -> None:
    """What a link points to is not measured, inside the root or outside."""
    (tmp_path / "file").write_bytes(b"x" * 10_000)
    (tree / "out").symlink_to(tmp_path)
    (tree / "up").symlink_to("..")
    use = known_use(root)
    assert use.entries == 3
    assert use.apparent_bytes == len(str(tmp_path)) + len("..")


def test_link_in_place_of_a_tree(root: Path, tmp_path: Path) -> None:
    """A tree that is a link is not entered, and is said to be one."""
    (root / "overlay2/planted").symlink_to(tmp_path)
    use = known_use(root, "overlay2/planted")
    assert use[:3] == (0, 0, 0)
    (unread,) = use.unread
    assert (unread.rule, unread.path) == ("S1", "overlay2/planted")
    assert unread.reason == "is a symbolic link, which is not followed"


def test_link_on_the_way_to_a_tree(root: Path, tmp_path: Path) -> None:
    """A tree behind a link is not reached."""
    (tmp_path / "layer").mkdir()
    (root / "planted").symlink_to(tmp_path)
    assert known_use(root, "planted/layer").unread[0].rule == "S1"


def test_folder_that_turns_into_a_link(root: Path, tree: Path, tmp_path: Path) -> None:
    """A folder that becomes a link while it is measured never leads out of the root."""
    (tmp_path / "file").write_bytes(b"x" * 10_000)
    (tree / "turning").mkdir()
    (root / "link").symlink_to(tmp_path)
    crowd(tree)

    def turn() -> None:
        (tree / "turning").rename(root / "aside")
        (root / "link").rename(tree / "turning")
        (tree / "turning").rename(root / "link")
        (root / "aside").rename(tree / "turning")

    with repeated(turn):
        uses = [known_use(root) for _ in range(300)]
    assert {use.unread for use in uses} == {()}
    assert {use.apparent_bytes for use in uses} <= {0, len(str(tmp_path))}


def test_missing_tree_has_no_use(root: Path) -> None:
    """A tree that is not there has no use, which is not the same as an empty one."""
    assert use_of(root, "overlay2/gone") is None
    assert known_use(root).entries == 1


def test_folder_that_may_not_be_read(root: Path, tree: Path) -> None:
    """What is denied is counted itself, named with its rule, and the rest is measured."""
    for name in ("a", "b", "c"):
        (tree / name).mkdir()
        (tree / name / "file").write_bytes(b"1234")
    os.chmod(tree / "a", 0o000)
    os.chmod(tree / "c", 0o000)
    with unprivileged():
        use = known_use(root)
    assert (use.apparent_bytes, use.entries) == (4, 5)
    (unread,) = use.unread
    assert (unread.rule, unread.parts) == ("U1", 2)
    assert unread.path in (f"{TREE}/a", f"{TREE}/c")
    assert unread.reason == "cannot be read: permission denied"


def test_folder_that_may_only_be_listed(root: Path, tree: Path) -> None:
    """Every entry of a folder that may be listed but not entered is missed."""
    (tree / "listed").mkdir()
    for name in ("a", "b"):
        (tree / "listed" / name).write_bytes(b"1234")
    os.chmod(tree / "listed", 0o444)
    with unprivileged():
        use = known_use(root)
    assert use.apparent_bytes == 0
    assert [(unread.rule, unread.parts) for unread in use.unread] == [("U1", 2)]


def test_tree_that_may_not_be_read(root: Path, tree: Path) -> None:
    """A tree that cannot be opened itself is reported, not taken for an empty one."""
    os.chmod(tree, 0o000)
    with unprivileged():
        use = known_use(root)
    assert (use.entries, use.unread[0].rule, use.unread[0].path) == (0, "U1", TREE)


def test_folder_that_cannot_be_opened(root: Path, tree: Path) -> None:
    """A folder that gives another error than a denial is reported with that error."""
    (tree / "/".join("d" * 200)).mkdir(parents=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = len(os.listdir("/proc/self/fd")) + 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
    try:
        use = known_use(root)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    (unread,) = use.unread
    assert (unread.rule, unread.parts) == ("U2", 1)
    assert unread.path.startswith(f"{TREE}/d/d/d")
    assert unread.reason == "cannot be read: Too many open files"
    assert 10 < use.entries < 200


def test_what_vanishes_is_ignored(root: Path, tree: Path) -> None:
    """Entries that vanish between being listed and being measured leave no trace."""
    (tree / "lasting").write_bytes(b"12")
    crowd(tree)

    def come_and_go() -> None:
        (tree / "come").mkdir()
        (tree / "come/go").write_bytes(b"1234")
        (tree / "come/go").unlink()
        (tree / "come").rmdir()

    with repeated(come_and_go):
        uses = [known_use(root) for _ in range(300)]
    assert {use.unread for use in uses} == {()}
    assert {use.apparent_bytes for use in uses} <= {2, 6}


def test_endless_depth_is_survived(root: Path, tree: Path) -> None:
    """Folders within folders are entered up to a limit, and the first beyond it is named."""
    fd = os.open(tree, os.O_RDONLY)
    for _ in range(MOST_LEVELS + 50):
        os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)
    use = known_use(root)
    (unread,) = use.unread
    assert (unread.rule, unread.parts) == ("U2", 1)
    assert unread.path.count("/d") == MOST_LEVELS
    assert use.entries == MOST_LEVELS + 1


def test_access_times_stay(root: Path, tree: Path) -> None:
    """Measuring leaves no access time behind, as far as the reader may choose."""
    (tree / "folder").mkdir()
    folders = (tree, tree / "folder")
    for folder in folders:
        os.utime(folder, (1, 2))
    known_use(root)
    assert [folder.stat().st_atime for folder in folders] == [1, 1]

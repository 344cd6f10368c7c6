"""What directory trees take up on disk, measured as the engine and as `du` do."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.docker.files.folder import Folder

TreePath = tuple[str, ...]
"""The names of the folders that lead from the Docker root to a tree."""

BLOCK: Final = 512
MOST_LEVELS: Final = 256
"""How many folders within each other are entered: each holds a handle open."""

_OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM})
_NO_MOUNTS: Final = frozenset[str]()


class Unread(NamedTuple):
    """Parts of a tree that could not be measured, and why the first of them could not.

    `rule` is the integrity rule (U1, U2 or S1), `path` the first part's, relative to the Docker
    root, `reason` is to be put after it, and `parts` says how many there are.
    """

    rule: str
    path: str
    reason: str
    parts: int


class DiskUse(NamedTuple):
    """The size of a tree, without the other file systems that are mounted in it.

    `apparent_bytes` are the lengths of all but directories, a symbolic link's being that of its
    target (moby `pkg/directory`). `disk_bytes` are the blocks given to everything in the tree and
    to itself, and `entries` is how many that are. A file with several names counts once in each.
    They lack whatever `unread` tells of, one for each rule; it is empty where all was read.
    `linked` has the inode and the disk bytes of each file that has names outside of the tree too.
    `device` is the file system that the tree was measured on.
    """

    apparent_bytes: int
    disk_bytes: int
    entries: int
    unread: tuple[Unread, ...] = ()
    linked: tuple[tuple[int, int], ...] = ()
    device: int = 0

    @property
    def own_bytes(self) -> int:
        """The disk bytes without those of files that have names outside of the tree too."""
        return self.disk_bytes - sum(size for _, size in self.linked)


class _Links(NamedTuple):
    """A file with several names: its disk bytes, and how many names were not met with yet."""

    bytes: int
    missing: int


def measure_tree(
    root: Folder, path: TreePath, mounts: Mapping[str, frozenset[str]]
) -> DiskUse | None:
    """Measure the tree at `path` below `root`; None where it is not there.

    `mounts` is what `mount_points` says of `root`. A tree that is a mount point itself is measured
    on the file system mounted there.
    """
    joined = "/".join(path)
    walk = _Walk(mounts.get(joined, _NO_MOUNTS))
    try:
        with root.descend(*path) as tree:
            walk.measure(tree.fileno(), joined)
    except GoneError:
        return None
    except UnreadableError as error:
        walk.miss(joined, error.rule, str(error))
    return walk.use()


class _Walk:
    """One tree being measured. Works on bare handles, as it opens a great many folders."""

    __slots__ = ("_apparent", "_blocks", "_device", "_entries", "_linked", "_mounts", "_unread")

    def __init__(self, mounts: frozenset[str]) -> None:
        self._mounts = mounts
        self._apparent = self._blocks = self._entries = self._device = 0
        self._linked: dict[int, _Links] = {}
        self._unread: dict[str, Unread] = {}

    def use(self) -> DiskUse:
        unread = tuple(self._unread.values())
        linked = tuple((it, links.bytes) for it, links in self._linked.items() if links.missing)
        blocks = self._blocks * BLOCK
        return DiskUse(self._apparent, blocks, self._entries, unread, linked, self._device)

    def miss(self, path: str, rule: str, reason: str) -> None:
        first = self._unread.get(rule, Unread(rule, path, reason, 0))
        self._unread[rule] = first._replace(parts=first.parts + 1)

    def measure(self, fd: int, path: str) -> None:
        found = os.fstat(fd)
        self._device = found.st_dev
        self._blocks += found.st_blocks
        self._entries += 1
        self._enter(fd, path, MOST_LEVELS)

    def _enter(self, fd: int, path: str, depth: int) -> None:
        try:
            names = os.listdir(fd)
        except OSError as error:
            self._fail(path, error)
            return
        for name in self._count(fd, path, names):
            self._descend(fd, name, f"{path}/{name}", depth - 1)

    def _descend(self, parent: int, name: str, path: str, depth: int) -> None:
        if not depth:
            self.miss(path, "U2", f"is below {MOST_LEVELS} folders of one tree, which is too deep")
            return
        try:
            fd = opened(name, parent)
        except OSError as error:
            self._fail(path, error)
            return
        try:
            self._enter(fd, path, depth)
        finally:
            os.close(fd)

    def _count(self, fd: int, path: str, names: list[str]) -> list[str]:
        """Count the entries `names` of a folder, and give those that are folders to enter."""
        folders: list[str] = []
        for name in names:
            if self._mounts and f"{path}/{name}" in self._mounts:
                continue
            try:
                found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            except OSError as error:
                self._fail(f"{path}/{name}", error)
                continue
            if found.st_dev != self._device:
                continue
            if stat.S_ISDIR(found.st_mode):
                folders.append(name)
            elif found.st_nlink > 1 and self._is_counted(found):
                continue
            else:
                self._apparent += found.st_size
            self._blocks += found.st_blocks
            self._entries += 1
        return folders

    def _is_counted(self, found: os.stat_result) -> bool:
        """Whether a file was seen by another of its names; from now on it was."""
        links = self._linked.get(found.st_ino)
        if links is None:
            size = found.st_blocks * BLOCK
            self._linked[found.st_ino] = _Links(size, found.st_nlink - 1)
            return False
        self._linked[found.st_ino] = links._replace(missing=links.missing - 1)
        return True

    def _fail(self, path: str, error: OSError) -> None:
        if error.errno in GONE:
            return
        if error.errno in _DENIED:
            self.miss(path, "U1", "cannot be read: permission denied")
        else:
            self.miss(path, "U2", f"cannot be read: {error.strerror}")


def opened(name: str, parent: int) -> int:
    """A handle of the folder `name` in the folder `parent`. Raises `OSError`."""
    try:
        return os.open(name, _OPEN | os.O_NOATIME, dir_fd=parent)
    except PermissionError:
        # O_NOATIME is for owners only; whoever may read without it still can.
        return os.open(name, _OPEN, dir_fd=parent)

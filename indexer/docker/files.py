"""The one way into a Docker root: read-only, relative to directory handles, no link followed."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from types import TracebackType

_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE})
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NOATIME = os.O_NOATIME


class Stamp(NamedTuple):
    """Inode and change time (ns since 1970): while both stay, the file or folder is the same."""

    inode: int
    ctime_ns: int


class GoneError(Exception):
    """The path is not there: an absent optional part, or a race with a running engine."""


class UnreadableError(Exception):
    """The path is there and cannot be read.

    `rule` is the integrity rule it breaks (S1, U1 or U2); the message is the reason, to be put
    after the path.
    """

    def __init__(self, rule: str, reason: str) -> None:
        """Take the rule id and the reason."""
        super().__init__(reason)
        self.rule = rule


class Entry(NamedTuple):
    """A name in a folder; `kind` is `file`, `folder`, `link` or `special`."""

    name: str
    kind: str


class Folder:
    """An open directory below a Docker root; a context manager that closes its handle.

    `path` is its place relative to the root, for messages ('' is the root itself). Names hold
    undecodable bytes as surrogate escapes, as `os.fsdecode` gives them.
    """

    __slots__ = ("_fd", "path")

    def __init__(self, fd: int, path: str) -> None:
        """Take over an open directory handle."""
        self._fd = fd
        self.path = path

    @classmethod
    def of_root(cls, path: str) -> Self:
        """Open the root at `path`; links in `path` itself are the administrator's and are followed.

        Raises `GoneError` and `UnreadableError`.
        """
        try:
            return cls(os.open(os.path.realpath(path), _FOLDER), "")
        except OSError as error:
            raise _translated(error) from error

    def __enter__(self) -> Self:
        """Give the folder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the handle."""
        os.close(self._fd)

    def join(self, name: str) -> str:
        """`name` inside this folder, relative to the root."""
        return f"{self.path}/{name}" if self.path else name

    def folder(self, name: str) -> Folder:
        """Open the folder `name`, one level down. Raises `GoneError` and `UnreadableError`."""
        try:
            fd = _opened(name, _FOLDER, self._fd)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                self._refuse_link(name, error)
            raise _translated(error) from error
        return Folder(fd, self.join(name))

    def descend(self, *names: str) -> Folder:
        """Open the folder reached by `names`, each one level below the last. Raises as `folder`."""
        current = self.folder(names[0])
        for name in names[1:]:
            with current:
                current = current.folder(name)
        return current

    def names(self) -> list[Entry]:
        """The entries of this folder by name. Raises `GoneError` and `UnreadableError`."""
        try:
            with os.scandir(self._fd) as entries:
                return sorted(Entry(entry.name, _kind(entry)) for entry in entries)
        except OSError as error:
            raise _translated(error) from error

    def stamp(self, name: str | None = None) -> Stamp:
        """The stamp of the entry `name` or of this folder. Raises as `names`."""
        found = self._stat(name)
        return Stamp(found.st_ino, found.st_ctime_ns)

    def has(self, name: str) -> bool:
        """Whether there is an entry `name`; True where that cannot be told."""
        try:
            self._stat(name)
        except GoneError:
            return False
        except UnreadableError:
            return True
        return True

    def size(self, name: str) -> int:
        """The length of the file `name` in bytes. Raises `GoneError` and `UnreadableError`."""
        return self._stat(name).st_size

    def read(self, name: str, limit: int) -> bytes:
        """The whole regular file `name`, which may be `limit` bytes long.

        Raises `GoneError` where it is not there and `UnreadableError` for a link, a special file,
        a longer file, denied access or an I/O error.
        """
        fd = self.open(name)
        try:
            return _read_all(fd, limit)
        except OSError as error:
            raise _translated(error) from error
        finally:
            os.close(fd)

    def open(self, name: str) -> int:
        """A read-only descriptor of the regular file `name`, to be closed by the caller.

        Raises `GoneError` and `UnreadableError`. A special file is never opened.
        """
        _require_regular(self._stat(name).st_mode)
        try:
            fd = _opened(name, _FILE, self._fd)
        except OSError as error:
            raise _translated(error) from error
        return fd

    def _stat(self, name: str | None) -> os.stat_result:
        try:
            if name is None:
                return os.fstat(self._fd)
            return os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except OSError as error:
            raise _translated(error) from error

    def _refuse_link(self, name: str, error: OSError) -> None:
        if stat.S_ISLNK(self._stat(name).st_mode):
            raise UnreadableError("S1", "is a symbolic link, which is not followed") from error


def _opened(name: str, flags: int, dir_fd: int) -> int:
    try:
        return os.open(name, flags | _NOATIME, dir_fd=dir_fd)
    except PermissionError:
        # O_NOATIME is for owners only; whoever may read without it still can.
        return os.open(name, flags, dir_fd=dir_fd)


def _read_all(fd: int, limit: int) -> bytes:
    data = os.read(fd, min(limit, 65536) + 1)
    if len(data) <= min(limit, 65536):
        return data
    parts = [data]
    total = len(data)
    while total <= limit:
        part = os.read(fd, min(1 << 20, limit + 1 - total))
        if not part:
            return b"".join(parts)
        parts.append(part)
        total += len(part)
    raise UnreadableError("U2", f"is longer than the {limit} bytes such a file may have")


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "link" if entry.is_symlink() else "special"


def _require_regular(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISLNK(mode):
        raise UnreadableError("S1", "is a symbolic link, which is not followed")
    what = "a folder" if stat.S_ISDIR(mode) else "a special file, which is not opened"
    raise UnreadableError("S1", f"is {what}")


def _translated(error: OSError) -> GoneError | UnreadableError:
    if error.errno in _GONE:
        return GoneError(error.strerror or "gone")
    if error.errno in (errno.EACCES, errno.EPERM):
        return UnreadableError("U1", "cannot be read: permission denied")
    if error.errno == errno.ELOOP:
        return UnreadableError("S1", "is a symbolic link, which is not followed")
    return UnreadableError("U2", f"cannot be read: {error.strerror}")


def printable(name: str) -> str:
    """A file name as text any database and terminal takes: bytes that are not UTF-8 as `\\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")

"""The only way into a Docker root: read-only, relative to directory handles, no link followed.

A path that is looked up as a whole could lead out of the root through a link that is made between
two calls. A directory handle cannot.
"""

from __future__ import annotations

import errno
import os
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Self

from indexer.docker.files.entries import (
    Entry,
    Fingerprint,
    StampedEntry,
    compare_entries,
    fingerprint_of,
    is_of_file_system,
    kind_of,
    kind_of_mode,
    stamped_entry,
)
from indexer.docker.files.errors import (
    GoneError,
    UnreadableError,
    reader_error,
    require_file,
    require_folder,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

# O_NONBLOCK: opening a named pipe that has no writer would otherwise wait for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NOATIME = os.O_NOATIME
_NONE_FOLLOWED: Mapping[str, Folder] = MappingProxyType({})

__all__ = [
    "Entry",
    "Fingerprint",
    "Folder",
    "GoneError",
    "Inside",
    "Owners",
    "StampedEntry",
    "UnreadableError",
    "printable",
]


class Inside(NamedTuple):
    """The entries of a folder: `kinds` by name, and the `contents` of some small files by name.

    For a file that cannot be read, `contents` has the error.
    """

    kinds: dict[str, str]
    contents: dict[str, bytes | UnreadableError]


class Owners(NamedTuple):
    """The user and group ID of a file or folder, and its `st_mode`."""

    user: int
    group: int
    mode: int


class Folder:
    """An open directory of a Docker root; a context manager that closes its handle.

    `path` is relative to the root and used in messages ('' is the root itself). Names hold
    undecodable bytes as surrogate escapes, as `os.fsdecode` returns them. `followed` has, by the
    name of a link in this folder, the folder that `follow` put in its place.
    """

    __slots__ = ("_fd", "followed", "path")

    def __init__(self, fd: int, path: str) -> None:
        """Take over an open directory handle."""
        self._fd = fd
        self.path = path
        self.followed: Mapping[str, Folder] = _NONE_FOLLOWED

    @classmethod
    def of_root(cls, path: str, named: str = "") -> Self:
        """Open the root at `path`.

        Links in `path` itself are followed: the administrator set them. `named` is the prefix of
        paths in messages. Raises `GoneError` and `UnreadableError`.
        """
        try:
            return cls(_open_descriptor(os.path.realpath(path), _FOLDER, None), named)
        except OSError as error:
            raise reader_error(error) from error

    def __enter__(self) -> Self:
        """Return the folder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the handle, and those of followed links."""
        for folder in self.followed.values():
            os.close(folder.fileno())
        os.close(self._fd)

    def follow(self, name: str, folder: Folder) -> None:
        """Use `folder` in place of the link `name`; this folder closes it."""
        self.followed = {**self.followed, name: folder}

    def fileno(self) -> int:
        """The directory handle, for as long as the folder is open."""
        return self._fd

    def join(self, name: str) -> str:
        """The path of `name` in this folder, relative to the root."""
        return f"{self.path}/{name}" if self.path else name

    def folder(self, name: str) -> Folder:
        """Open the folder `name`, one level down. Raises `GoneError` and `UnreadableError`."""
        return Folder(self._open_folder(name), self.join(name))

    def descend(self, *names: str) -> Folder:
        """Open the folder at the relative path `names`, step by step. Raises as `folder`."""
        current = self.folder(names[0])
        for name in names[1:]:
            with current:
                current = current.folder(name)
        return current

    def names(self) -> list[Entry]:
        """The entries of this folder without `lost+found`, sorted by name.

        Raises `GoneError` and `UnreadableError`.
        """
        try:
            with os.scandir(self._fd) as entries:
                return sorted(
                    Entry(entry.name, self._kind(entry))
                    for entry in entries
                    if not is_of_file_system(entry)
                )
        except OSError as error:
            raise reader_error(error) from error

    def kinds(self) -> dict[str, str]:
        """The kind of each entry without `lost+found`, by name, unsorted. Raises as `names`."""
        try:
            with os.scandir(self._fd) as entries:
                return {
                    entry.name: self._kind(entry)
                    for entry in entries
                    if not is_of_file_system(entry)
                }
        except OSError as error:
            raise reader_error(error) from error

    def inside(self, name: str, files: Iterable[str], limit: int) -> Inside:
        """The entries of the folder `name`, and the contents of those of `files` that it has.

        A file longer than `limit` bytes has an error in place of contents. Raises as `folder`.
        """
        fd = self._open_folder(name)
        try:
            with os.scandir(fd) as entries:
                kinds = {entry.name: kind_of(entry) for entry in entries}
            return Inside(kinds, _contents(fd, kinds, files, limit))
        except OSError as error:
            raise reader_error(error) from error
        finally:
            os.close(fd)

    def compare(self, previous: Mapping[str, Fingerprint]) -> tuple[list[str], list[StampedEntry]]:
        """The names with the same fingerprint in `previous`, and all other entries; both unsorted.

        Costs one `stat` an entry and opens none. Raises as `names`.
        """
        try:
            with os.scandir(self._fd) as entries:
                return compare_entries(entries, previous)
        except OSError as error:
            raise reader_error(error) from error

    def entry(self, name: str) -> StampedEntry:
        """The entry `name`, from one `stat`. Raises `GoneError` and `UnreadableError`."""
        return stamped_entry(name, self._stat(name))

    def link_target(self, name: str) -> str:
        """The text of the symbolic link `name`, which is not followed.

        Raises `GoneError`, and `UnreadableError` also if it is not a link.
        """
        try:
            return os.readlink(name, dir_fd=self._fd)
        except OSError as error:
            if error.errno == errno.EINVAL:
                raise UnreadableError("S1", "is not a symbolic link") from error
            raise reader_error(error) from error

    def fingerprint(self, name: str | None = None) -> Fingerprint:
        """The fingerprint of the entry `name`, or of this folder for None. Raises as `names`."""
        return fingerprint_of(self._stat(name))

    def has(self, name: str) -> bool:
        """Whether there is an entry `name`; True also if that cannot be determined.

        Callers report what is missing, so that a doubt must not become a finding.
        """
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

    def device(self, name: str | None = None) -> int:
        """The device number of the entry `name`, or of this folder for None. Raises as `names`."""
        return self._stat(name).st_dev

    def owners(self, name: str | None = None) -> Owners:
        """The owners of the entry `name`, or of this folder for None. Raises as `names`."""
        status = self._stat(name)
        return Owners(status.st_uid, status.st_gid, status.st_mode)

    def read(self, name: str, limit: int) -> bytes:
        """The contents of the regular file `name`, which may be up to `limit` bytes long.

        Raises `GoneError` if it does not exist, and `UnreadableError` for a link, a special file, a
        longer file, denied access or an I/O error.
        """
        return self.read_found(self.entry(name), limit)

    def read_found(self, entry: StampedEntry, limit: int) -> bytes:
        """The contents of the file `entry`, whose `stat` is still fresh. Raises as `read`."""
        require_file(entry.kind)
        if entry.size > limit:
            raise _too_long(limit)
        return _read_file(self._fd, entry.name, limit)

    def open(self, name: str) -> int:
        """A read-only descriptor of the regular file `name`; the caller closes it.

        Raises `GoneError` and `UnreadableError`. A special file is never opened, since opening a
        device can change its state.
        """
        require_file(kind_of_mode(self._stat(name).st_mode))
        try:
            return _open_descriptor(name, _FILE, self._fd)
        except OSError as error:
            raise reader_error(error) from error

    def _stat(self, name: str | None) -> os.stat_result:
        try:
            if name is None:
                return os.fstat(self._fd)
            return os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except OSError as error:
            raise reader_error(error) from error

    def _kind(self, entry: os.DirEntry[str]) -> str:
        return "folder" if entry.name in self.followed else kind_of(entry)

    def _open_folder(self, name: str) -> int:
        followed = self.followed.get(name)
        try:
            if followed is not None:
                return _open_descriptor(".", _FOLDER, followed.fileno())
            return _open_descriptor(name, _FOLDER, self._fd)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                require_folder(kind_of_mode(self._stat(name).st_mode))
            raise reader_error(error) from error


def _open_descriptor(name: str, flags: int, dir_fd: int | None) -> int:
    try:
        return os.open(name, flags | _NOATIME, dir_fd=dir_fd)
    except PermissionError:
        # The kernel allows O_NOATIME to the owner and to root only; others may still read.
        return os.open(name, flags, dir_fd=dir_fd)


def _read_file(dir_fd: int, name: str, limit: int) -> bytes:
    try:
        fd = _open_descriptor(name, _FILE, dir_fd)
        try:
            return _read_all(fd, limit)
        finally:
            os.close(fd)
    except OSError as error:
        raise reader_error(error) from error


def _contents(
    dir_fd: int, kinds: dict[str, str], files: Iterable[str], limit: int
) -> dict[str, bytes | UnreadableError]:
    contents: dict[str, bytes | UnreadableError] = {}
    for name in files:
        if name not in kinds:
            continue
        try:
            require_file(kinds[name])
            contents[name] = _read_file(dir_fd, name, limit)
        except GoneError:
            # An engine removed the file after the listing.
            del kinds[name]
        except UnreadableError as error:
            contents[name] = error
    return contents


def _read_all(fd: int, limit: int) -> bytes:
    length = min(limit, 65536)
    data = os.read(fd, length + 1)
    if len(data) <= length:
        return data
    # A long file is read again in one piece, since joining parts would take twice the memory.
    parts = [os.pread(fd, limit + 1, 0)]
    total = len(parts[0])
    while total <= limit:
        part = os.pread(fd, min(1 << 20, limit + 1 - total), total)
        if not part:
            return b"".join(parts)
        parts.append(part)
        total += len(part)
    raise _too_long(limit)


def _too_long(limit: int) -> UnreadableError:
    return UnreadableError("U2", f"is longer than the {limit} bytes that such a file may have")


def printable(name: str) -> str:
    """A file name as text that any database and terminal takes.

    Bytes that are not UTF-8 become `\\xNN`.
    """
    if name.isascii():
        return name
    return os.fsencode(name).decode("utf-8", "backslashreplace")

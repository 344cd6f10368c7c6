"""What a look at a folder shows of its entries, none of them opened."""

from __future__ import annotations

import errno
import hashlib
import stat
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE})
"""Error numbers of what is not there, or not there any more."""

NO_FILE: Final = MappingProxyType(
    {
        "folder": "is a folder",
        "link": "is a symbolic link, which is not followed",
        "special": "is a special file, which is not opened",
    }
)
"""Why an entry of this kind is not read as a file."""

# Some file systems number inodes up to 2**64, which no column of a database holds.
_INODE_BITS: Final = 2**63 - 1
# Times from 2262 on, as damaged or odd file systems have them, fit in no column either.
_TIMES: Final = range(-(2**63), 2**63)
_BEYOND: Final = 2**63 - 1


LOST_AND_FOUND: Final = "lost+found"
"""The folder of the file system itself at its top, and so of any folder that is a mount point."""


class Fingerprint(NamedTuple):
    """Inode and change time (ns since 1970): while both stay, the file or folder is the same.

    A time of more than 64 bits is the last there is: ahead of any clock, it proves nothing.
    """

    inode: int
    ctime_ns: int


class Entry(NamedTuple):
    """A name in a folder; `kind` is `file`, `folder`, `link` or `special`."""

    name: str
    kind: str


class StampedEntry(NamedTuple):
    """A name in a folder, its kind as in `Entry`, its fingerprint, and its mtime (ns since 1970).

    `size` is its length in bytes, and `changed_ns` its ctime, however far that is.
    """

    name: str
    kind: str
    fingerprint: Fingerprint
    modified_ns: int
    size: int
    changed_ns: int


def fingerprint_of(status: os.stat_result) -> Fingerprint:
    """The fingerprint of a file or folder of which `found` is known."""
    ctime_ns = status.st_ctime_ns
    return Fingerprint(status.st_ino & _INODE_BITS, ctime_ns if ctime_ns in _TIMES else _BEYOND)


def joined_fingerprint(*fingerprints: Fingerprint) -> Fingerprint:
    """One fingerprint of several files; it changes when that of any file does."""
    numbers = b"".join(
        part.to_bytes(8, "big", signed=True) for fingerprint in fingerprints for part in fingerprint
    )
    inode = int.from_bytes(hashlib.blake2b(numbers, digest_size=8).digest(), "big") & _INODE_BITS
    return Fingerprint(inode, max(fingerprint.ctime_ns for fingerprint in fingerprints))


def is_of_file_system(entry: os.DirEntry[str]) -> bool:
    """Whether `entry` is the folder that checks of the file system use, and nobody's."""
    return entry.name == LOST_AND_FOUND and entry.is_dir(follow_symlinks=False)


def kind_of(entry: os.DirEntry[str]) -> str:
    """The kind of `entry`, for which the file system is not asked again where it gave it."""
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "link" if entry.is_symlink() else "special"


def kind_of_mode(mode: int) -> str:
    """The kind of what has the `st_mode` `mode`."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "special"


def stamped_entry(name: str, status: os.stat_result) -> StampedEntry:
    """The entry `name` of which `found` is known."""
    kind = kind_of_mode(status.st_mode)
    fingerprint = fingerprint_of(status)
    return StampedEntry(
        name, kind, fingerprint, status.st_mtime_ns, status.st_size, status.st_ctime_ns
    )


def compare_entries(
    entries: Iterable[os.DirEntry[str]], previous: Mapping[str, Fingerprint]
) -> tuple[list[str], list[StampedEntry]]:
    """The names that have their fingerprint in `known`, and all other entries but `lost+found`.

    Raises `OSError`.
    """
    same: list[str] = []
    other: list[StampedEntry] = []
    for entry in entries:
        if is_of_file_system(entry):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            if error.errno in GONE:
                continue
            raise
        if previous.get(entry.name) == (status.st_ino & _INODE_BITS, status.st_ctime_ns):
            same.append(entry.name)
        else:
            other.append(stamped_entry(entry.name, status))
    return same, other

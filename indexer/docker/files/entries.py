"""What `stat` tells of a folder's entries: kind, size, times and fingerprint. Nothing is opened."""

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
"""Error numbers that mean "not there": it never was, or an engine has just removed it."""

NO_FILE: Final = MappingProxyType(
    {
        "folder": "is a folder",
        "link": "is a symbolic link, which is not followed",
        "special": "is a special file, which is not opened",
    }
)
"""For each kind but `file`, the reason why such an entry is not read, to be put after its path."""

# Some file systems number inodes up to 2**64, but an integer column holds 63 bits and a sign.
_INODE_BITS: Final = 2**63 - 1
# A damaged file system can show times after the year 2262, which do not fit in a column either.
_TIMES: Final = range(-(2**63), 2**63)
_BEYOND: Final = 2**63 - 1


LOST_AND_FOUND: Final = "lost+found"
"""The folder that `mkfs` makes at the top of a file system, and so in any mount point."""


class Fingerprint(NamedTuple):
    """Inode and change time (ns since 1970): while both stay, the file or folder is unchanged.

    A time of more than 64 bits is stored as the latest that fits. It lies ahead of any clock, so
    `ScanBuilder.add` does not trust it.
    """

    inode: int
    ctime_ns: int


class Entry(NamedTuple):
    """A name in a folder; `kind` is `file`, `folder`, `link` or `special`."""

    name: str
    kind: str


class StampedEntry(NamedTuple):
    """An entry of a folder with what `stat` tells of it.

    `kind` is as in `Entry`. `modified_ns` (mtime) and `changed_ns` (ctime) are nanoseconds since
    1970, and `changed_ns` is not cut to 64 bits. `size` is the length in bytes.
    """

    name: str
    kind: str
    fingerprint: Fingerprint
    modified_ns: int
    size: int
    changed_ns: int


def fingerprint_of(status: os.stat_result) -> Fingerprint:
    """The fingerprint of the file or folder whose `stat` result is `status`."""
    ctime_ns = status.st_ctime_ns
    return Fingerprint(status.st_ino & _INODE_BITS, ctime_ns if ctime_ns in _TIMES else _BEYOND)


def joined_fingerprint(*fingerprints: Fingerprint) -> Fingerprint:
    """One fingerprint for several files: it changes when the fingerprint of any of them does.

    The inode is a hash of all fingerprints, and the change time is the latest of them.
    """
    numbers = b"".join(
        part.to_bytes(8, "big", signed=True) for fingerprint in fingerprints for part in fingerprint
    )
    inode = int.from_bytes(hashlib.blake2b(numbers, digest_size=8).digest(), "big") & _INODE_BITS
    return Fingerprint(inode, max(fingerprint.ctime_ns for fingerprint in fingerprints))


def is_of_file_system(entry: os.DirEntry[str]) -> bool:
    """Whether `entry` is `lost+found`, which belongs to the file system and not to Docker."""
    return entry.name == LOST_AND_FOUND and entry.is_dir(follow_symlinks=False)


def kind_of(entry: os.DirEntry[str]) -> str:
    """The kind of `entry`, as in `Entry`.

    The directory listing itself gives it on most file systems, so that no `stat` is needed.
    """
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "link" if entry.is_symlink() else "special"


def kind_of_mode(mode: int) -> str:
    """The kind, as in `Entry`, of something whose `st_mode` is `mode`."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "special"


def stamped_entry(name: str, status: os.stat_result) -> StampedEntry:
    """The entry `name` whose `stat` result is `status`."""
    kind = kind_of_mode(status.st_mode)
    fingerprint = fingerprint_of(status)
    return StampedEntry(
        name, kind, fingerprint, status.st_mtime_ns, status.st_size, status.st_ctime_ns
    )


def compare_entries(
    entries: Iterable[os.DirEntry[str]], previous: Mapping[str, Fingerprint]
) -> tuple[list[str], list[StampedEntry]]:
    """Split `entries` into unchanged names and the others, leaving out `lost+found`.

    A name is unchanged if it has the same fingerprint in `previous`. What vanishes meanwhile is in
    neither list. Raises `OSError`.
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

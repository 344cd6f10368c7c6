"""The record of one directory of a graph driver, the same for all drivers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.times import utc_of_file
from indexer.docker.files.folder import UnreadableError, printable
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from indexer.docker.files.folder import StampedEntry

KIND: Final = "directory"
"""The object kind of findings about a driver's directory."""

REMOVING: Final = "-removing"
"""What aufs and windowsfilter append to the name of a directory while they delete it."""

SAFE_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
"""A name that may stand in a path; all that the engine and BuildKit make are of this form."""


class DriverDirectory(NamedTuple):
    """A directory in which a graph driver keeps a layer, a read-write layer or build cache.

    `name` is the directory's name, which for devicemapper stands for a device. `modified_at` and
    `changed_at` are the UTC text of its mtime and ctime, None beyond the year 9999; where the
    directory is the layer's own top folder (vfs, btrfs, aufs) the mtime is what the layer has it
    be, so that only the ctime tells of a directory that is being made. `link` is its short name
    (overlay2). `lower` names the directories below it, nearest first, with None for one that
    cannot be found; all of it is None where the driver notes no parents or the note is no good.
    `committed` says that another directory was put on it, `mounted` that a mount point is left in
    it, `has_files` that the folder of its own files is there; each is None where the driver has no
    such thing. `quota_bytes` is its limit, if any, and `removing` says that its deletion has begun.
    `lower_links` are the short names that stand for `lower` on the disk (overlay2), with colons
    between them.
    """

    name: str
    modified_at: str | None
    changed_at: str | None
    link: str | None = None
    lower: tuple[str | None, ...] | None = None
    committed: bool | None = None
    mounted: bool | None = None
    has_files: bool | None = None
    quota_bytes: int | None = None
    removing: bool = False
    lower_links: str | None = None


def name_of(entry: StampedEntry) -> str:
    """The name that the record of `entry` has."""
    return printable(entry.name)


def plain(entry: StampedEntry) -> DriverDirectory:
    """The record of `entry` with nothing but its name and times."""
    modified_at, changed_at = times_of(entry)
    return DriverDirectory(name_of(entry), modified_at, changed_at)


def times_of(entry: StampedEntry) -> tuple[str | None, str | None]:
    """The `modified_at` and `changed_at` of the record of `entry`."""
    return utc_of_file(entry.modified_ns), utc_of_file(entry.changed_ns)


def fault(path: str, error: UnreadableError, directory: str) -> Finding:
    """The finding that `path`, which tells about `directory`, cannot be made use of."""
    return Finding(error.rule, KIND, directory, path, f"{path} {error}; it is not indexed.")


def checked(content: bytes | UnreadableError, rule: str, form: re.Pattern[str], wrong: str) -> str:
    """The text in the file that holds `content`.

    Raises `UnreadableError`: the one that stands in the file's place, or one with `rule` that ends
    in `wrong`, where the text has not the `form`.
    """
    if isinstance(content, UnreadableError):
        raise content
    text = content.decode("utf-8", "replace")
    if form.fullmatch(text) is None:
        raise UnreadableError(rule, f"holds {text[:80]!r}, {wrong}")
    return text

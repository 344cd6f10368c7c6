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
"""The suffix that aufs and windowsfilter append to the name of a directory to delete it."""

SAFE_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
"""The form of all names that the engine and BuildKit make; such a name is safe in a path."""


class DriverDirectory(NamedTuple):
    """A directory of a graph driver: a layer, a read-write layer or build cache.

    `name` is the name of the directory, or of the device with devicemapper. `modified_at` and
    `changed_at` are its mtime and ctime as UTC text, None beyond the year 9999. With vfs, btrfs and
    aufs the directory is the top folder of the layer, so that its mtime comes from the layer; only
    the ctime tells when the directory was made.

    `link` is the short name of the directory (overlay2). `lower` are the directories below it,
    nearest first; an item is None if its directory cannot be found, and `lower` is None if the
    driver records no parents or the record is unusable. `lower_links` is the same as short names,
    separated by colons (overlay2). `committed` means that another directory was stacked on this
    one, `mounted` that it contains a mount point, and `has_files` that the folder of its files
    exists; each is None if the driver has no such concept. `quota_bytes` is the size limit, None
    for none. `removing` means that its deletion has begun.
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
    """The name of the record of `entry`."""
    return printable(entry.name)


def plain(entry: StampedEntry) -> DriverDirectory:
    """The record of `entry` with only its name and times."""
    modified_at, changed_at = times_of(entry)
    return DriverDirectory(name_of(entry), modified_at, changed_at)


def times_of(entry: StampedEntry) -> tuple[str | None, str | None]:
    """The values `modified_at` and `changed_at` of the record of `entry`."""
    return utc_of_file(entry.modified_ns), utc_of_file(entry.changed_ns)


def fault(path: str, error: UnreadableError, directory: str) -> Finding:
    """The finding that the file `path`, which describes `directory`, is unusable."""
    return Finding(error.rule, KIND, directory, path, f"{path} {error}; it is not indexed.")


def checked(content: bytes | UnreadableError, rule: str, form: re.Pattern[str], wrong: str) -> str:
    """Decode the `content` of a file and check that it has the `form`.

    Raises `content` if it is an `UnreadableError`, and an `UnreadableError` with `rule` and a
    message that ends in `wrong` if the text does not have the form.
    """
    if isinstance(content, UnreadableError):
        raise content
    text = content.decode("utf-8", "replace")
    if form.fullmatch(text) is None:
        raise UnreadableError(rule, f"holds {text[:80]!r}, {wrong}")
    return text

"""Reads the directories of overlay2 and fuse-overlayfs, which are stacked by short links.

Source: moby `daemon/graphdriver/overlay2/overlay.go` and `fuse-overlayfs/fuseoverlayfs.go`.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.drivers.directory import (
    KIND,
    DriverDirectory,
    checked,
    fault,
    name_of,
    plain,
    times_of,
)
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.drivers.short_links import SHORT_LINK, LinkTargets
from indexer.docker.drivers.space import IdSpace, ReadContext, Reading
from indexer.docker.files.errors import GoneError, UnreadableError, require_folder
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder, StampedEntry

# The longest `lower` has 128 links of 28 characters and 127 colons, which is 3,711 bytes.
_LIMIT: Final = 4096
# Mount options have to fit into one page, so the engine allows no more (moby `maxDepth`).
_MOST_LOWER: Final = 128
_FILES: Final = "diff"
_FORMS: Final = MappingProxyType(
    {
        "link": ("G3", re.compile(SHORT_LINK)),
        "lower": ("G4", re.compile(rf"l/{SHORT_LINK}(?::l/{SHORT_LINK})*")),
    }
)
_WRONG: Final = "so that neither this directory nor any directory stacked on it can be mounted"


class _LayerFolder(NamedTuple):
    """The content of a layer's folder.

    `marks` tells whether another layer was stacked on it, whether it is mounted, and whether its
    files are there; it is None if the folder cannot be opened. `lower` are the short names in the
    file `lower`, separated by colons; '' if there is no such file, None if it is unusable.
    """

    entry: StampedEntry
    link: str | None
    lower: str | None
    marks: tuple[bool, ...] | None
    findings: list[Finding]


def space(driver: str) -> IdSpace:
    """The ID space of `driver`, which is overlay2 or fuse-overlayfs."""
    return IdSpace(LAYER_PLACES[driver].directories, _read, reserved=re.compile(r"l|lost\+found"))


def _read(context: ReadContext, entries: list[StampedEntry]) -> list[Reading]:
    found = [part for entry in entries if (part := _read_folder(context.folder, entry))]
    claims = [(part.link, name_of(part.entry)) for part in found if part.link is not None]
    links = {link for part in found if part.lower for link in part.lower.split(":")}
    targets = LinkTargets(context.folder, links, claims, context.names)
    return [_reading(context, part, targets) for part in found]


def _read_folder(folder: Folder, entry: StampedEntry) -> _LayerFolder | None:
    findings: list[Finding] = []
    try:
        kinds, contents = folder.inside(entry.name, _FORMS, _LIMIT)
    except GoneError:
        return None
    except UnreadableError as error:
        findings.append(fault(folder.join(entry.name), error, name_of(entry)))
        return _LayerFolder(entry, None, None, None, findings)
    try:
        require_folder(kinds.get(_FILES, "folder"))
    except UnreadableError as error:
        findings.append(fault(f"{folder.join(entry.name)}/{_FILES}", error, name_of(entry)))
    texts: dict[str, str] = {}
    for file, content in contents.items():
        try:
            texts[file] = checked(content, *_FORMS[file], _WRONG)
        except UnreadableError as error:
            path = f"{folder.join(entry.name)}/{file}"
            findings.append(fault(path, error, name_of(entry)))
    # A bottom layer has no file `lower`, which differs from a damaged one.
    lower = texts.get("lower", None if "lower" in kinds else "")
    if lower:
        lower = lower.removeprefix("l/").replace(":l/", ":")
    marks = (
        "committed" in kinds,
        "merged" in kinds and _is_mounted(folder, entry.name),
        _FILES in kinds,
    )
    return _LayerFolder(entry, texts.get("link"), lower, marks, findings)


def _is_mounted(home: Folder, name: str) -> bool:
    """Whether the folder `merged` in the directory `name` was made to mount the directory.

    Later engines create `merged` for as long as the directory is mounted. Engines from 1.12 to
    17.11 created it with every directory that has a parent, just before `lower`, and kept it. So a
    `merged` that is older than `lower` says nothing. It is never entered.
    """
    try:
        with home.folder(name) as layer:
            merged = layer.entry("merged")
            if layer.device("merged") != layer.device():
                return True
            return merged.modified_ns > layer.entry("lower").modified_ns
    except (GoneError, UnreadableError):
        return True


def _reading(context: ReadContext, found: _LayerFolder, targets: LinkTargets) -> Reading:
    entry, link, links, marks, findings = found
    if marks is None:
        return Reading(entry, plain(entry), findings)
    lower: tuple[str | None, ...] | None = None if links is None else ()
    if links:
        names = links.split(":")
        lower = tuple(map(targets.__getitem__, names))
        if len(set(names)) < len(names) or len(names) > _MOST_LOWER:
            findings.append(_unstackable(context, entry, len(names)))
    committed, mounted, has_files = marks
    record = DriverDirectory(
        name_of(entry),
        *times_of(entry),
        link,
        lower,
        committed,
        mounted,
        has_files,
        lower_links=links or None,
    )
    return Reading(entry, record, findings)


def _unstackable(context: ReadContext, entry: StampedEntry, count: int) -> Finding:
    path = f"{context.folder.join(entry.name)}/lower"
    reason = f"names {count} directories; at most {_MOST_LOWER} can be stacked, each only once"
    return Finding("G4", KIND, name_of(entry), path, f"{path} {reason}, {_WRONG}.")

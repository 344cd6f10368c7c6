"""Reads the directories of overlay (until 23.0).

An image layer is a complete tree of hard links. A container is stacked on one such layer.
Source: moby v20.10 `daemon/graphdriver/overlay/overlay.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.drivers.directory import SAFE_NAME, checked, fault, plain
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.drivers.space import IdSpace, ReadContext, each
from indexer.docker.files.folder import UnreadableError

if TYPE_CHECKING:
    from indexer.docker.drivers.directory import DriverDirectory
    from indexer.docker.files.folder import StampedEntry
    from indexer.docker.rules.finding import Finding

_LIMIT: Final = 4096
_LOWER: Final = "lower-id"


def _read_one(
    context: ReadContext, entry: StampedEntry, findings: list[Finding]
) -> DriverDirectory:
    kinds, contents = context.folder.inside(entry.name, (_LOWER,), _LIMIT)
    record = plain(entry)._replace(
        lower=None if _LOWER in kinds else (),
        mounted="merged" in kinds,
        has_files="root" in kinds or "upper" in kinds,
    )
    if _LOWER not in contents:
        return record
    try:
        lower = checked(contents[_LOWER], "G4", SAFE_NAME, "which is not the name of a layer")
    except UnreadableError as error:
        path = f"{context.folder.join(entry.name)}/{_LOWER}"
        findings.append(fault(path, error, record.name))
        return record
    return record._replace(lower=(lower,))


SPACE: Final = IdSpace(LAYER_PLACES["overlay"].directories, each(_read_one))
"""The ID space of overlay."""

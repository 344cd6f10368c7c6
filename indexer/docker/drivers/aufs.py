"""Reads the directories of aufs (until 23.0).

`diff/` has the files, `layers/` a list of ancestors for each directory, and `mnt/` only mount
points. To delete a directory, the engine removes its list and then renames the directory. Source:
moby v20.10 `daemon/graphdriver/aufs/{aufs,dirs}.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from indexer.docker.drivers.directory import REMOVING, SAFE_NAME, checked, fault, plain
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.drivers.space import IdSpace, ReadContext, Reading
from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from indexer.docker.files.folder import StampedEntry

_LIMIT: Final = 65536
_LAYERS: Final = ("aufs", "layers")
_ANCESTORS: Final = re.compile(rf"(?:{SAFE_NAME.pattern}\n)*")


def _read(context: ReadContext, entries: list[StampedEntry]) -> list[Reading]:
    return [_reading(context, entry) for entry in entries]


def _reading(context: ReadContext, entry: StampedEntry) -> Reading:
    record = plain(entry)
    if entry.name.endswith(REMOVING):
        return Reading(entry, record._replace(removing=True), [])
    try:
        lower = _ancestors(context, entry.name)
    except UnreadableError as error:
        path = context.root.join("/".join((*_LAYERS, entry.name)))
        return Reading(entry, record, [fault(path, error, record.name)])
    return Reading(entry, record._replace(lower=lower), [])


def _ancestors(context: ReadContext, name: str) -> tuple[str, ...]:
    try:
        with context.root.descend(*_LAYERS) as layers:
            content = layers.read(name, _LIMIT)
    except GoneError as error:
        # Even a bottom layer has this file, which is then empty.
        raise UnreadableError("G2", "is missing") from error
    text = checked(content, "G4", _ANCESTORS, "which is not a list of layers")
    return tuple(text.splitlines())


SPACE: Final = IdSpace(LAYER_PLACES["aufs"].directories, _read, has_sidecar_metadata=True)
"""The ID space of aufs."""

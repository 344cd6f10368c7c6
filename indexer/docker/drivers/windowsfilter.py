"""Reads the directories of windowsfilter: each layer has a folder with the paths of its parents.

Source: moby `daemon/graphdriver/windows/windows.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from indexer.docker.drivers.directory import REMOVING, SAFE_NAME, fault, plain
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.drivers.space import IdSpace, ReadContext, each
from indexer.docker.encodings import gojson
from indexer.docker.files.folder import UnreadableError

if TYPE_CHECKING:
    from indexer.docker.drivers.directory import DriverDirectory
    from indexer.docker.files.folder import StampedEntry
    from indexer.docker.rules.finding import Finding

_LIMIT: Final = 1 << 20
_CHAIN: Final = "layerchain.json"
_SEPARATOR: Final = re.compile(r"[\\/]")


def _read_one(
    context: ReadContext, entry: StampedEntry, findings: list[Finding]
) -> DriverDirectory:
    record = plain(entry)
    if entry.name.endswith(REMOVING):
        return record._replace(removing=True)
    contents = context.folder.inside(entry.name, (_CHAIN,), _LIMIT).contents
    # A bottom layer has no list of parents.
    if _CHAIN not in contents:
        return record._replace(lower=())
    try:
        lower = _names(contents[_CHAIN])
    except UnreadableError as error:
        path = f"{context.folder.join(entry.name)}/{_CHAIN}"
        findings.append(fault(path, error, record.name))
        return record
    return record._replace(lower=lower)


def _names(content: bytes | UnreadableError) -> tuple[str, ...]:
    if isinstance(content, UnreadableError):
        raise content
    try:
        return tuple(_name(path) for path in gojson.decode_array(content))
    except gojson.JsonError as error:
        raise UnreadableError("G4", str(error)) from error


def _name(path: object) -> str:
    name = _SEPARATOR.split(path)[-1] if isinstance(path, str) else ""
    if SAFE_NAME.fullmatch(name) is None:
        raise UnreadableError("G4", f"holds {str(path)[:80]!r}, which is not the path of a layer")
    return name


SPACE: Final = IdSpace(LAYER_PLACES["windowsfilter"].directories, each(_read_one))
"""The ID space of windowsfilter."""

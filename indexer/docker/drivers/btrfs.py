"""Reads the directories of btrfs: subvolumes with all files, and their size limits in `quotas/`.

Source: moby `daemon/graphdriver/btrfs/btrfs.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from indexer.docker.drivers.directory import checked, fault, plain
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.drivers.space import IdSpace, ReadContext, Reading
from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.docker.files.folder import StampedEntry

_LIMIT: Final = 4096
_SIZE: Final = re.compile(r"[0-9]{1,18}")


def _read(context: ReadContext, entries: list[StampedEntry]) -> list[Reading]:
    quotas = _quotas(context, [entry.name for entry in entries])
    return [_reading(context, entry, quotas.get(entry.name)) for entry in entries]


def _quotas(context: ReadContext, names: list[str]) -> Mapping[str, bytes | UnreadableError]:
    try:
        with context.root.folder("btrfs") as home:
            return home.inside("quotas", names, _LIMIT).contents
    except GoneError:
        return {}
    except UnreadableError as error:
        return dict.fromkeys(names, error)


def _reading(
    context: ReadContext, entry: StampedEntry, quota: bytes | UnreadableError | None
) -> Reading:
    record = plain(entry)
    if quota is None:
        return Reading(entry, record, [])
    try:
        text = checked(quota, "G2", _SIZE, "which is not a number of bytes")
    except UnreadableError as error:
        path = context.root.join(f"btrfs/quotas/{entry.name}")
        return Reading(entry, record, [fault(path, error, record.name)])
    return Reading(entry, record._replace(quota_bytes=int(text)), [])


SPACE: Final = IdSpace(LAYER_PLACES["btrfs"].directories, _read, has_sidecar_metadata=True)
"""The ID space of btrfs."""

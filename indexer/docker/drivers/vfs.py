"""Reads the directories of vfs: each is a complete copy, and nothing records its parent.

Source: moby `daemon/graphdriver/vfs/driver.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.drivers.directory import plain
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.drivers.space import IdSpace, ReadContext, Reading

if TYPE_CHECKING:
    from indexer.docker.files.folder import StampedEntry


def _read(_: ReadContext, entries: list[StampedEntry]) -> list[Reading]:
    return [Reading(entry, plain(entry), []) for entry in entries]


SPACE: Final = IdSpace(LAYER_PLACES["vfs"].directories, _read)
"""The ID space of vfs."""

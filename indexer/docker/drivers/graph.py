"""Reads `graph/`, the image store before 1.10: a folder with a JSON file for each image.

The migration of 1.10 leaves this folder behind (moby v1.10 `migrate/v1/migratev1.go`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from indexer.docker.drivers.directory import plain
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.drivers.space import IdSpace, ReadContext, Reading

if TYPE_CHECKING:
    from indexer.docker.files.folder import StampedEntry


def _read(_: ReadContext, entries: list[StampedEntry]) -> list[Reading]:
    return [Reading(entry, plain(entry), []) for entry in entries]


SPACE: Final = IdSpace(
    LAYER_PLACES["graph"].directories, _read, reserved=re.compile(r"_tmp|:tmp:|lost\+found")
)
"""The ID space of the image store before 1.10."""

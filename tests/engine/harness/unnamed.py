"""Directories of a graph driver that no file of a Docker root names, found by a plain walk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SPACES = {"overlay2": "overlay2", "vfs": "vfs/dir"}
_NAMING = ("cache-id", "mount-id", "init-id")
_SHORT_LINKS = "l"


def id_space(root: Path, driver: str) -> Path:
    """The folder with the directories of `driver`."""
    return root / _SPACES[driver]


def directories(root: Path, driver: str) -> set[str]:
    """The names of all directories of `driver`."""
    return set(os.listdir(id_space(root, driver))) - {_SHORT_LINKS}


def crashed_writes(root: Path, driver: str) -> dict[str, int]:
    """The layer writes in `layerdb/tmp`, each with the bytes of its files."""
    folder = root / "image" / driver / "layerdb" / "tmp"
    names = os.listdir(folder) if folder.exists() else []
    return {name: sum(_sizes(folder / name)) for name in names}


def unnamed(root: Path, driver: str) -> set[str]:
    """The directories that no layer, mount or removal names and no database of BuildKit mentions.

    What only a layer write names is among them, as no engine goes on with the write of another. A
    database may mention what is no longer in it: its free pages are searched too.
    """
    left = directories(root, driver) - set(_named(root / "image" / driver / "layerdb"))
    databases = [path.read_bytes() for path in (root / "buildkit").glob("*.db")]
    return {name for name in left if not any(name.encode() in data for data in databases)}


def _named(layerdb: Path) -> Iterator[str]:
    for part in ("sha256", "mounts"):
        for path in (layerdb / part).rglob("*"):
            if path.name in _NAMING:
                yield path.read_text().strip()


def _sizes(folder: Path) -> Iterator[int]:
    return (entry.stat().st_size for entry in os.scandir(folder))

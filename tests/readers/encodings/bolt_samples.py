"""Real bbolt files of engines 26.1 and 28.5, and what a bucket holds as plain dictionaries."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any, Final

from indexer.docker.encodings.bolt import BoltFile, Bucket, snapshot

VOLUMES: Final = "volumes-metadata.db"
SNAPSHOTS: Final = "buildkit-snapshots.db"
CONTAINERD: Final = "containerd-meta.db"
OVERLAYFS: Final = "overlayfs-metadata.db"
REAL: Final = (VOLUMES, SNAPSHOTS, CONTAINERD, OVERLAYFS)

_FOLDER: Final = Path(__file__).parent / "bolt"


@cache
def real(name: str) -> bytes:
    """The bytes of the real file `name`."""
    return gzip.decompress((_FOLDER / f"{name}.gz").read_bytes())


def read(data: bytes) -> BoltFile:
    """The database in `data`, read as from a file that nobody changes."""
    return snapshot(lambda length, offset: data[offset : offset + length])


def content(bucket: Bucket) -> dict[bytes, Any]:
    """Everything below `bucket`: bytes for a value, a dictionary for a bucket."""
    found: dict[bytes, Any] = dict(bucket.items())
    found.update((key, content(inner)) for key, inner in bucket.buckets())
    return found


def length(found: dict[bytes, Any]) -> int:
    """The bytes of all keys and values in `found`."""
    sizes = (len(value) if isinstance(value, bytes) else length(value) for value in found.values())
    return sum(map(len, found)) + sum(sizes)

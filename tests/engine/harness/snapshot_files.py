"""The snapshots of the containerd image store, read from its two databases by themselves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from indexer.docker.encodings.bolt import BoltFile, Bucket
from tests.roots import containerd_root

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {1: "view", 2: "active", 3: "committed"}


class SnapshotFile(NamedTuple):
    """A snapshot: its directory's name, its kind, and the key of the one below in its namespace."""

    snapshot_id: str
    kind: str
    parent: str | None


def snapshots_folder(root: Path, snapshotter: str) -> Path:
    """The folder with the directories of a snapshotter."""
    return _plugin(root, snapshotter) / "snapshots"


def directories(root: Path, snapshotter: str) -> set[str]:
    """The names of all directories of a snapshotter."""
    return set(os.listdir(snapshots_folder(root, snapshotter)))


def snapshot_files(root: Path, snapshotter: str) -> dict[str, SnapshotFile]:
    """The snapshots of the engine's namespace by key, of the containerd of a Docker root."""
    metadata = _open(containerd_root(root) / "io.containerd.metadata.v1.bolt" / "meta.db")
    backend = _open(_plugin(root, snapshotter) / "metadata.db")
    named = metadata.bucket(b"v1", b"moby", b"snapshots", snapshotter.encode())
    stored = backend.bucket(b"v1", b"snapshots")
    assert named is not None
    assert stored is not None
    found = {}
    for key, bucket in named.buckets():
        behind = stored.bucket(bucket.get(b"name") or b"")
        assert behind is not None
        parent = (bucket.get(b"parent") or b"").decode() or None
        kind = _KINDS[(behind.get(b"kind") or b"\0")[0]]
        found[key.decode()] = SnapshotFile(str(_number(behind.get(b"id") or b"")), kind, parent)
    return found


def _plugin(root: Path, snapshotter: str) -> Path:
    return containerd_root(root) / f"io.containerd.snapshotter.v1.{snapshotter}"


def _open(path: Path) -> Bucket:
    return BoltFile(path.read_bytes()).root


def _number(data: bytes) -> int:
    """A number in seven bits a byte, the lowest first."""
    return sum((byte & 127) << 7 * place for place, byte in enumerate(data))

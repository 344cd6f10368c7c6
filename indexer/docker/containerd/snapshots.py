"""The snapshots of Docker's namespace: layers, containers, build cache, and their directories.

Source: containerd `core/metadata/snapshot.go`, `core/snapshots/storage/bolt.go`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from indexer.docker.containerd.references import ROOT
from indexer.docker.containerd.snapshotter import DEFAULT
from indexer.docker.digests import is_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.metadata import Metadata, SnapshotBucket
    from indexer.docker.containerd.references import Part
    from indexer.docker.containerd.snapshotter import Backend, BackendReading, DirectoryReading
    from indexer.docker.drivers.directory import DriverDirectory


class Snapshot(NamedTuple):
    """A snapshot of Docker's namespace; times are UTC text.

    `snapshot_id` is the name of its directory, None where its snapshotter does not know it. `kind`
    is view, active or committed. `chain_id` is its key where that is one. `size_bytes` is what it
    uses on disk, None where it is not committed. `is_kept` says that it is marked to be kept;
    `references` are what labels say that it keeps: kind, `content` or `snapshot`, and its name.
    """

    key: str
    snapshot_id: str | None
    kind: str | None
    parent: str | None
    chain_id: str | None
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None
    is_kept: bool
    references: tuple[Part, ...]


def main_snapshotter(metadata: Metadata) -> str:
    """The snapshotter with most snapshots in the namespace."""
    counts = Counter(snapshot.snapshotter for snapshot in metadata.snapshots)
    return min(counts, key=lambda name: (-counts[name], name), default=DEFAULT)


def store_snapshots(
    buckets: Mapping[str, SnapshotBucket],
    backends: BackendReading,
    references: Mapping[Part, tuple[Part, ...]],
) -> Iterator[Snapshot]:
    """Each snapshot in `buckets` with what its snapshotter knows of it, and labels keep by it."""
    for bucket in buckets.values():
        backend = backends.backends.get(bucket.name)
        kind = None if backend is None else backend.kind
        yield Snapshot(
            key=bucket.key,
            snapshot_id=None if backend is None else backend.snapshot_id or None,
            kind=kind,
            parent=bucket.parent,
            chain_id=bucket.key if kind == "committed" and is_digest(bucket.key) else None,
            size_bytes=None if backend is None else backend.size_bytes,
            created_at=bucket.created_at,
            updated_at=bucket.updated_at,
            is_kept=ROOT in bucket.labels,
            references=references.get(("snapshot", bucket.key), ()),
        )


def foreign_ids(snapshotter: str, metadata: Metadata, backends: BackendReading) -> Iterator[str]:
    """The IDs of the snapshots that belong to other namespaces."""
    for name, backend in backends.backends.items():
        if (snapshotter, name) in metadata.other_snapshots:
            yield backend.snapshot_id


def unknown_snapshots(
    snapshotter: str, metadata: Metadata, backends: BackendReading
) -> Iterator[Backend]:
    """What the snapshotter has and no namespace does: containerd removes it when it next collects.

    Source: containerd `core/metadata/snapshot.go` (`garbageCollect`).
    """
    known = {it.name for it in metadata.snapshots if it.snapshotter == snapshotter}
    for name, backend in backends.backends.items():
        if name not in known and (snapshotter, name) not in metadata.other_snapshots:
            yield backend


def settled_directories(
    listed: DirectoryReading, backends: BackendReading, before: frozenset[str]
) -> Iterator[DriverDirectory]:
    """The directories without those that are just being made.

    One is made before what names it: it counts if it was there `before` the databases were read,
    or if it has a name.
    """
    ids = {backend.snapshot_id for backend in backends.backends.values()}
    for directory in listed.directories:
        if directory.name in before or directory.name in ids:
            yield directory

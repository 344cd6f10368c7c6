"""Joins the snapshots of Docker's namespace with the records of their snapshotters.

A snapshot is a layer, a container's read-write layer, or part of the build cache.

Source: containerd `core/metadata/snapshot.go`, `core/snapshots/storage/bolt.go`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from indexer.docker.containerd.snapshotter import DEFAULT
from indexer.docker.encodings.digests import is_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Set

    from indexer.docker.containerd.metadata import Lease, Metadata, SnapshotBucket
    from indexer.docker.containerd.references import Part, References
    from indexer.docker.containerd.snapshotter import Backend, BackendReading, DirectoryReading
    from indexer.docker.drivers.directory import DriverDirectory


class Snapshot(NamedTuple):
    """A snapshot of Docker's namespace. Times are UTC text.

    `snapshot_id` is the name of its directory and `kind` is view, active or committed; both are
    None if the snapshotter does not know the snapshot. `chain_id` is its key if it is a layer.
    `size_bytes` is its disk use, None until it is committed. `is_kept` means that a label or an
    object outside the store protects it from garbage collection. `references` are the parts that
    its labels protect.
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


def snapshotters_of(metadata: Metadata, uses: Callable[[], Mapping[str, str]]) -> list[str]:
    """The snapshotters of the namespace; the first one is the one that the engine uses.

    After a change of the engine's storage driver there are several, and no file names the current
    one. It is taken to be the one that was used last, by a container or to make a snapshot. `uses`
    returns the time (UTC text) of the last use of each driver by a container. It reads all
    containers, so it is called only if there are several snapshotters.
    """
    counts = Counter(snapshot.snapshotter for snapshot in metadata.snapshots)
    if len(counts) < 2:
        return list(counts) or [DEFAULT]
    last = dict(uses())
    for snapshot in metadata.snapshots:
        last[snapshot.snapshotter] = max(
            last.get(snapshot.snapshotter, ""), snapshot.created_at or ""
        )
    by_name = sorted(counts)
    return sorted(by_name, key=lambda name: (last[name], counts[name]), reverse=True)


def store_snapshots(
    buckets: Mapping[str, SnapshotBucket],
    backends: BackendReading,
    references: References,
    holding: Set[str] = frozenset(),
) -> Iterator[Snapshot]:
    """Join each snapshot in `buckets` with its record in the snapshotter and its references.

    `holding` are the keys of snapshots that something outside the store needs.
    """
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
            is_kept=("snapshot", bucket.key) in references.kept or bucket.key in holding,
            references=references.targets.get(("snapshot", bucket.key), ()),
        )


def leases_of(leases: Iterable[Lease], snapshotter: str, *, whole: bool) -> Iterator[Lease]:
    """The leases, without the snapshots of other snapshotters than `snapshotter`.

    If `whole` is true, every lease is returned, with its other resources. Otherwise only the leases
    on a snapshot of `snapshotter` are returned, and with these snapshots only.
    """
    for lease in leases:
        held = (snapshotter, None) if whole else (snapshotter,)
        own = tuple(it for it in lease.resources if it.snapshotter in held)
        if own or whole:
            yield lease._replace(resources=own)


def foreign_ids(snapshotter: str, metadata: Metadata, backends: BackendReading) -> Iterator[str]:
    """The IDs (directory names) of the snapshots of other namespaces in `snapshotter`."""
    for name, backend in backends.backends.items():
        if (snapshotter, name) in metadata.other_snapshots:
            yield backend.snapshot_id


def unknown_snapshots(
    snapshotter: str, metadata: Metadata, backends: BackendReading
) -> Iterator[Backend]:
    """Snapshots of the snapshotter that no namespace knows.

    The next garbage collection of containerd removes them (containerd `core/metadata/snapshot.go`,
    `garbageCollect`).
    """
    known = {it.name for it in metadata.snapshots if it.snapshotter == snapshotter}
    for name, backend in backends.backends.items():
        if name not in known and (snapshotter, name) not in metadata.other_snapshots:
            yield backend


def settled_directories(
    listed: DirectoryReading, backends: BackendReading, before: frozenset[str]
) -> Iterator[DriverDirectory]:
    """The directories without those that containerd is just creating.

    containerd creates a directory before its record. So a directory counts only if it existed
    `before` the databases were read, or if a record names it.
    """
    ids = {backend.snapshot_id for backend in backends.backends.values()}
    for directory in listed.directories:
        if directory.name in before or directory.name in ids:
            yield directory

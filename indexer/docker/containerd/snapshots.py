"""The snapshots of Docker's namespace: layers, containers, build cache, and their directories.

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
    """A snapshot of Docker's namespace; times are UTC text.

    `snapshot_id` is the name of its directory, None where its snapshotter does not know it. `kind`
    is view, active or committed. `chain_id` is its key where that is one. `size_bytes` is what it
    uses on disk, None where it is not committed. `is_kept` says that it stays, as it is marked or
    something that the store does not have holds it;
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


def snapshotters_of(metadata: Metadata, uses: Callable[[], Mapping[str, str]]) -> list[str]:
    """The snapshotters of the namespace, the one that the engine uses first.

    After a change of the engine's storage driver there are several. The engine's is the one that
    was used last: by `uses`, the times (UTC text) of the last use by a container of each driver,
    or to make a snapshot. `uses` is called where there are several.
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
    """Each snapshot in `buckets` with what its snapshotter knows of it, and labels keep by it.

    `holding` are the keys of those that something outside of the store holds.
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
            is_kept=("snapshot", bucket.key) in references.held or bucket.key in holding,
            references=references.below.get(("snapshot", bucket.key), ()),
        )


def leases_of(leases: Iterable[Lease], snapshotter: str, *, whole: bool) -> Iterator[Lease]:
    """The leases with the snapshots of `snapshotter` that they hold.

    Where `whole` it is each of them, and with all that is no snapshot; else those that hold one.
    """
    for lease in leases:
        held = (snapshotter, None) if whole else (snapshotter,)
        own = tuple(it for it in lease.resources if it.snapshotter in held)
        if own or whole:
            yield lease._replace(resources=own)


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

"""Reads the leases of BuildKit, which protect its snapshots (`buildkit/containerdmeta.db`).

A snapshot exists exactly as long as a lease on it, and a lease as long as its cache record.
Source: moby `builder/builder-next/adapters/snapshot/leasemanager.go`, BuildKit `cache/manager.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.buildkit.snapshots import stored_text
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from indexer.docker.buildkit.snapshots import SnapshotRecord
    from indexer.docker.encodings.bolt import Bucket

_LEASES: Final = (b"v1", b"buildkit", b"leases")
_TEMPORARY: Final = b"buildkit/lease.temporary"
_SUFFIXES: Final = ("-variants", "-view")


class Leases:
    """The leases of a database; `held` are the names of the snapshots that they protect.

    `records` maps each lease that is not temporary to the ID of its cache record.
    """

    __slots__ = ("_path", "held", "records")

    def __init__(self, path: str) -> None:
        """Use `path`, relative to the Docker root, in findings."""
        self._path = path
        self.held: set[str] = set()
        self.records: dict[str, str] = {}

    def read(self, root: Bucket) -> None:
        """Collect the leases. Raises `BoltError`; leases before the damage are kept."""
        leases = root.bucket(*_LEASES)
        for key, lease in () if leases is None else leases.buckets():
            labels = lease.bucket(b"labels")
            # The engine deletes temporary leases at its next start, so they need no record.
            if labels is None or labels.get(_TEMPORARY) is None:
                name = stored_text(key)
                self.records[name] = _record_of(name)
            snapshots = lease.bucket(b"snapshots")
            for _, names in () if snapshots is None else snapshots.buckets():
                self.held.update(map(stored_text, names.keys()))

    def findings(
        self, snapshots: tuple[SnapshotRecord, ...], records: Set[str], names: Set[str]
    ) -> Iterator[Finding]:
        """B5 for each snapshot without a lease, and each lease without its snapshot or record.

        `records` are the IDs of the cache records; `names` are all names of snapshots.
        """
        for name in sorted(self.held - names):
            message = f"{self._path} has a lease on the snapshot {name!r}, which is missing."
            yield Finding("B5", "snapshot", name, self._path, message)
        for snapshot in snapshots:
            if self.held.isdisjoint((snapshot.directory, snapshot.name)):
                name = snapshot.name or snapshot.directory
                message = (
                    f"{self._path} has no lease on the snapshot {name!r}; no prune removes it."
                )
                yield Finding("B5", "snapshot", name, self._path, message)
        for lease, record in sorted(self.records.items()):
            if record not in records:
                message = (
                    f"{self._path} has the lease {lease!r}, whose cache record is missing; no "
                    "prune ends it."
                )
                yield Finding("B5", "lease", lease, self._path, message)


def _record_of(lease: str) -> str:
    # BuildKit makes further leases for a record and appends these suffixes to its ID.
    for suffix in _SUFFIXES:
        lease = lease.removesuffix(suffix)
    return lease

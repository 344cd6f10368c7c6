"""BuildKit's leases: what keeps snapshots of the build cache (`buildkit/containerdmeta.db`).

A snapshot lives exactly as long as a lease holds it, and a lease as long as its cache record.
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
    """The leases of a database; `held` are the names of the snapshots that they hold.

    `records` has for each lasting lease the ID of the cache record that it is of.
    """

    __slots__ = ("_path", "held", "records")

    def __init__(self, path: str) -> None:
        """Take the path of the file relative to the Docker root, for findings."""
        self._path = path
        self.held: set[str] = set()
        self.records: dict[str, str] = {}

    def read(self, root: Bucket) -> None:
        """Take in the leases of the database. Raises `BoltError`; what came before is kept."""
        leases = root.bucket(*_LEASES)
        for key, lease in () if leases is None else leases.buckets():
            labels = lease.bucket(b"labels")
            # The engine deletes these when it starts.
            if labels is None or labels.get(_TEMPORARY) is None:
                name = stored_text(key)
                self.records[name] = _record_of(name)
            snapshots = lease.bucket(b"snapshots")
            for _, names in () if snapshots is None else snapshots.buckets():
                self.held.update(map(stored_text, names.keys()))

    def findings(
        self, snapshots: tuple[SnapshotRecord, ...], records: Set[str], names: Set[str]
    ) -> Iterator[Finding]:
        """Snapshots that no lease holds, and leases of what is not there.

        `records` are the cache records, `names` all names that stand for a snapshot.
        """
        for name in sorted(self.held - names):
            message = f"{self._path} has a lease on the snapshot {name!r}, which is not there."
            yield Finding("B5", "snapshot", name, self._path, message)
        for snapshot in snapshots:
            if self.held.isdisjoint((snapshot.directory, snapshot.name)):
                name = snapshot.name or snapshot.directory
                message = f"{self._path} has no lease on the snapshot {name!r}; no prune frees it."
                yield Finding("B5", "snapshot", name, self._path, message)
        for lease, record in sorted(self.records.items()):
            if record not in records:
                message = f"{self._path} has a lease {lease!r} of no record; no prune ends it."
                yield Finding("B5", "lease", lease, self._path, message)


def _record_of(lease: str) -> str:
    for suffix in _SUFFIXES:
        lease = lease.removesuffix(suffix)
    return lease

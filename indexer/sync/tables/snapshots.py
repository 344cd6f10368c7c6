"""Writes the snapshots and leases of containerd, and what they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.index.rows import replace_rows
from indexer.schema import containerd as tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.docker.containerd.store import Snapshot
    from indexer.docker.encodings.namespace_buckets import Lease
    from indexer.sync.engine.root_sync import StoreSync

_PRUNED_LABEL: Final = "moby/prune.images"
"""The label of leases that `docker image prune` deletes (moby `daemon/containerd/leases.go`)."""


def write_snapshots(sync: StoreSync, snapshots: Sequence[Snapshot]) -> None:
    """Make the snapshots of a store and their references equal to `snapshots`."""
    rows = [
        {
            **sync.scope,
            "snapshot_key": it.key,
            "snapshot_id": it.snapshot_id,
            "kind": it.kind,
            "parent_key": it.parent,
            "chain_id": it.chain_id,
            "size_bytes": it.size_bytes,
            "created_at": it.created_at,
            "updated_at": it.updated_at,
            "kept": int(it.is_kept),
        }
        for it in snapshots
    ]
    replace_rows(sync.connection, tables.snapshots, sync.scope, rows)
    references = [
        {**sync.scope, "snapshot_key": it.key, "kind": kind, "reference": reference}
        for it in snapshots
        for kind, reference in it.references
    ]
    replace_rows(sync.connection, tables.snapshot_references, sync.scope, references)


def write_leases(sync: StoreSync, leases: Sequence[Lease]) -> None:
    """Make the leases of a store and the resources that they protect equal to `leases`."""
    resources = {
        (lease.lease_id, it.kind, it.key): {
            **sync.scope,
            "lease_id": lease.lease_id,
            "kind": it.kind,
            "resource": it.key,
        }
        for lease in leases
        for it in lease.resources
    }
    replace_rows(sync.connection, tables.lease_resources, sync.scope, list(resources.values()))
    rows = [
        {
            **sync.scope,
            "lease_id": lease.lease_id,
            "created_at": lease.created_at,
            "expires_at": lease.expires_at,
            "pruned": int(_PRUNED_LABEL in lease.labels),
        }
        for lease in leases
    ]
    replace_rows(sync.connection, tables.leases, sync.scope, rows)

"""The build cache into its rows: snapshots, records and their parents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.buildkit.build_cache import BuildKit
from indexer.index.rows import load_rows, replace_rows
from indexer.schema.directories import build_parents, build_records, build_snapshots
from indexer.schema.placement import stores
from indexer.sync.engine.store_key import GRAPH_DRIVER

if TYPE_CHECKING:
    from indexer.docker.buildkit.records import BuildRecord
    from indexer.docker.read_root import RootContents
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row


_NONE: Final = BuildKit("absent", (), "absent", (), ())


def write_build_caches(connection: Connection, root_id: str, found: RootContents) -> None:
    """Make the build caches of a root equal to `found`: one of graph drivers, one of containerd.

    That of graph drivers belongs to the one of them that is in use or was last. What a damaged
    database held before stays, as nothing says that it is gone.
    """
    rows = load_rows(connection, stores, {"root_id": root_id})
    containerd = found.containerd
    is_read = containerd is not None and containerd.state != "unreadable"
    caches = {
        store.snapshotter: store.build_cache
        for store in ((containerd, *containerd.others) if is_read and containerd else ())
    }
    drivers = [row for row in rows if row["kind"] == GRAPH_DRIVER]
    used = max(
        drivers, key=lambda row: (row["active"], row["driver"] == found.newest_driver), default=None
    )
    for row in rows:
        if row["kind"] == GRAPH_DRIVER:
            _write_build_cache(
                connection, row["store_id"], found.buildkit if row is used else _NONE
            )
        elif is_read:
            _write_build_cache(connection, row["store_id"], caches.get(row["driver"], _NONE))


def _write_build_cache(connection: Connection, store_id: str, found: BuildKit) -> None:
    scope: Row = {"store_id": store_id}
    if found.state != "unreadable":
        rows = [
            {
                **scope,
                "directory": snapshot.directory,
                "snapshot": snapshot.name,
                "parent": snapshot.parent,
                "chain_id": snapshot.chain_id,
                "size_bytes": snapshot.size,
            }
            for snapshot in found.snapshots
        ]
        replace_rows(connection, build_snapshots, scope, rows)
    if found.records_state != "unreadable":
        parents = [row for record in found.records for row in _parent_rows(scope, record)]
        records = [_row(scope, record) for record in found.records]
        replace_rows(connection, build_records, scope, records)
        replace_rows(connection, build_parents, scope, parents)


def _row(scope: Row, record: BuildRecord) -> Row:
    return {
        **scope,
        "cache_id": record.record_id,
        "type": record.type,
        "description": record.description,
        "created_at": record.created_at,
        "last_used_at": record.last_used_at,
        "usage_count": record.usage_count,
        "size_bytes": record.size,
        "mutable": int(record.mutable),
        "listed": int(record.listed),
        "snapshot": record.snapshot,
        "directory": record.directory,
        "chain_id": record.chain_id,
        "diff_id": record.diff_id,
        "blob_digest": record.blob_digest,
    }


def _parent_rows(scope: Row, record: BuildRecord) -> list[Row]:
    return [
        {**scope, "cache_id": record.record_id, "position": position, "parent_cache_id": parent}
        for position, parent in enumerate(record.parents, 1)
    ]

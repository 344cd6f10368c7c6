"""Writes the build cache: snapshots, records and the parents of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.buildkit.build_cache import BuildKit
from indexer.index.rows import load_rows, replace_rows
from indexer.schema.directories import build_parents, build_records, build_snapshots
from indexer.schema.placement import stores
from indexer.sync.engine.store_key import GRAPH_DRIVER, StoreKey

if TYPE_CHECKING:
    from indexer.docker.buildkit.records import BuildRecord
    from indexer.docker.read_root import RootContents
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import RootSync, StoreSync


_NO_BUILD_CACHE: Final = BuildKit("absent", (), "absent", (), ())


def write_build_caches(sync: RootSync, contents: RootContents) -> None:
    """Make the build caches of a root equal to `contents`.

    A root can have one build cache of graph drivers and one of each snapshotter. All graph drivers
    share the folder `buildkit/`, so its records belong to the active graph driver or else to the
    one that was active last. If a database cannot be read, the rows stay as they were.
    """
    rows = load_rows(sync.connection, stores, sync.scope)
    containerd = contents.containerd
    is_read = containerd is not None and containerd.state != "unreadable"
    of_snapshotters = {
        store.snapshotter: store.build_cache
        for store in ((containerd, *containerd.others) if is_read and containerd else ())
    }
    used = max(
        (row for row in rows if row["kind"] == GRAPH_DRIVER),
        key=lambda row: (row["active"], row["driver"] == contents.newest_driver),
        default=None,
    )
    for row in rows:
        store = sync.of_store(StoreKey(row["kind"], row["driver"]))
        if row["kind"] == GRAPH_DRIVER:
            _write_build_cache(store, contents.buildkit if row is used else _NO_BUILD_CACHE)
        elif is_read:
            _write_build_cache(store, of_snapshotters.get(row["driver"], _NO_BUILD_CACHE))


def _write_build_cache(sync: StoreSync, build_cache: BuildKit) -> None:
    connection, scope = sync.connection, sync.scope
    if build_cache.state != "unreadable":
        rows = [
            {
                **scope,
                "directory": snapshot.directory,
                "snapshot": snapshot.name,
                "parent": snapshot.parent,
                "chain_id": snapshot.chain_id,
                "size_bytes": snapshot.size,
            }
            for snapshot in build_cache.snapshots
        ]
        replace_rows(connection, build_snapshots, scope, rows)
    if build_cache.records_state != "unreadable":
        parents = [row for record in build_cache.records for row in _parent_rows(scope, record)]
        records = [_row(scope, record) for record in build_cache.records]
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

"""The build cache into its rows: snapshots, records and their parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from indexer.schema.directories import build_parents, build_records, build_snapshots
from indexer.schema.placement import stores
from indexer.sync.writer import insert_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from indexer.docker.buildkit import BuildKit
    from indexer.docker.buildkit_records import BuildRecord
    from indexer.schema.columns import Row


def write_build_cache(
    connection: Connection, root_id: str, store_id: str | None, found: BuildKit
) -> None:
    """Make the build cache of a root equal to `found`; it belongs to the store in use, `store_id`.

    What a damaged database held before stays, as nothing says that it is gone.
    """
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
        _replace(connection, root_id, build_snapshots, rows if store_id else [])
    if found.records_state != "unreadable":
        records = found.records if store_id else ()
        parents = [row for record in records for row in _parent_rows(scope, record)]
        _replace(connection, root_id, build_records, [_row(scope, record) for record in records])
        _replace(connection, root_id, build_parents, parents)


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


def _replace(connection: Connection, root_id: str, table: Table, rows: list[Row]) -> None:
    """Put `rows` in the place of those that the stores of the root have, if they differ."""
    own = table.c.store_id.in_(select(stores.c.store_id).where(stores.c.root_id == root_id))
    columns = [column.name for column in table.c]
    before = {tuple(row) for row in connection.execute(select(table).where(own))}
    if before == {tuple(row[name] for name in columns) for row in rows}:
        return
    if before:
        connection.execute(delete(table).where(own))
    insert_rows(connection, table, rows)

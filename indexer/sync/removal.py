"""Taking a whole store out of the index, where its folder is gone from the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from indexer.schema import metadata
from indexer.schema.placement import stores
from indexer.schema.records import stamps
from indexer.schema.runtime import containers
from indexer.sync.writer import delete_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection


def remove_store(connection: Connection, root_id: str, store_id: str, prefix: str) -> None:
    """Delete every row of a store and its stamps; its containers stay, without a store.

    `prefix` is what the sections of its stamps begin with.
    """
    connection.execute(
        update(containers).where(containers.c.store_id == store_id).values(store_id=None)
    )
    for table in metadata.sorted_tables:
        if "store_id" in table.primary_key.columns and table is not stores:
            delete_rows(connection, table, [{"store_id": store_id}])
    delete_rows(connection, stores, [{"store_id": store_id}])
    connection.execute(
        delete(stamps).where(
            stamps.c.root_id == root_id, stamps.c.section.startswith(f"{prefix}/", autoescape=True)
        )
    )

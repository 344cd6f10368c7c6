"""Taking a whole store out of the index, where its folder is gone from the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.index.rows import delete_rows
from indexer.schema import TABLES
from indexer.schema.placement import stores
from indexer.schema.records import fingerprints

if TYPE_CHECKING:
    from indexer.index.connection import Connection


def remove_store(connection: Connection, root_id: str, store_id: str, prefix: str) -> None:
    """Delete every row of a store and its fingerprints; its containers stay, without a store.

    `prefix` is what the sections of its fingerprints begin with.
    """
    connection.run("UPDATE containers SET store_id = NULL WHERE store_id = ?", (store_id,))
    for table in TABLES:
        if "store_id" in table.key and table is not stores:
            delete_rows(connection, table, [{"store_id": store_id}])
    delete_rows(connection, stores, [{"store_id": store_id}])
    query = "SELECT DISTINCT section FROM fingerprints WHERE root_id = ?"
    for section in connection.column(query, (root_id,)):
        if section.startswith(f"{prefix}/"):
            delete_rows(connection, fingerprints, [{"root_id": root_id, "section": section}])

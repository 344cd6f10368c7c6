"""Removes an image store from the index after its folder is gone from the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.index.rows import delete_rows
from indexer.schema import TABLES
from indexer.schema.placement import stores
from indexer.schema.records import fingerprints

if TYPE_CHECKING:
    from indexer.sync.engine.root_sync import StoreSync


def remove_store(sync: StoreSync) -> None:
    """Delete every row of a store and its fingerprints. Its containers stay, without a store."""
    connection, store_id = sync.connection, sync.store_id
    connection.run("UPDATE containers SET store_id = NULL WHERE store_id = ?", (store_id,))
    for table in TABLES:
        if "store_id" in table.key and table is not stores:
            delete_rows(connection, table, [sync.scope])
    delete_rows(connection, stores, [sync.scope])
    root_scope = sync.of_root.scope
    query = "SELECT DISTINCT section FROM fingerprints WHERE root_id = :root_id"
    for section in connection.column(query, root_scope):
        if section.startswith(sync.section("")):
            delete_rows(connection, fingerprints, [{**root_scope, "section": section}])

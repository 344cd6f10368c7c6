"""`--du`: sizes of the build cache that its engine has not counted yet.

An engine counts a record when it is first asked for it, and writes the figure down then; until that
day only the files tell it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.disk_usage.read_write_layer import rw_bytes
from indexer.sync.engine.store_key import GRAPH_DRIVER

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder
    from indexer.index.connection import Connection


_UNCOUNTED: Final = """
    SELECT
        r.store_id,
        r.cache_id,
        s.driver,
        r.directory,
        COALESCE(
            -- The directory of the image layer that the snapshot is on.
            (
                SELECT l.cache_id
                FROM store_layers AS l
                WHERE l.store_id = b.store_id
                    AND l.chain_id = b.parent
            ),
            -- That of the snapshot that it is on, by its name or before it has one.
            (
                SELECT MIN(p.directory)
                FROM build_snapshots AS p
                WHERE p.store_id = b.store_id
                    AND b.parent IN (p.snapshot, p.directory)
            )
        )
    FROM build_records AS r
    JOIN stores AS s ON s.store_id = r.store_id
    JOIN build_snapshots AS b
        ON b.store_id = r.store_id
        AND b.directory = r.directory
    WHERE s.root_id = :root_id
        AND s.kind = :kind
        AND r.listed = 1
        AND r.size_bytes IS NULL
        AND r.chain_id IS NULL
"""


def write_build_cache_use(connection: Connection, root_id: str, root: Folder) -> None:
    """Measure the uncounted records of a root, each without what lies below it, and store it.

    It stays until the databases of the build cache are read again, with the next sync.
    """
    records = connection.rows(_UNCOUNTED, {"root_id": root_id, "kind": GRAPH_DRIVER})
    sizes = [
        (rw_bytes(root, driver, directory, below), store_id, cache_id)
        for store_id, cache_id, driver, directory, below in records
    ]
    sql = "UPDATE build_records SET size_bytes = ? WHERE store_id = ? AND cache_id = ?"
    connection.run_many(sql, sizes)

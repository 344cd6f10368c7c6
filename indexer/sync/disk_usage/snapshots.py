"""`--du`: disk space of snapshots of containerd that its engine measures when it is asked.

Those are the ones that can still be written: read-write layers and build cache in use. The engine
counts the blocks of everything in the folder of the files, and of that folder (containerd
`plugins/snapshots/overlay/overlay.go` Usage, continuity `fs/du_unix.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.containerd.snapshotter import files_path
from indexer.docker.disk_usage.tree import measure_tree
from indexer.docker.encodings.sizes import plausible_size
from indexer.sync.engine.store_key import CONTAINERD

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder
    from indexer.index.connection import Connection

_READ_WRITE_LAYERS: Final = """
    SELECT c.root_id, c.container_id, s.driver, m.mount_id
    FROM containers AS c
    JOIN stores AS s ON s.store_id = c.store_id
    JOIN mounts AS m
        ON m.store_id = c.store_id
        AND m.name = c.container_id
    WHERE s.root_id = :root_id
        AND s.kind = :kind
        AND m.mount_id IS NOT NULL
"""
_SET_READ_WRITE_LAYER: Final = """
    UPDATE containers
    SET rw_bytes = ?
    WHERE root_id = ?
        AND container_id = ?
"""
_UNCOUNTED_RECORDS: Final = """
    SELECT r.store_id, r.cache_id, s.driver, r.directory
    FROM build_records AS r
    JOIN stores AS s ON s.store_id = r.store_id
    WHERE s.root_id = :root_id
        AND s.kind = :kind
        AND r.listed = 1
        AND r.size_bytes IS NULL
        AND r.directory IS NOT NULL
"""
_SET_RECORD: Final = """
    UPDATE build_records
    SET size_bytes = ?
    WHERE store_id = ?
        AND cache_id = ?
"""


def write_snapshot_use(connection: Connection, root_id: str, containerd: Folder) -> None:
    """Measure the read-write layers and the uncounted build cache of a root, and store it."""
    for query, statement in (
        (_READ_WRITE_LAYERS, _SET_READ_WRITE_LAYER),
        (_UNCOUNTED_RECORDS, _SET_RECORD),
    ):
        snapshots = connection.rows(query, {"root_id": root_id, "kind": CONTAINERD})
        sizes = [
            (_disk_bytes(containerd, driver, directory), scope, owner)
            for scope, owner, driver, directory in snapshots
        ]
        connection.run_many(statement, sizes)


def _disk_bytes(containerd: Folder, driver: str, directory: str) -> int | None:
    use = measure_tree(containerd, files_path(driver, directory), {})
    return None if use is None or use.unread else plausible_size(use.disk_bytes)

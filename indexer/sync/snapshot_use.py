"""`--du`: disk space of snapshots of containerd that its engine measures when it is asked.

Those are the ones that can still be written: read-write layers and build cache in use. The engine
counts the blocks of everything in the folder of the files, and of that folder (containerd
`plugins/snapshots/overlay/overlay.go` Usage, continuity `fs/du_unix.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Column, bindparam, select, update

from indexer.docker.containerd.snapshotter import files_path
from indexer.docker.disk_use import measure_tree
from indexer.docker.sizes import believed
from indexer.schema.directories import build_records
from indexer.schema.placement import mounts, stores
from indexer.schema.runtime import containers
from indexer.sync.store_key import CONTAINERD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from indexer.docker.files import Folder


class _Snapshot(NamedTuple):
    """What a snapshot belongs to, by the columns of a key, and where it is."""

    scope: str
    owner: str
    driver: str
    directory: str


def write_snapshot_use(connection: Connection, root_id: str, containerd: Folder) -> None:
    """Measure the read-write layers and the uncounted build cache of a root, and store it."""
    in_containerd = (stores.c.root_id == root_id, stores.c.kind == CONTAINERD)
    read_write = (
        select(containers.c.root_id, containers.c.container_id, stores.c.driver, mounts.c.mount_id)
        .join(stores, stores.c.store_id == containers.c.store_id)
        .join(
            mounts,
            (mounts.c.store_id == containers.c.store_id)
            & (mounts.c.name == containers.c.container_id),
        )
        .where(*in_containerd, mounts.c.mount_id.is_not(None))
    )
    uncounted = (
        select(
            build_records.c.store_id,
            build_records.c.cache_id,
            stores.c.driver,
            build_records.c.directory,
        )
        .join(stores, stores.c.store_id == build_records.c.store_id)
        .where(
            *in_containerd,
            build_records.c.listed == 1,
            build_records.c.size_bytes.is_(None),
            build_records.c.directory.is_not(None),
        )
    )
    container = (containers.c.root_id, containers.c.container_id, containers.c.rw_bytes)
    record = (build_records.c.store_id, build_records.c.cache_id, build_records.c.size_bytes)
    for query, (scope, owner, size) in ((read_write, container), (uncounted, record)):
        rows = [_Snapshot(*row) for row in connection.execute(query)]
        _store(connection, scope, owner, size, rows, containerd)


def _store(
    connection: Connection,
    scope: Column[str],
    owner: Column[str],
    size: Column[int],
    found: Iterable[_Snapshot],
    containerd: Folder,
) -> None:
    sizes = [
        {"key_scope": it.scope, "key_owner": it.owner, "bytes": _disk_bytes(containerd, it)}
        for it in found
    ]
    if sizes:
        connection.execute(
            update(size.table)
            .where(scope == bindparam("key_scope"), owner == bindparam("key_owner"))
            .values({size.name: bindparam("bytes")}),
            sizes,
        )


def _disk_bytes(containerd: Folder, snapshot: _Snapshot) -> int | None:
    use = measure_tree(containerd, files_path(snapshot.driver, snapshot.directory), {})
    return None if use is None or use.unread else believed(use.disk_bytes)

"""`--du`: sizes of the build cache that its engine has not counted yet.

An engine counts a record when it is first asked for it, and writes the figure down then; until that
day only the files tell it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, or_, select, update

from indexer.docker.read_write import rw_bytes
from indexer.schema.directories import build_records, build_snapshots
from indexer.schema.placement import store_layers, stores
from indexer.sync.store_key import GRAPH_DRIVER

if TYPE_CHECKING:
    from sqlalchemy import Connection, ScalarSelect

    from indexer.docker.files import Folder


def write_build_cache_use(connection: Connection, root_id: str, root: Folder) -> None:
    """Measure the uncounted records of a root, each without what lies below it, and store it.

    It stays until the databases of the build cache are read again, with the next sync.
    """
    query = (
        select(
            build_records.c.store_id,
            build_records.c.cache_id,
            stores.c.driver,
            build_records.c.directory,
            func.coalesce(_layer_below(), _snapshot_below()),
        )
        .join(stores, stores.c.store_id == build_records.c.store_id)
        .join(
            build_snapshots,
            (build_snapshots.c.store_id == build_records.c.store_id)
            & (build_snapshots.c.directory == build_records.c.directory),
        )
        .where(
            stores.c.root_id == root_id,
            stores.c.kind == GRAPH_DRIVER,
            build_records.c.listed == 1,
            build_records.c.size_bytes.is_(None),
            build_records.c.chain_id.is_(None),
        )
    )
    sizes = [
        {
            "key_store": store_id,
            "key_record": cache_id,
            "bytes": rw_bytes(root, driver, directory, below),
        }
        for store_id, cache_id, driver, directory, below in connection.execute(query).all()
    ]
    if sizes:
        connection.execute(
            update(build_records)
            .where(
                build_records.c.store_id == bindparam("key_store"),
                build_records.c.cache_id == bindparam("key_record"),
            )
            .values(size_bytes=bindparam("bytes")),
            sizes,
        )


def _layer_below() -> ScalarSelect[str]:
    """The directory of the image layer that the snapshot is on."""
    return (
        select(store_layers.c.cache_id)
        .where(
            store_layers.c.store_id == build_snapshots.c.store_id,
            store_layers.c.chain_id == build_snapshots.c.parent,
        )
        .correlate(build_snapshots)
        .scalar_subquery()
    )


def _snapshot_below() -> ScalarSelect[str]:
    """The directory of the snapshot that the snapshot is on, by its name or before it has one."""
    below = build_snapshots.alias()
    return (
        select(func.min(below.c.directory))
        .where(
            below.c.store_id == build_snapshots.c.store_id,
            or_(
                below.c.snapshot == build_snapshots.c.parent,
                below.c.directory == build_snapshots.c.parent,
            ),
        )
        .correlate(build_snapshots)
        .scalar_subquery()
    )

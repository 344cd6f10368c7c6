"""The image stores of a Docker root: which there are, what each holds, and which one is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, func, select, update

from indexer.docker.drivers import LAYER_PLACES
from indexer.schema.placement import stores
from indexer.schema.runtime import containers
from indexer.sync.identity import key_of
from indexer.sync.removal import remove_store
from indexer.sync.store import StoreSync, known_of, write_store
from indexer.sync.writer import insert_rows, load_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from indexer.docker.contents import RootContents
    from indexer.schema.columns import Row
    from indexer.sync.change_log import ChangeLog
    from indexer.sync.options import OpenRoot, Options
    from indexer.sync.stamps import Sections


def stores_of(connection: Connection, root_id: str) -> dict[str, str]:
    """The store ID of each graph driver that has a store in the root."""
    rows = load_rows(connection, stores, {"root_id": root_id})
    return {row["driver"]: row["store_id"] for row in rows}


def write_stores(
    connection: Connection,
    root_id: str,
    root: OpenRoot,
    found: RootContents,
    known: Sections,
    options: Options,
    at: str,
    log: ChangeLog,
) -> bool:
    """Make the stores of a root equal to `found`; say whether anything went away."""
    former = stores_of(connection, root_id)
    shrunk = False
    for driver in _gone(former, root, found):
        remove_store(connection, root_id, former[driver], driver)
        log.removed("store", driver)
        shrunk = True
    for driver, scan in found.stores.items():
        store_id = key_of(root_id, driver)
        if driver not in former:
            log.added("store", driver)
            insert_rows(
                connection, stores, [_store_row(root_id, store_id, root, driver, options, at)]
            )
        sync = StoreSync(
            connection, root_id, store_id, driver, at, log, env_values=options.env_values
        )
        shrunk |= write_store(sync, scan, known_of(known, driver))
    return shrunk


def _gone(former: dict[str, str], root: OpenRoot, found: RootContents) -> set[str]:
    """The drivers whose store is gone: none where part of `image` could not be looked into."""
    if any(finding.path.startswith("image") for finding in root.layout.findings):
        return set()
    return former.keys() - found.stores.keys() - found.denied


def _store_row(
    root_id: str, store_id: str, root: OpenRoot, driver: str, options: Options, at: str
) -> Row:
    place = LAYER_PLACES[driver]
    return {
        "store_id": store_id,
        "root_id": root_id,
        "name": f"{options.host.name}:{root.path} {driver}",
        "kind": "graphdriver",
        "driver": driver,
        "layer_prefix": place.prefix,
        "layer_suffix": place.suffix,
        "active": 0,
        "first_seen_at": at,
    }


def mark_active(connection: Connection, root_id: str, newest_driver: str | None) -> str | None:
    """Mark the store that the engine uses and return its ID.

    It is that of the newest container's driver, or else the one whose names changed last.
    """
    latest = func.coalesce(containers.c.started_at, containers.c.created_at)
    query = (
        select(stores.c.driver)
        .join(containers, containers.c.store_id == stores.c.store_id)
        .where(stores.c.root_id == root_id)
        .order_by(latest.desc())
        .limit(1)
    )
    driver = connection.execute(query).scalar() or newest_driver
    if driver is not None:
        active = case((stores.c.driver == driver, 1), else_=0)
        connection.execute(
            update(stores)
            .where(stores.c.root_id == root_id, stores.c.active != active)
            .values(active=active)
        )
    chosen = select(stores.c.store_id).where(stores.c.root_id == root_id, stores.c.active == 1)
    return connection.execute(chosen).scalar()

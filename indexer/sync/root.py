"""One Docker root into its rows: its stores, containers, volumes and problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import case, func, select, update

from indexer.docker.contents import RootContents, read_root
from indexer.docker.drivers import LAYER_PLACES
from indexer.schema.placement import hosts, roots, store_images, store_layers, stores
from indexer.schema.records import changes, syncs
from indexer.schema.runtime import containers, volumes
from indexer.sync.change_log import ChangeLog
from indexer.sync.cleanup import clean_up
from indexer.sync.containers import SECTION, write_containers
from indexer.sync.identity import HostIdentity, key_of
from indexer.sync.problems import write_problems
from indexer.sync.removal import remove_store
from indexer.sync.stamps import Sections, load_stamps
from indexer.sync.store import StoreSync, known_of, write_store
from indexer.sync.volumes import write_volumes
from indexer.sync.writer import add_missing, insert_rows, load_rows, put_rows

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Table

    from indexer.docker.files import Folder
    from indexer.docker.root import Layout
    from indexer.docker.scan import Tick
    from indexer.schema.columns import Row


class Options(NamedTuple):
    """What a sync was told: the host's name, and whether to keep values of `Env`."""

    host: HostIdentity
    env_values: bool
    version: str


class OpenRoot(NamedTuple):
    """An open Docker root, the path it was opened from, and what it holds."""

    folder: Folder
    path: str
    layout: Layout


class RootCounts(NamedTuple):
    """What a root holds after its sync, and what is new about it."""

    images: int
    layers: int
    containers: int
    volumes: int
    changes: int
    problems: int


def sync_root(
    connection: Connection, root: OpenRoot, options: Options, at: str, tick: Tick
) -> RootCounts:
    """Make the rows of one root equal to its disk, as of `at` (UTC text)."""
    root_id = key_of(options.host.name, root.path)
    former = next(iter(load_rows(connection, roots, {"root_id": root_id})), None)
    former_stores = _stores(connection, root_id)
    known = _known(connection, former, set(former_stores), root, options)
    found = read_root(
        root.folder,
        root.layout,
        {driver: known_of(known, driver) for driver in root.layout.drivers},
        known.get(SECTION, {}),
        tick,
    )
    log = ChangeLog(root_id, at, recording=former is not None)
    _write_root(connection, root_id, former, root, found, options, at)
    shrunk = _write_stores(connection, root_id, root, found, known, options, at, log)
    shrunk |= write_containers(
        connection,
        root_id,
        _stores(connection, root_id),
        found.containers,
        known.get(SECTION, {}),
        at,
        log,
        env_values=options.env_values,
    )
    write_volumes(connection, root_id, found.volumes, at, log)
    _mark_active(connection, root_id, found.newest_driver)
    if shrunk:
        clean_up(connection)
    insert_rows(connection, changes, log.rows)
    problems = write_problems(connection, root_id, found.findings, at)
    return _counts(connection, root_id, len(log.rows), problems)


def record_sync(
    connection: Connection, root_id: str, counts: RootCounts, options: Options, at: str, now: str
) -> None:
    """Note that a root was synced."""
    row = {
        "root_id": root_id,
        "started_at": at,
        "finished_at": now,
        "version": options.version,
        "env_values": int(options.env_values),
        **counts._asdict(),
    }
    insert_rows(connection, syncs, [row])


def _stores(connection: Connection, root_id: str) -> dict[str, str]:
    rows = load_rows(connection, stores, {"root_id": root_id})
    return {row["driver"]: row["store_id"] for row in rows}


def _known(
    connection: Connection,
    former: Row | None,
    former_drivers: set[str],
    root: OpenRoot,
    options: Options,
) -> Sections:
    """The stamps that still prove something: not of what has to be written in another way now."""
    if former is None:
        return {}
    sections = load_stamps(connection, former["root_id"])
    renewed = former["env_values"] != int(options.env_values)
    if renewed or former_drivers != set(root.layout.drivers):
        sections.pop(SECTION, None)
    if renewed:
        for driver in former_drivers:
            sections.pop(f"{driver}/configs", None)
    return sections


def _write_root(
    connection: Connection,
    root_id: str,
    former: Row | None,
    root: OpenRoot,
    found: RootContents,
    options: Options,
    at: str,
) -> None:
    host = {"host": options.host.name, "machine": options.host.machine, "first_seen_at": at}
    add_missing(connection, hosts, [host])
    paths = [record.config.engine_path for record in found.containers.scan.records.values()]
    told = next((path for path in paths if path is not None), None)
    row = {
        "root_id": root_id,
        "host": options.host.name,
        "path": root.path,
        "engine_id": found.engine_id,
        "engine_path": told if told or former is None else former["engine_path"],
        "env_values": int(options.env_values),
        "first_seen_at": at if former is None else former["first_seen_at"],
        "last_synced_at": at,
    }
    put_rows(connection, roots, [row])


def _write_stores(
    connection: Connection,
    root_id: str,
    root: OpenRoot,
    found: RootContents,
    known: Sections,
    options: Options,
    at: str,
    log: ChangeLog,
) -> bool:
    former = _stores(connection, root_id)
    shrunk = False
    for driver in former.keys() - found.stores.keys() - found.denied:
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


def _mark_active(connection: Connection, root_id: str, newest_driver: str | None) -> None:
    """Mark the store that the engine uses: of the driver of the newest container, if it has one."""
    latest = func.coalesce(containers.c.started_at, containers.c.created_at)
    query = (
        select(stores.c.driver)
        .join(containers, containers.c.store_id == stores.c.store_id)
        .where(stores.c.root_id == root_id)
        .order_by(latest.desc())
        .limit(1)
    )
    driver = connection.execute(query).scalar() or newest_driver
    active = case((stores.c.driver == driver, 1), else_=0)
    connection.execute(
        update(stores)
        .where(stores.c.root_id == root_id, stores.c.active != active)
        .values(active=active)
    )


def _counts(connection: Connection, root_id: str, changed: int, problems: int) -> RootCounts:
    own_stores = select(stores.c.store_id).where(stores.c.root_id == root_id)

    def count(table: Table, condition: ColumnElement[bool]) -> int:
        return connection.execute(
            select(func.count()).select_from(table).where(condition)
        ).scalar_one()

    return RootCounts(
        images=count(store_images, store_images.c.store_id.in_(own_stores)),
        layers=count(store_layers, store_layers.c.store_id.in_(own_stores)),
        containers=count(containers, containers.c.root_id == root_id),
        volumes=count(volumes, volumes.c.root_id == root_id),
        changes=changed,
        problems=problems,
    )

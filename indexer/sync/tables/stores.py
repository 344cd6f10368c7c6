"""The image stores of a Docker root: which there are, what each holds, and which one is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.containerd.snapshotter import layer_place
from indexer.docker.containerd.store import Containerd
from indexer.docker.drivers import LAYER_PLACES
from indexer.docker.drivers.left import CHOSEN
from indexer.index.rows import insert_rows, load_rows, update_rows
from indexer.schema.placement import stores
from indexer.sync.engine.fingerprints import put_fingerprints
from indexer.sync.engine.store_key import CONTAINERD, GRAPH_DRIVER, StoreKey
from indexer.sync.tables.containerd import write_containerd_store
from indexer.sync.tables.graph_driver import StoreSync, known_of, write_store
from indexer.sync.tables.pulled import write_pulled
from indexer.sync.tables.removal import remove_store

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from indexer.docker.read_root import RootContents
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.change_log import ChangeLog
    from indexer.sync.engine.fingerprints import Sections
    from indexer.sync.engine.options import OpenRoot, Options

KNOWN: Final = (
    "images_known",
    "names_known",
    "layers_known",
    "mounts_known",
    "directories_known",
    "build_cache_known",
)
"""The columns of a store that say which parts of it could be read."""

CONTAINERD_SECTION: Final = CONTAINERD
"""The section that the fingerprints of everything in containerd are kept under."""


def stores_of(connection: Connection, root_id: str) -> dict[StoreKey, str]:
    """The store ID of each store in the root."""
    rows = load_rows(connection, stores, {"root_id": root_id})
    return {StoreKey(row["kind"], row["driver"]): row["store_id"] for row in rows}


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
    for key in sorted(_gone(former, root, found)):
        remove_store(connection, root_id, former[key], key.section)
        log.removed("store", key.words)
        shrunk = True

    def opened(key: StoreKey) -> StoreSync:
        store_id = key.store_id(root_id)
        row = _store_row(root_id, key, root, options, at)
        if key not in former:
            log.added("store", key.words)
            insert_rows(connection, stores, [row])
        else:
            # A containerd can be found elsewhere than before, and image/<driver> come and go.
            now = {name: row[name] for name in ("base_path", "has_images")}
            update_rows(
                connection,
                stores,
                [
                    {**it, **now}
                    for it in load_rows(connection, stores, {"store_id": store_id})
                    if any(it[name] != value for name, value in now.items())
                ],
            )
        return StoreSync(
            connection, root_id, store_id, key.section, at, log, env_values=options.env_values
        )

    for driver, scan in found.stores.items():
        sync = opened(StoreKey(GRAPH_DRIVER, driver))
        shrunk |= write_store(sync, scan, known_of(known, driver))
    shrunk |= _write_containerd(connection, root_id, root, found, known, opened)
    return shrunk


def _write_containerd(
    connection: Connection,
    root_id: str,
    root: OpenRoot,
    found: RootContents,
    known: Sections,
    opened: Callable[[StoreKey], StoreSync],
) -> bool:
    containerd = found.containerd
    former = known.get(CONTAINERD_SECTION, {})
    if containerd is None or containerd.state == "unreadable":
        if not found.containerd_fingerprints:
            put_fingerprints(connection, root_id, CONTAINERD_SECTION, former, {})
        if not _is_lost(root):
            if containerd is not None and _is_used(containerd, found):
                opened(StoreKey(CONTAINERD, containerd.snapshotter))
            return False
        containerd = Containerd("absent", "")
    shrunk = False
    if not _is_lost(root) and _is_store(root, containerd, found):
        # Manifests that no image holds, as a graph driver's pulls leave them, are not kept.
        shrunk = not containerd.has_images
        for store in (containerd, *containerd.others):
            sync = opened(StoreKey(CONTAINERD, store.snapshotter))
            shrunk |= write_containerd_store(sync, store)
    for driver in found.stores:
        store_id = StoreKey(GRAPH_DRIVER, driver).store_id(root_id)
        shrunk |= write_pulled(connection, store_id, containerd)
    # Whether it is a store depends on the others: while one may be hidden, it is read each time.
    is_proven = not containerd.findings and not _may_hide_stores(root)
    fingerprints = found.containerd_fingerprints if is_proven else {}
    put_fingerprints(connection, root_id, CONTAINERD_SECTION, former, fingerprints)
    return shrunk


def _is_used(containerd: Containerd, found: RootContents) -> bool:
    """Whether containers say that images are in a containerd that cannot be read, or none else."""
    records = found.containers.scan.records.values()
    drivers = {record.config.driver for record in records}
    return not found.stores or containerd.snapshotter in drivers - found.stores.keys()


def _is_store(root: OpenRoot, containerd: Containerd, found: RootContents) -> bool:
    """Whether images are kept there: with a graph driver, containerd has only their manifests."""
    if containerd.has_images or containerd.snapshots:
        return True
    place = root.containerd.root
    if place is not None and place.only_pulled:
        return False
    # A folder alone keeps the engine with graph drivers, if it is of one that it knows.
    used = found.stores.keys() - (set(root.layout.left) - CHOSEN)
    has_drivers = bool(used or found.denied) or _may_hide_stores(root)
    return containerd.state == "readable" and not has_drivers


def _gone(former: dict[StoreKey, str], root: OpenRoot, found: RootContents) -> set[StoreKey]:
    """The stores that are gone: none of a kind where part of the place could not be looked into."""
    present = {StoreKey(GRAPH_DRIVER, driver) for driver in (*found.stores, *found.denied)}
    gone = former.keys() - present
    if _may_hide_stores(root):
        gone -= {key for key in gone if key.kind == GRAPH_DRIVER}
    containerd = found.containerd
    if containerd is None or containerd.state == "unreadable":
        return {key for key in gone if key.kind == GRAPH_DRIVER or _is_lost(root)}
    if _is_store(root, containerd, found):
        gone -= {
            StoreKey(CONTAINERD, store.snapshotter) for store in (containerd, *containerd.others)
        }
    return gone


def _may_hide_stores(root: OpenRoot) -> bool:
    """Whether graph drivers may have stores where that could not be looked into."""
    return any(finding.path.startswith("image") for finding in root.layout.findings)


def _is_lost(root: OpenRoot) -> bool:
    """Whether no containerd belongs to the root (any more)."""
    return root.containerd.root is None and not root.containerd.findings


def _store_row(root_id: str, key: StoreKey, root: OpenRoot, options: Options, at: str) -> Row:
    row = {
        "store_id": key.store_id(root_id),
        "root_id": root_id,
        "name": f"{options.host.name}:{root.path} {key.words}",
        "kind": key.kind,
        "driver": key.driver,
        "active": 0,
        "first_seen_at": at,
        "base_path": root.path,
        "has_images": int(key.kind == CONTAINERD or key.driver not in root.layout.left),
        **dict.fromkeys(KNOWN, 0),
    }
    if key.kind == GRAPH_DRIVER:
        place = LAYER_PLACES[key.driver]
    else:
        place = layer_place(key.driver)
        if root.containerd.root is not None:
            row["base_path"] = root.containerd.root.path
    return {**row, "layer_prefix": place.prefix, "layer_suffix": place.suffix}


def mark_active(
    connection: Connection, root_id: str, newest_driver: str | None, left: Collection[str]
) -> None:
    """Mark the store that the engine uses.

    It is the one that a container or a tag was last made in; where nothing tells, that of
    containerd, or the graph driver `newest_driver`, whose names changed last. One of the drivers
    `left`, without images, it is only where there is no other; then one that engines start with.
    Of several of containerd it is the one with the blobs, which the engine's snapshotter has.
    """
    own = stores_of(connection, root_id)
    times = _last_uses(connection, root_id)
    newest = StoreKey(GRAPH_DRIVER, newest_driver or "")
    held = _with_most_blobs(connection, root_id)
    idle = {key for key in own if key.kind == CONTAINERD and held not in (None, own[key])}

    def rank(key: StoreKey) -> tuple[bool, bool, str, bool, bool]:
        is_containerd = key.kind == CONTAINERD
        has_images = is_containerd or key.driver not in left
        is_chosen = has_images or key.driver in CHOSEN
        return has_images, is_chosen, times.get(own[key], ""), is_containerd, key == newest

    chosen = own[max(own.keys() - idle, key=rank)] if own else None
    rows = load_rows(connection, stores, {"root_id": root_id})
    marked = [{**row, "active": int(row["store_id"] == chosen)} for row in rows]
    update_rows(connection, stores, [row for row in marked if row not in rows])


_LAST_USES: Final = """
    SELECT store_id, MAX(COALESCE(started_at, created_at))
    FROM containers
    WHERE root_id = :root_id
        AND store_id IS NOT NULL
    GROUP BY store_id
    UNION ALL
    SELECT i.store_id, MAX(i.last_tagged_at)
    FROM store_images AS i
    JOIN stores AS s ON s.store_id = i.store_id
    WHERE s.root_id = :root_id
    GROUP BY i.store_id
"""
_MOST_BLOBS: Final = """
    SELECT b.store_id
    FROM store_blobs AS b
    JOIN stores AS s ON s.store_id = b.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
    GROUP BY b.store_id
    ORDER BY COUNT(*) DESC, b.store_id
    LIMIT 1
"""


def _with_most_blobs(connection: Connection, root_id: str) -> str | None:
    """The store of containerd that has its blobs, None where none has."""
    found: str | None = connection.value(_MOST_BLOBS, {"root_id": root_id})
    return found


def _last_uses(connection: Connection, root_id: str) -> dict[str, str]:
    """When a container of each store was last made or started, or an image tagged (UTC)."""
    times: dict[str, str] = {}
    for store_id, at in connection.rows(_LAST_USES, {"root_id": root_id}):
        times[store_id] = max(times.get(store_id, ""), at or "")
    return times

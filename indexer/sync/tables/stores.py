"""The image stores of a Docker root: which there are and what each holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.snapshotter import layer_place
from indexer.docker.containerd.store import Containerd
from indexer.docker.drivers import LAYER_PLACES
from indexer.docker.drivers.left import CHOSEN
from indexer.index.rows import insert_rows, load_rows, update_rows
from indexer.schema.placement import stores
from indexer.sync.engine.fingerprints import replace_fingerprints
from indexer.sync.engine.store_key import CONTAINERD, GRAPH_DRIVER, StoreKey
from indexer.sync.tables.containerd import write_containerd_store
from indexer.sync.tables.graph_driver import write_graph_driver_store
from indexer.sync.tables.pulled import write_pulled
from indexer.sync.tables.removal import remove_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.read_root import RootContents
    from indexer.schema.columns import Row
    from indexer.sync.engine.options import OpenRoot
    from indexer.sync.engine.root_sync import RootSync

KNOWN_COLUMNS: Final = (
    "images_known",
    "names_known",
    "layers_known",
    "mounts_known",
    "directories_known",
    "build_cache_known",
)
"""The columns of a store that say which parts of it could be read."""

CONTAINERD_SECTION: Final = CONTAINERD
"""The section that holds the fingerprints of everything in containerd."""


class WrittenStores(NamedTuple):
    """The stores that a root has after a pass, by key, and whether content needs a clean-up."""

    store_ids: dict[StoreKey, str]
    needs_cleanup: bool


def write_stores(sync: RootSync, contents: RootContents) -> WrittenStores:
    """Make the stores of a root equal to `contents`."""
    gone = _gone(sync, contents)
    for key in sorted(gone):
        remove_store(sync.of_store(key))
        sync.log.removed("store", key.label)
    needs_cleanup = bool(gone)
    written = {key: store_id for key, store_id in sync.stores.items() if key not in gone}
    for driver, scan in contents.stores.items():
        key = StoreKey(GRAPH_DRIVER, driver)
        written[key] = _write_store_row(sync, key)
        needs_cleanup |= write_graph_driver_store(sync.of_store(key), scan)
    containerd = _containerd_to_write(sync.root, contents)
    for key in _containerd_keys(sync.root, contents, containerd):
        written[key] = _write_store_row(sync, key)
    if containerd is not None:
        needs_cleanup |= _write_containerd(sync, contents, containerd)
    _save_containerd_fingerprints(sync, contents, containerd)
    return WrittenStores(written, needs_cleanup)


def _containerd_to_write(root: OpenRoot, contents: RootContents) -> Containerd | None:
    """Return what is to be written of containerd; None if the rows stay as they are.

    They stay if containerd is as the previous pass left it, and if it is there but cannot be read.
    """
    containerd = contents.containerd
    if containerd is not None and containerd.state != "unreadable":
        return containerd
    return Containerd("absent", "") if _has_no_containerd(root) else None


def _containerd_keys(
    root: OpenRoot, contents: RootContents, containerd: Containerd | None
) -> Iterator[StoreKey]:
    """Yield the stores of containerd that a pass has seen, whether or not it could read them."""
    if _has_no_containerd(root):
        return
    if containerd is None:
        unreadable = contents.containerd
        if unreadable is not None and _is_used(unreadable, contents):
            yield StoreKey(CONTAINERD, unreadable.snapshotter)
    elif _is_store(root, containerd, contents):
        for store in (containerd, *containerd.others):
            yield StoreKey(CONTAINERD, store.snapshotter)


def _write_containerd(sync: RootSync, contents: RootContents, containerd: Containerd) -> bool:
    """Write the stores of containerd, and what it knows of images that graph drivers hold.

    Return whether content may have lost its last reference.
    """
    needs_cleanup = False
    if not _has_no_containerd(sync.root) and _is_store(sync.root, containerd, contents):
        # Without images, the manifests are those that pulls with a graph driver left behind. The
        # clean-up removes those that no image refers to.
        needs_cleanup = not containerd.has_images
        for store in (containerd, *containerd.others):
            store_sync = sync.of_store(StoreKey(CONTAINERD, store.snapshotter))
            needs_cleanup |= write_containerd_store(store_sync, store)
    for driver in contents.stores:
        store_sync = sync.of_store(StoreKey(GRAPH_DRIVER, driver))
        needs_cleanup |= write_pulled(store_sync, containerd)
    return needs_cleanup


def _save_containerd_fingerprints(
    sync: RootSync, contents: RootContents, containerd: Containerd | None
) -> None:
    current = contents.containerd_fingerprints
    if containerd is None:
        # Without fingerprints the next pass reads containerd again.
        if not current:
            replace_fingerprints(sync, CONTAINERD_SECTION, {})
        return
    # Whether containerd is an image store depends on the graph drivers. While one of them may be
    # hidden, each pass reads containerd again.
    is_proven = not containerd.findings and not _may_hide_stores(sync.root)
    replace_fingerprints(sync, CONTAINERD_SECTION, current if is_proven else {})


def _is_used(containerd: Containerd, contents: RootContents) -> bool:
    """Whether the images are in a containerd that cannot be read.

    They are if a container names its snapshotter, or if the root has no other store.
    """
    records = contents.containers.scan.records.values()
    drivers = {record.config.driver for record in records}
    return not contents.stores or containerd.snapshotter in drivers - contents.stores.keys()


def _is_store(root: OpenRoot, containerd: Containerd, contents: RootContents) -> bool:
    """Whether containerd stores images. With a graph driver it has only their manifests."""
    if containerd.has_images or containerd.snapshots:
        return True
    place = root.containerd.root
    if place is not None and place.only_pulled:
        return False
    # The engine chooses a graph driver if that driver's folder is there and it knows the driver,
    # even if there are no images (moby `daemon/graphdriver/driver.go` New).
    used = contents.stores.keys() - (set(root.layout.left) - CHOSEN)
    has_drivers = bool(used or contents.denied) or _may_hide_stores(root)
    return containerd.state == "readable" and not has_drivers


def _gone(sync: RootSync, contents: RootContents) -> set[StoreKey]:
    """The stores that are gone from the disk. A store that may only be unreadable is not gone."""
    root = sync.root
    present = {StoreKey(GRAPH_DRIVER, driver) for driver in (*contents.stores, *contents.denied)}
    gone = sync.stores.keys() - present
    if _may_hide_stores(root):
        gone -= {key for key in gone if key.kind == GRAPH_DRIVER}
    containerd = contents.containerd
    if containerd is None or containerd.state == "unreadable":
        return {key for key in gone if key.kind == GRAPH_DRIVER or _has_no_containerd(root)}
    return gone - set(_containerd_keys(root, contents, containerd))


def _may_hide_stores(root: OpenRoot) -> bool:
    """Whether graph drivers may have stores in a part of `image/` that cannot be read."""
    return any(finding.path.startswith("image") for finding in root.layout.findings)


def _has_no_containerd(root: OpenRoot) -> bool:
    """Whether no containerd belongs to the root, not even one that cannot be read."""
    return root.containerd.root is None and not root.containerd.findings


def _write_store_row(sync: RootSync, key: StoreKey) -> str:
    """Insert the row of a store or update what may change in it. Return the ID of the store."""
    row = _store_row(sync, key)
    if key not in sync.stores:
        sync.log.added("store", key.label)
        insert_rows(sync.connection, stores, [row])
        return key.store_id(sync.root_id)
    # The root can get another containerd, and image/<driver> can come and go.
    now = {name: row[name] for name in ("base_path", "has_images")}
    outdated = [
        {**previous, **now}
        for previous in load_rows(sync.connection, stores, {"store_id": row["store_id"]})
        if any(previous[name] != value for name, value in now.items())
    ]
    update_rows(sync.connection, stores, outdated)
    return key.store_id(sync.root_id)


def _store_row(sync: RootSync, key: StoreKey) -> Row:
    root = sync.root
    row = {
        "store_id": key.store_id(sync.root_id),
        "root_id": sync.root_id,
        "name": f"{sync.options.host.name}:{root.path} {key.label}",
        "kind": key.kind,
        "driver": key.driver,
        "active": 0,
        "first_seen_at": sync.at,
        "base_path": root.path,
        "has_images": int(key.kind == CONTAINERD or key.driver not in root.layout.left),
        **dict.fromkeys(KNOWN_COLUMNS, 0),
    }
    if key.kind == GRAPH_DRIVER:
        place = LAYER_PLACES[key.driver]
    else:
        place = layer_place(key.driver)
        if root.containerd.root is not None:
            row["base_path"] = root.containerd.root.path
    return {**row, "layer_prefix": place.prefix, "layer_suffix": place.suffix}

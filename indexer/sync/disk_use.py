"""`--du`: measured sizes of directories, read-write layers and volumes into their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, null, or_, select, update

from indexer.docker.containerd.snapshotter import folder_path
from indexer.docker.drivers import directory_folder, has_trees
from indexer.docker.findings import Finding
from indexer.docker.measuring import measure
from indexer.docker.read_write import rw_bytes
from indexer.docker.sizes import UNBELIEVED, believed
from indexer.schema.directories import directories
from indexer.schema.placement import mounts, store_layers, stores
from indexer.schema.runtime import containers, volume_options, volumes
from indexer.sync.build_cache_use import write_build_cache_use
from indexer.sync.snapshot_use import write_snapshot_use
from indexer.sync.store_key import CONTAINERD, GRAPH_DRIVER
from indexer.sync.writer import update_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from indexer.docker.disk_use import DiskUse
    from indexer.docker.files import Folder
    from indexer.docker.scan import Tick

TreePath = tuple[str, ...]

# Joined, not asked for with EXISTS: SQLite would look through all layers of the store each time.
_IS_LAYER: Final = and_(
    store_layers.c.store_id == directories.c.store_id,
    store_layers.c.cache_id == directories.c.directory,
)


class _Tree(NamedTuple):
    """What a tree to be measured is: a directory of a store, or a volume (no store).

    Without a name it is the whole folder of the store's driver.
    """

    store_id: str | None
    name: str


def forget_disk_use(connection: Connection, root_id: str) -> None:
    """Take out measured sizes that may have changed since: all but those of image layers."""
    stale = (
        select(directories.c.store_id, directories.c.directory)
        .join(stores, stores.c.store_id == directories.c.store_id)
        .outerjoin(store_layers, _IS_LAYER)
        .where(
            stores.c.root_id == root_id,
            directories.c.disk_bytes.is_not(None),
            store_layers.c.chain_id.is_(None),
        )
    )
    blank = {"size_bytes": None, "disk_bytes": None}
    update_rows(
        connection,
        directories,
        [{**row, **blank} for row in connection.execute(stale).mappings()],
    )
    for column in (containers.c.rw_bytes, volumes.c.size_bytes, stores.c.disk_bytes):
        table = column.table
        connection.execute(
            update(table)
            .where(table.c.root_id == root_id, column.is_not(None))
            .values({column.name: null()})
        )


def write_disk_use(
    connection: Connection, root_id: str, root: Folder, containerd: Folder | None, tick: Tick
) -> list[Finding]:
    """Measure a root and store the sizes; an image layer that was measured once is not again.

    `containerd` is the containerd root that belongs to it. Returns what could not be measured
    whole. Raises `indexer.docker.measuring.MeasuringError`.
    """
    trees = {
        **dict(_driver_trees(connection, root_id)),
        **dict(_directory_trees(connection, root_id)),
        **dict(_volume_trees(connection, root_id)),
    }
    findings = _measure(connection, root_id, root, trees, tick)
    _store_read_write(connection, root_id, root)
    write_build_cache_use(connection, root_id, root)
    if containerd is not None:
        snapshots = dict(_snapshot_trees(connection, root_id))
        findings += _measure(connection, root_id, containerd, snapshots, tick)
        write_snapshot_use(connection, root_id, containerd)
    return findings


def _measure(
    connection: Connection,
    root_id: str,
    root: Folder,
    trees: Mapping[TreePath, _Tree],
    tick: Tick,
) -> list[Finding]:
    findings: list[Finding] = []
    uses: dict[_Tree, DiskUse] = {}
    for path, use in measure(root, trees):
        tick(1)
        if use is not None:
            uses[trees[path]] = use
            # What a driver's folder lacks, the directories in it lack too.
            if trees[path].name or not has_trees(path[0]):
                findings += _unread(use, trees[path], root.join("/".join(path)))
    _store(connection, root_id, uses)
    return findings


def _directory_trees(connection: Connection, root_id: str) -> Iterator[tuple[TreePath, _Tree]]:
    for driver, store_id, name in _unmeasured(connection, root_id, GRAPH_DRIVER):
        if has_trees(driver):
            yield (*directory_folder(driver), name), _Tree(store_id, name)


def _driver_trees(connection: Connection, root_id: str) -> Iterator[tuple[TreePath, _Tree]]:
    """The folders of drivers of which the directories alone do not say what they take."""
    query = select(stores.c.driver, stores.c.store_id, stores.c.has_images).where(
        stores.c.root_id == root_id, stores.c.kind == GRAPH_DRIVER
    )
    for driver, store_id, has_images in connection.execute(query):
        if not has_images or driver == "devicemapper":
            yield (driver,), _Tree(store_id, "")


def _snapshot_trees(connection: Connection, root_id: str) -> Iterator[tuple[TreePath, _Tree]]:
    for driver, store_id, name in _unmeasured(connection, root_id, CONTAINERD):
        yield folder_path(driver, name), _Tree(store_id, name)


def _unmeasured(connection: Connection, root_id: str, kind: str) -> Iterator[tuple[str, str, str]]:
    """Driver, store and name of each directory that is to be measured in the stores of `kind`."""
    query = (
        select(stores.c.driver, directories.c.store_id, directories.c.directory)
        .join(stores, stores.c.store_id == directories.c.store_id)
        .outerjoin(store_layers, _IS_LAYER)
        .where(
            stores.c.root_id == root_id,
            stores.c.kind == kind,
            or_(directories.c.disk_bytes.is_(None), store_layers.c.chain_id.is_(None)),
        )
    )
    yield from (tuple(row) for row in connection.execute(query))


def _volume_trees(connection: Connection, root_id: str) -> Iterator[tuple[TreePath, _Tree]]:
    """Local volumes, but for those with options: what these hold may lie elsewhere."""
    has_options = exists().where(
        volume_options.c.root_id == volumes.c.root_id, volume_options.c.name == volumes.c.name
    )
    query = select(volumes.c.name).where(
        volumes.c.root_id == root_id, volumes.c.driver == "local", ~has_options
    )
    for name in connection.execute(query).scalars():
        yield ("volumes", name, "_data"), _Tree(None, name)


def _unread(use: DiskUse, tree: _Tree, path: str) -> Iterator[Finding]:
    kind = "volume" if tree.store_id is None else "directory" if tree.name else "store"
    for unread in use.unread:
        message = f"{unread.path} {unread.reason}; its size lacks {unread.parts} such parts."
        yield Finding(unread.rule, kind, tree.name, unread.path, message)
    if believed(max(use.apparent_bytes, use.disk_bytes)) is None:
        yield Finding("U2", kind, tree.name, path, f"{path} {UNBELIEVED}; its size is unknown.")


def _store(connection: Connection, root_id: str, uses: Mapping[_Tree, DiskUse]) -> None:
    sizes = [
        {
            "key_store": tree.store_id,
            "key_name": tree.name,
            "apparent": believed(use.apparent_bytes),
            "disk": None if use.unread and not tree.name else believed(use.disk_bytes),
        }
        for tree, use in uses.items()
    ]
    of_stores = [size for size in sizes if not size["key_name"]]
    of_directories = [size for size in sizes if size["key_store"] and size["key_name"]]
    of_volumes = [size for size in sizes if size["key_store"] is None]
    if of_stores:
        connection.execute(
            update(stores)
            .where(stores.c.store_id == bindparam("key_store"))
            .values(disk_bytes=bindparam("disk")),
            of_stores,
        )
    if of_directories:
        connection.execute(
            update(directories)
            .where(
                directories.c.store_id == bindparam("key_store"),
                directories.c.directory == bindparam("key_name"),
            )
            .values(size_bytes=bindparam("apparent"), disk_bytes=bindparam("disk")),
            of_directories,
        )
    if of_volumes:
        connection.execute(
            update(volumes)
            .where(volumes.c.root_id == root_id, volumes.c.name == bindparam("key_name"))
            .values(size_bytes=bindparam("apparent")),
            of_volumes,
        )


def _store_read_write(connection: Connection, root_id: str, root: Folder) -> None:
    below = func.coalesce(mounts.c.init_id, store_layers.c.cache_id)
    query = (
        select(containers.c.container_id, stores.c.driver, mounts.c.mount_id, below)
        .join(stores, stores.c.store_id == containers.c.store_id)
        .join(
            mounts,
            and_(
                mounts.c.store_id == containers.c.store_id,
                mounts.c.name == containers.c.container_id,
            ),
        )
        .outerjoin(
            store_layers,
            and_(
                store_layers.c.store_id == mounts.c.store_id,
                store_layers.c.chain_id == mounts.c.parent_chain_id,
            ),
        )
        .where(
            containers.c.root_id == root_id,
            stores.c.kind == GRAPH_DRIVER,
            mounts.c.mount_id.is_not(None),
        )
    )
    sizes = [
        {"key_container": container, "bytes": rw_bytes(root, driver, mount_id, parent_id)}
        for container, driver, mount_id, parent_id in connection.execute(query).all()
    ]
    if sizes:
        connection.execute(
            update(containers)
            .where(
                containers.c.root_id == root_id,
                containers.c.container_id == bindparam("key_container"),
            )
            .values(rw_bytes=bindparam("bytes")),
            sizes,
        )

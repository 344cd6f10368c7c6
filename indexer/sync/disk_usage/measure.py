"""`--du`: measured sizes of directories, read-write layers and volumes into their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.snapshotter import folder_path
from indexer.docker.disk_usage.read_write_layer import rw_bytes
from indexer.docker.disk_usage.workers import measure
from indexer.docker.drivers import directory_folder, has_trees
from indexer.docker.encodings.sizes import IMPLAUSIBLE, plausible_size
from indexer.docker.rules.finding import Finding
from indexer.sync.disk_usage.build_cache import write_build_cache_use
from indexer.sync.disk_usage.partition import Measured
from indexer.sync.disk_usage.snapshots import write_snapshot_use
from indexer.sync.engine.store_key import CONTAINERD, GRAPH_DRIVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.disk_usage.tree import DiskUse
    from indexer.docker.files.folder import Folder
    from indexer.docker.files.scan import Tick
    from indexer.index.connection import Connection

TreePath = tuple[str, ...]

# Joined, not asked for with EXISTS: SQLite would look through all layers of the store each time.
_DIRECTORIES: Final = """
    FROM directories AS d
    JOIN stores AS s ON s.store_id = d.store_id
    LEFT JOIN store_layers AS l
        ON l.store_id = d.store_id
        AND l.cache_id = d.directory
    LEFT JOIN measurements AS m
        ON m.root_id = s.root_id
        AND m.kind = CASE s.kind WHEN 'containerd' THEN 'snapshot' ELSE 'directory' END
        AND m.driver = s.driver
        AND m.name = d.directory
        AND m.linked = 0
    WHERE s.root_id = :root_id
"""
_STALE: Final = f"""
    SELECT d.store_id, d.directory
    {_DIRECTORIES}
        AND d.disk_bytes IS NOT NULL
        AND l.chain_id IS NULL
"""
_UNMEASURED: Final = f"""
    SELECT s.driver, d.store_id, d.directory
    {_DIRECTORIES}
        AND s.kind = :kind
        AND (d.disk_bytes IS NULL OR m.disk_bytes IS NULL OR l.chain_id IS NULL)
"""
_VOLUMES: Final = """
    SELECT v.name
    FROM volumes AS v
    WHERE v.root_id = :root_id
        AND v.driver = 'local'
        AND NOT EXISTS (
            SELECT 1
            FROM volume_options AS o
            WHERE o.root_id = v.root_id
                AND o.name = v.name
        )
"""
_READ_WRITE_LAYERS: Final = """
    SELECT c.container_id, s.driver, m.mount_id, COALESCE(m.init_id, l.cache_id)
    FROM containers AS c
    JOIN stores AS s ON s.store_id = c.store_id
    JOIN mounts AS m
        ON m.store_id = c.store_id
        AND m.name = c.container_id
    LEFT JOIN store_layers AS l
        ON l.store_id = m.store_id
        AND l.chain_id = m.parent_chain_id
    WHERE c.root_id = :root_id
        AND s.kind = :kind
        AND m.mount_id IS NOT NULL
"""
_SET_DIRECTORY: Final = """
    UPDATE directories
    SET size_bytes = ?, disk_bytes = ?
    WHERE store_id = ?
        AND directory = ?
"""


class _Tree(NamedTuple):
    """What a tree to be measured is: a directory of a store, or a volume (no store).

    Without a name it is the whole folder of the store's driver.
    """

    store_id: str | None
    name: str


def forget_disk_use(connection: Connection, root_id: str) -> None:
    """Take out measured sizes that may have changed since: all but those of image layers."""
    stale = connection.rows(_STALE, {"root_id": root_id})
    connection.run_many(_SET_DIRECTORY, [(None, None, *key) for key in stale])
    for column, table in (
        ("rw_bytes", "containers"),
        ("size_bytes", "volumes"),
        ("disk_bytes", "stores"),
    ):
        connection.run(
            f"UPDATE {table} SET {column} = NULL WHERE root_id = ? AND {column} IS NOT NULL",  # noqa: S608
            (root_id,),
        )


def write_disk_use(
    connection: Connection, root_id: str, root: Folder, containerd: Folder | None, tick: Tick
) -> tuple[list[Finding], list[Measured]]:
    """Measure a root and store the sizes; an image layer that was measured once is not again.

    `containerd` is the containerd root that belongs to it. Returns what could not be measured
    whole, and all that was measured. Raises `indexer.docker.disk_usage.workers.MeasuringError`.
    """
    trees = {
        **dict(_driver_trees(connection, root_id)),
        **dict(_directory_trees(connection, root_id)),
        **dict(_volume_trees(connection, root_id)),
    }
    measured: list[Measured] = []
    findings = _measure(connection, root_id, root, trees, measured, tick)
    _store_read_write(connection, root_id, root)
    write_build_cache_use(connection, root_id, root)
    if containerd is not None:
        snapshots = dict(_snapshot_trees(connection, root_id))
        of_snapshots: list[Measured] = []
        findings += _measure(connection, root_id, containerd, snapshots, of_snapshots, tick)
        measured += [it._replace(of_containerd=True) for it in of_snapshots]
        write_snapshot_use(connection, root_id, containerd)
    return findings, measured


def _measure(
    connection: Connection,
    root_id: str,
    root: Folder,
    trees: Mapping[TreePath, _Tree],
    measured: list[Measured],
    tick: Tick,
) -> list[Finding]:
    findings: list[Finding] = []
    uses: dict[_Tree, DiskUse] = {}
    for path, use in measure(root, trees):
        tick(1)
        measured.append(Measured(of_containerd=False, path=path, use=use))
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
    query = "SELECT driver, store_id, has_images FROM stores WHERE root_id = ? AND kind = ?"
    for driver, store_id, has_images in connection.rows(query, (root_id, GRAPH_DRIVER)):
        if not has_images or driver == "devicemapper":
            yield (driver,), _Tree(store_id, "")


def _snapshot_trees(connection: Connection, root_id: str) -> Iterator[tuple[TreePath, _Tree]]:
    for driver, store_id, name in _unmeasured(connection, root_id, CONTAINERD):
        yield folder_path(driver, name), _Tree(store_id, name)


def _unmeasured(connection: Connection, root_id: str, kind: str) -> Iterator[tuple[str, str, str]]:
    """Driver, store and name of each directory that is to be measured in the stores of `kind`."""
    yield from connection.rows(_UNMEASURED, {"root_id": root_id, "kind": kind})


def _volume_trees(connection: Connection, root_id: str) -> Iterator[tuple[TreePath, _Tree]]:
    """Local volumes, but for those with options: what these hold may lie elsewhere."""
    for name in connection.column(_VOLUMES, {"root_id": root_id}):
        yield ("volumes", name, "_data"), _Tree(None, name)


def _unread(use: DiskUse, tree: _Tree, path: str) -> Iterator[Finding]:
    kind = "volume" if tree.store_id is None else "directory" if tree.name else "store"
    for unread in use.unread:
        message = f"{unread.path} {unread.reason}; its size lacks {unread.parts} such parts."
        yield Finding(unread.rule, kind, tree.name, unread.path, message)
    if plausible_size(max(use.apparent_bytes, use.disk_bytes)) is None:
        yield Finding("U2", kind, tree.name, path, f"{path} {IMPLAUSIBLE}; its size is unknown.")


def _store(connection: Connection, root_id: str, uses: Mapping[_Tree, DiskUse]) -> None:
    sizes = [
        (
            plausible_size(use.apparent_bytes),
            plausible_size(use.disk_bytes),
            tree.store_id,
            tree.name,
        )
        for tree, use in uses.items()
        if tree.store_id is not None and tree.name
    ]
    connection.run_many(_SET_DIRECTORY, sizes)
    of_stores = [
        (None if use.unread else plausible_size(use.disk_bytes), tree.store_id)
        for tree, use in uses.items()
        if not tree.name
    ]
    connection.run_many("UPDATE stores SET disk_bytes = ? WHERE store_id = ?", of_stores)
    sql = "UPDATE volumes SET size_bytes = ? WHERE root_id = ? AND name = ?"
    of_volumes = ((tree.name, use) for tree, use in uses.items() if tree.store_id is None)
    connection.run_many(
        sql, [(plausible_size(use.apparent_bytes), root_id, name) for name, use in of_volumes]
    )


def _store_read_write(connection: Connection, root_id: str, root: Folder) -> None:
    layers = connection.rows(_READ_WRITE_LAYERS, {"root_id": root_id, "kind": GRAPH_DRIVER})
    sizes = [
        (rw_bytes(root, driver, mount_id, parent_id), root_id, container)
        for container, driver, mount_id, parent_id in layers
    ]
    sql = "UPDATE containers SET rw_bytes = ? WHERE root_id = ? AND container_id = ?"
    connection.run_many(sql, sizes)

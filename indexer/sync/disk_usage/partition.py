"""Everything on the disk into one row each, and from these the figures of each category."""

from __future__ import annotations

import importlib.resources
import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.buildkit.history import history_blobs
from indexer.docker.containerd.snapshotter import folder_path
from indexer.docker.disk_usage.census import Census, Claim, take_census
from indexer.docker.disk_usage.places import Place
from indexer.docker.drivers import directory_folder, has_trees
from indexer.docker.encodings.sizes import plausible_size
from indexer.docker.root.mount_points import mount_points
from indexer.index.rows import replace_rows
from indexer.schema.usage import measurements, usage_by_category
from indexer.sync.engine.store_key import CONTAINERD, GRAPH_DRIVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from indexer.docker.disk_usage.tree import DiskUse, TreePath
    from indexer.docker.files.folder import Folder
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.options import OpenRoot

_DIRECTORIES: Final = """
    SELECT s.driver, d.directory
    FROM stores AS s
    JOIN directories AS d ON d.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = :kind
"""
# Of those with options what they hold may lie elsewhere, so that they are no trees to be measured.
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
_ROOTS_OF_HOST: Final = """
    SELECT path
    FROM roots
    WHERE host = (
            SELECT host
            FROM roots
            WHERE root_id = :root_id
        )
"""
_NESTED: Final = re.compile(r"[0-9]+\.[0-9]+")
_SUBVOLUMES: Final = frozenset({"btrfs"})
"""What keeps each directory on a file system of its own, which is counted all the same."""

PRECEDENCE: Final = (
    "other-namespaces",
    "hidden-stores",
    "removals",
    "crashed-writes",
    "images",
    "containers",
    "build-cache",
    "cut-short-pulls",
    "leaked-layers",
    "orphans",
)
"""Which category has a file that has names in several; any other comes after these."""


class Measured(NamedTuple):
    """A tree that was measured: below the containerd root, or else below the Docker root."""

    of_containerd: bool
    path: TreePath
    use: DiskUse | None


def write_partition(
    connection: Connection,
    root_id: str,
    root: OpenRoot,
    nested: Set[str],
    measured: list[Measured],
    at: str,
) -> None:
    """Take a census of the root and its containerd root, and store what each place takes.

    `measured` are the trees that were measured by themselves just now; what a former sync measured
    of others stays. `nested` are the names of roots below that are indexed themselves.
    """
    tally = _Tally(history_blobs(root.folder))
    containerd = root.containerd.root
    folders = [(root.folder, "docker", False)]
    if containerd is not None:
        folders.append((containerd.folder, "containerd", True))
    for folder, table, of_containerd in folders:
        trees = dict(_trees(connection, root_id, of_containerd=of_containerd))
        mounts = frozenset(mount_points(folder).get("", ()))
        apart = trees.keys() | {(name,) for name in nested if not of_containerd}
        if containerd is not None and containerd.inside and not of_containerd:
            apart |= {tuple(containerd.inside.split("/"))}
        tally.add_census(take_census(folder, table, apart, mounts))
        for it in measured:
            if it.of_containerd == of_containerd and it.path in trees and it.use is not None:
                place = trees[it.path]
                tally.add_tree(place, it.use, counts=_counts(folder, it.path, it.use, mounts))
        tally.expect(trees.values())
    rows = tally.rows(_former(connection, root_id), root_id, at)
    replace_rows(connection, measurements, {"root_id": root_id}, rows)
    _categorise(connection, root_id, tally.claims)


def settle_usage(connection: Connection, root_id: str) -> None:
    """Make the figures of each category what the rows of the root say."""
    rows = connection.dicts(fact("usage_by_category"), {"root_id": root_id})
    replace_rows(connection, usage_by_category, {"root_id": root_id}, rows)


def nested_roots(connection: Connection, root_id: str, path: str, beside: Set[str]) -> Set[str]:
    """The names of the roots in the root at `path` that are indexed themselves.

    `beside` are the paths of all roots of the sync.
    """
    paths = beside | set(connection.column(_ROOTS_OF_HOST, {"root_id": root_id}))
    top = f"{path.rstrip('/')}/"
    names = {it.removeprefix(top) for it in paths if it.startswith(top)}
    return {name for name in names if _NESTED.fullmatch(name)}


class _Tally:
    """The disk bytes of each place, and the files with several names that are not in them yet."""

    def __init__(self, history: frozenset[str]) -> None:
        """Take the digests of the blobs in buildkit/ that are of the history of builds."""
        self._history = history
        self.claims: list[Claim] = []
        self._sizes: dict[Place, int] = {}
        self._unread: set[Place] = set()
        self._linked: set[Place] = set()
        self._expected: set[Place] = set()
        self._counted: set[Place] = set()

    def add_census(self, census: Census) -> None:
        for place, size in census.sizes.items():
            is_history = place.kind == "build-blob" and place.name in self._history
            self._add(place._replace(kind="history-blob") if is_history else place, size)
        self._unread |= census.unread
        self.claims += census.claims
        self._linked |= {claim.place for claim in census.claims}

    def add_tree(self, place: Place, use: DiskUse, *, counts: bool) -> None:
        self._counted.add(place)
        self._add(place, use.own_bytes if counts else 0)
        if use.unread:
            self._unread.add(place)
        if counts and use.linked:
            self._linked.add(place)
            self.claims += [Claim((use.device, inode), size, place) for inode, size in use.linked]

    def expect(self, places: Iterable[Place]) -> None:
        """Note trees that are there, whether or not they were measured."""
        self._expected.update(places)

    def rows(self, former: Mapping[Place, Row], root_id: str, at: str) -> list[Row]:
        """The rows of all places; of a tree that was not measured again its former row."""
        kept = {
            place: former[place]
            for place in self._expected - self._counted
            if place in former and place.kind in ("directory", "snapshot")
        }
        made = {
            place: self._row(place, root_id, at)
            for place in self._sizes.keys() | self._unread | self._linked
            if place not in kept
        }
        return [row for _, row in sorted({**kept, **made}.items())]

    def _row(self, place: Place, root_id: str, at: str) -> Row:
        size = plausible_size(self._sizes.get(place, 0))
        return {
            "root_id": root_id,
            **place._asdict(),
            "disk_bytes": None if place in self._unread else size,
            "linked": int(place in self._linked),
            "category": "other",
            "measured_at": at,
        }

    def _add(self, place: Place, size: int) -> None:
        self._sizes[place] = self._sizes.get(place, 0) + size


def _trees(
    connection: Connection, root_id: str, *, of_containerd: bool
) -> Iterator[tuple[TreePath, Place]]:
    """The trees below a root that are measured apart from all else, and what each is."""
    kind = CONTAINERD if of_containerd else GRAPH_DRIVER
    for driver, name in connection.rows(_DIRECTORIES, {"root_id": root_id, "kind": kind}):
        if of_containerd:
            yield folder_path(driver, name), Place("snapshot", driver, name)
        elif has_trees(driver):
            yield (*directory_folder(driver), name), Place("directory", driver, name)
    if not of_containerd:
        for name in connection.column(_VOLUMES, {"root_id": root_id}):
            yield ("volumes", name, "_data"), Place("volume", "", name)


def _counts(root: Folder, path: TreePath, use: DiskUse, mounts: Set[str]) -> bool:
    """Whether a tree is on the disk of the root: neither behind a link nor on a mount."""
    if path[0] in root.followed:
        return False
    if any("/".join(path[:end]) in mounts for end in range(1, len(path) + 1)):
        return False
    return use.device == root.device() or path[0] in _SUBVOLUMES


def _former(connection: Connection, root_id: str) -> dict[Place, Row]:
    sql = "SELECT * FROM measurements WHERE root_id = ?"
    rows = connection.dicts(sql, (root_id,))
    return {Place(row["kind"], row["driver"], row["name"]): row for row in rows}


def _categorise(connection: Connection, root_id: str, claims: list[Claim]) -> None:
    found = connection.rows(fact("measured_categories"), {"root_id": root_id})
    categories = {Place(kind, driver, name): it for kind, driver, name, it in found}
    connection.run_many(
        "UPDATE measurements SET category = ? "
        "WHERE root_id = ? AND kind = ? AND driver = ? AND name = ?",
        [(category, root_id, *place) for place, category in categories.items()],
    )
    connection.run_many(
        "UPDATE measurements SET disk_bytes = disk_bytes + ? "
        "WHERE root_id = ? AND kind = ? AND driver = ? AND name = ?",
        [(size, root_id, *place) for place, size in _awarded(claims, categories).items()],
    )


def _awarded(claims: list[Claim], categories: Mapping[Place, str]) -> dict[Place, int]:
    """Each file with several names given to one place: the first by precedence."""
    ranks = {category: rank for rank, category in enumerate(PRECEDENCE)}
    winners: dict[tuple[int, int], tuple[tuple[int, Place], int]] = {}
    for inode, size, place in claims:
        rank = ranks.get(categories.get(place, ""), len(ranks))
        claim = ((rank, place), size)
        winners[inode] = min(winners.get(inode, claim), claim)
    sizes: dict[Place, int] = {}
    for (_, place), size in winners.values():
        sizes[place] = sizes.get(place, 0) + size
    return sizes


@cache
def fact(name: str) -> str:
    """The statement that settles a fact of a root, `:root_id`."""
    return (importlib.resources.files("indexer.schema") / "facts" / f"{name}.sql").read_text()

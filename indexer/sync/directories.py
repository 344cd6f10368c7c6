"""Directories of a graph driver and left-overs of its layer store into their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from indexer.schema.directories import leftovers
from indexer.schema.placement import roots, stores
from indexer.schema.views import directory_owners
from indexer.sync.change_log import ChangeLog
from indexer.sync.kinds import DIRECTORY
from indexer.sync.reconcile import Key, reconcile
from indexer.sync.writer import insert_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection

    from indexer.docker.drivers import DriverDirectory
    from indexer.docker.files import Stamp
    from indexer.docker.leftovers import Leftover
    from indexer.docker.scan import Scan
    from indexer.schema.columns import Row


def write_directories(
    connection: Connection,
    store_id: str,
    scan: Scan[DriverDirectory],
    known: Mapping[str, Stamp],
    at: str,
) -> None:
    """Make the directories of a graph driver's store equal to `scan`."""
    if not scan.listed or (not scan.records and scan.unchanged == known.keys()):
        return
    put_directories(connection, store_id, scan.records.values(), scan.unchanged, at)


def put_directories(
    connection: Connection,
    store_id: str,
    records: Iterable[DriverDirectory],
    unchanged: Collection[str],
    at: str,
) -> None:
    """Make the directories of a store equal to `records` and those that are `unchanged`.

    They are not in the change log: what they belong to is.
    """
    fresh: dict[Key, Row] = {
        (record.name,): {
            "directory": record.name,
            "short_link": record.link,
            "lower_directory": record.lower[0] if record.lower else None,
            "modified_at": record.modified_at,
            "changed_at": record.changed_at,
        }
        for record in records
    }
    kept = {(name,) for name in unchanged}
    unlogged = ChangeLog("", at, recording=False)
    reconcile(connection, DIRECTORY, {"store_id": store_id}, fresh, kept, at, unlogged)


def unsure_orphans(connection: Connection, root_id: str) -> frozenset[tuple[str, str]]:
    """Directories that look like orphans of a root but may just be too young to be named.

    Each is the ID of its store and its name.
    """
    query = (
        select(directory_owners.c.store_id, directory_owners.c.directory)
        .join(stores, stores.c.store_id == directory_owners.c.store_id)
        .join(roots, roots.c.root_id == stores.c.root_id)
        .where(
            roots.c.root_id == root_id,
            roots.c.engine_started_at.is_not(None),
            directory_owners.c.owner_kind == "orphan",
            directory_owners.c.confidence == "likely",
        )
    )
    return frozenset((row.store_id, row.directory) for row in connection.execute(query))


def write_leftovers(connection: Connection, store_id: str, found: tuple[Leftover, ...]) -> None:
    """Make the left-overs of a store equal to `found`."""
    columns = [column.name for column in leftovers.c]
    rows = [{"store_id": store_id, **leftover._asdict()} for leftover in found]
    own = leftovers.c.store_id == store_id
    before = {tuple(row) for row in connection.execute(select(leftovers).where(own))}
    if before == {tuple(row[name] for name in columns) for row in rows}:
        return
    connection.execute(delete(leftovers).where(own))
    insert_rows(connection, leftovers, rows)

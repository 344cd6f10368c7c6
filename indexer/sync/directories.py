"""Directories of a graph driver and left-overs of its layer store into their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, select

from indexer.docker.scan import UNPROVEN
from indexer.schema.directories import directories, leftovers
from indexer.schema.placement import roots, stores
from indexer.schema.records import stamps
from indexer.schema.views import directory_owners
from indexer.sync.change_log import ChangeLog
from indexer.sync.kinds import DIRECTORY
from indexer.sync.reconcile import Key, reconcile
from indexer.sync.writer import delete_rows, insert_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection

    from indexer.docker.drivers import DriverDirectory
    from indexer.docker.files import Stamp
    from indexer.docker.leftovers import Leftover
    from indexer.docker.scan import Scan
    from indexer.schema.columns import Row

_SECTION: Final = "/directories"


def write_directories(
    connection: Connection,
    store_id: str,
    scan: Scan[DriverDirectory],
    known: Mapping[str, Stamp],
    at: str,
) -> None:
    """Make the directories of a graph driver's store equal to `scan`.

    A directory that may lie on another one than before loses its stamp: see `has_unread`.
    """
    if not scan.listed or (not scan.records and scan.unchanged == known.keys()):
        return
    _forget_doubtful(connection, store_id, scan)
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


def lasting(scan: Scan[DriverDirectory]) -> Scan[DriverDirectory]:
    """`scan` with no proof of a directory on one that is not there: that one may come back."""
    baseless = {name for name, it in scan.records.items() if it.lower and it.lower[0] is None}
    return scan._replace(stamps={**scan.stamps, **dict.fromkeys(baseless, UNPROVEN)})


def _forget_doubtful(connection: Connection, store_id: str, scan: Scan[DriverDirectory]) -> None:
    """Forget the stamps of directories on one that is gone or has another short link than before.

    A stamp proves what a directory itself holds, not that what it lies on is there still.
    """
    if not scan.unchanged:
        return
    query = (
        select(stores.c.root_id, stores.c.driver, directories.c.directory)
        .add_columns(directories.c.short_link, directories.c.lower_directory)
        .join(stores, stores.c.store_id == directories.c.store_id)
        .where(directories.c.store_id == store_id)
    )
    before = {row.directory: row for row in connection.execute(query)}
    moved = before.keys() - scan.unchanged
    for name, record in scan.records.items():
        if name in before and before[name].short_link == record.link:
            moved.discard(name)
    doubtful = [
        {"root_id": row.root_id, "section": row.driver + _SECTION, "name": name}
        for name, row in before.items()
        if name in scan.unchanged and row.lower_directory in moved
    ]
    delete_rows(connection, stamps, doubtful)


def has_unread(connection: Connection, root_id: str) -> bool:
    """Whether a root has directories whose stamp was forgotten, so that they are to be read."""
    is_its_stamp = and_(
        stamps.c.root_id == stores.c.root_id,
        stamps.c.section == stores.c.driver + _SECTION,
        stamps.c.name == directories.c.directory,
    )
    query = (
        select(directories.c.directory)
        .join(stores, stores.c.store_id == directories.c.store_id)
        .outerjoin(stamps, is_its_stamp)
        .where(stores.c.root_id == root_id, stamps.c.name.is_(None))
        .limit(1)
    )
    return connection.execute(query).first() is not None


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

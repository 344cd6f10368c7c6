"""Directories of a graph driver and left-overs of its layer store into their rows."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from indexer.schema.directories import directories, leftovers, short_links
from indexer.schema.placement import roots, stores
from indexer.schema.views import directory_owners
from indexer.sync.change_log import ChangeLog
from indexer.sync.kinds import DIRECTORY
from indexer.sync.reconcile import Key, reconcile
from indexer.sync.writer import delete_rows, insert_rows, replace_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection

    from indexer.docker.drivers import DriverDirectory, ShortLink
    from indexer.docker.files import Stamp
    from indexer.docker.leftovers import Leftover
    from indexer.docker.scan import Scan
    from indexer.schema.columns import Row

_GONE: Final = object()


def write_directories(
    connection: Connection,
    store_id: str,
    scan: Scan[DriverDirectory],
    known: Mapping[str, Stamp],
    at: str,
) -> None:
    """Make the directories of a graph driver's store equal to `scan`."""
    if not scan.listed or scan.repeats(known):
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
    fresh: dict[Key, Row] = {(record.name,): _row(record) for record in records}
    kept = {(name,) for name in unchanged}
    unlogged = ChangeLog("", at, recording=False)
    reconcile(connection, DIRECTORY, {"store_id": store_id}, fresh, kept, at, unlogged)


def write_short_links(
    connection: Connection,
    store_id: str,
    scan: Scan[tuple[ShortLink, ...]],
    known: Mapping[str, Stamp],
) -> None:
    """Make the short links of a store equal to `scan`, which has all of them or none as it knew."""
    if not scan.listed or scan.repeats(known):
        return
    own = short_links.c.store_id == store_id
    found = {link.name: link.target for links in scan.records.values() for link in links}
    query = select(short_links.c.link, short_links.c.directory).where(own)
    before = {row.link: row.directory for row in connection.execute(query)}
    stale = [link for link, target in before.items() if found.get(link, _GONE) != target]
    delete_rows(connection, short_links, [{"store_id": store_id, "link": link} for link in stale])
    rows = [
        {"store_id": store_id, "link": link, "directory": target}
        for link, target in found.items()
        if before.get(link, _GONE) != target
    ]
    insert_rows(connection, short_links, rows)


def settle_lower_directories(connection: Connection, store_id: str) -> None:
    """Set again what each directory of a store is on, where that is noted as a short link.

    Whose a link is may change while the directory that names it stays as it was. It is what `l/`
    says, or else the one directory that claims the link.
    """
    claim, named = directories.alias(), directories.alias()
    claimed = (
        select(func.min(claim.c.directory))
        .where(
            claim.c.store_id == directories.c.store_id,
            claim.c.short_link == directories.c.lower_link,
        )
        .having(func.count() == 1)
        .scalar_subquery()
    )
    led_to = (
        select(named.c.directory)
        .join(
            short_links,
            (short_links.c.store_id == named.c.store_id)
            & (short_links.c.directory == named.c.directory),
        )
        .where(
            short_links.c.store_id == directories.c.store_id,
            short_links.c.link == directories.c.lower_link,
        )
        .scalar_subquery()
    )
    lower = func.coalesce(led_to, claimed)
    connection.execute(
        update(directories)
        .where(
            directories.c.store_id == store_id,
            directories.c.lower_link.is_not(None),
            directories.c.lower_directory.is_distinct_from(lower),
        )
        .values(lower_directory=lower)
    )


def _row(record: DriverDirectory) -> Row:
    links = record.lower_links
    first, _, rest = (links or "").partition(":")
    return {
        "directory": record.name,
        "short_link": record.link,
        "lower_directory": record.lower[0] if record.lower else None,
        "modified_at": record.modified_at,
        "changed_at": record.changed_at,
        "lower_link": first or None,
        "stack_key": _stack_key(links) if links else None,
        "below_key": _stack_key(rest) if rest else None,
        "has_files": _flag(record.has_files),
        "committed": _flag(record.committed),
        "mounted": _flag(record.mounted),
        "removing": int(record.removing),
        "stacked_on": links or ":".join(it for it in record.lower or () if it) or None,
    }


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


# What is below a layer is the stack of the one right below it: half of all keys come twice.
@lru_cache(maxsize=4096)
def _stack_key(links: str) -> str:
    return hashlib.blake2b(links.encode(), digest_size=8).hexdigest()


def unsure_orphans(connection: Connection, root_id: str) -> frozenset[tuple[str, str]]:
    """Directories that look like orphans of a root but may just be too young to be named.

    Each is the ID of its store and its name.
    """
    query = (
        select(directory_owners.c.store_id, directory_owners.c.directory)
        .join(stores, stores.c.store_id == directory_owners.c.store_id)
        .join(roots, roots.c.root_id == stores.c.root_id)
        .join(
            directories,
            (directories.c.store_id == directory_owners.c.store_id)
            & (directories.c.directory == directory_owners.c.directory),
        )
        .where(
            roots.c.root_id == root_id,
            roots.c.busy_since <= directories.c.changed_at,
            directory_owners.c.owner_kind == "orphan",
            directory_owners.c.confidence == "likely",
        )
    )
    return frozenset((row.store_id, row.directory) for row in connection.execute(query))


def write_leftovers(connection: Connection, store_id: str, found: tuple[Leftover, ...]) -> None:
    """Make the left-overs of a store equal to `found`; of those of one name the last one counts."""
    # A name that is no text can become one that another file has.
    rows = {it.name: {"store_id": store_id, **it._asdict()} for it in found}
    replace_rows(connection, leftovers, {"store_id": store_id}, list(rows.values()))

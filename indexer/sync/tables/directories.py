"""Directories of a graph driver and left-overs of its layer store into their rows."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from indexer.index.rows import delete_rows, insert_rows, load_rows, replace_rows
from indexer.schema.directories import leftovers, short_links
from indexer.sync.engine.change_log import ChangeLog
from indexer.sync.engine.kinds import DIRECTORY
from indexer.sync.engine.reconcile import Key, reconcile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from indexer.docker.drivers import DriverDirectory, ShortLink
    from indexer.docker.files.folder import Fingerprint
    from indexer.docker.files.scan import Scan
    from indexer.docker.image_store.layerdb_leftovers import Leftover
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row

_GONE: Final = object()


def write_directories(
    connection: Connection,
    store_id: str,
    scan: Scan[DriverDirectory],
    known: Mapping[str, Fingerprint],
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
    known: Mapping[str, Fingerprint],
) -> None:
    """Make the short links of a store equal to `scan`, which has all of them or none as it knew."""
    if not scan.listed or scan.repeats(known):
        return
    found = {link.name: link.target for links in scan.records.values() for link in links}
    rows = load_rows(connection, short_links, {"store_id": store_id})
    before = {row["link"]: row["directory"] for row in rows}
    stale = [link for link, target in before.items() if found.get(link, _GONE) != target]
    delete_rows(connection, short_links, [{"store_id": store_id, "link": link} for link in stale])
    rows = [
        {"store_id": store_id, "link": link, "directory": target}
        for link, target in found.items()
        if before.get(link, _GONE) != target
    ]
    insert_rows(connection, short_links, rows)


_SETTLE_LOWER: Final = """
    WITH settled (directory, lower_directory) AS (
        SELECT
            d.directory,
            COALESCE(
                (
                    SELECT l.directory
                    FROM short_links AS l
                    JOIN directories AS n
                        ON n.store_id = l.store_id
                        AND n.directory = l.directory
                    WHERE l.store_id = d.store_id
                        AND l.link = d.lower_link
                ),
                (
                    SELECT MIN(c.directory)
                    FROM directories AS c
                    WHERE c.store_id = d.store_id
                        AND c.short_link = d.lower_link
                    HAVING COUNT(*) = 1
                )
            )
        FROM directories AS d
        WHERE d.store_id = :store_id
            AND d.lower_link IS NOT NULL
    )
    UPDATE directories
    SET lower_directory = s.lower_directory
    FROM settled AS s
    WHERE directories.store_id = :store_id
        AND directories.directory = s.directory
        AND COALESCE(directories.lower_directory, '') <> COALESCE(s.lower_directory, '')
"""


def settle_lower_directories(connection: Connection, store_id: str) -> None:
    """Set again what each directory of a store is on, where that is noted as a short link.

    Whose a link is may change while the directory that names it stays as it was. It is what `l/`
    says, or else the one directory that claims the link.
    """
    if connection.run(_SETTLE_LOWER, {"store_id": store_id}):
        connection.written_tables.add("directories")


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


_UNSURE: Final = """
    SELECT o.store_id, o.directory
    FROM directory_owners AS o
    JOIN stores AS s ON s.store_id = o.store_id
    JOIN roots AS r ON r.root_id = s.root_id
    JOIN directories AS d
        ON d.store_id = o.store_id
        AND d.directory = o.directory
    WHERE r.root_id = :root_id
        AND r.busy_since <= d.changed_at
        AND o.owner_kind = 'orphan'
        AND o.confidence = 'likely'
"""


def unsure_orphans(connection: Connection, root_id: str) -> frozenset[tuple[str, str]]:
    """Directories that look like orphans of a root but may just be too young to be named.

    Each is the ID of its store and its name.
    """
    rows = connection.rows(_UNSURE, {"root_id": root_id})
    return frozenset((store_id, directory) for store_id, directory in rows)


def write_leftovers(connection: Connection, store_id: str, found: tuple[Leftover, ...]) -> None:
    """Make the left-overs of a store equal to `found`; of those of one name the last one counts."""
    # A name that is no text can become one that another file has.
    rows = {it.name: {"store_id": store_id, **it._asdict()} for it in found}
    replace_rows(connection, leftovers, {"store_id": store_id}, list(rows.values()))

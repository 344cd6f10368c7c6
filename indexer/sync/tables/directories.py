"""Writes the directories of a store, the short links to them, and leftovers."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from indexer.index.rows import delete_rows, insert_rows, load_rows, replace_rows
from indexer.schema.directories import leftovers, short_links
from indexer.sync.engine.reconcile import Key, reconcile
from indexer.sync.engine.reconciled_tables import DIRECTORIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from indexer.docker.drivers import DriverDirectory, ShortLink
    from indexer.docker.files.folder import Fingerprint
    from indexer.docker.files.scan import Scan
    from indexer.docker.image_store.layerdb_leftovers import Leftover
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import RootSync, StoreSync

_GONE: Final = object()


def write_directories(
    sync: StoreSync, scan: Scan[DriverDirectory], previous: Mapping[str, Fingerprint]
) -> None:
    """Make the directories of a graph driver's store equal to `scan`."""
    if not scan.listed or scan.repeats(previous):
        return
    put_directories(sync, scan.records.values(), scan.unchanged)


def put_directories(
    sync: StoreSync, records: Iterable[DriverDirectory], unchanged: Collection[str] = ()
) -> None:
    """Make the directories of a store equal to `records` and those that are `unchanged`."""
    fresh: dict[Key, Row] = {(record.name,): _row(record) for record in records}
    reconcile(sync, DIRECTORIES, fresh, {(name,) for name in unchanged})


def write_short_links(
    sync: StoreSync, scan: Scan[tuple[ShortLink, ...]], previous: Mapping[str, Fingerprint]
) -> None:
    """Make the short links of a store equal to `scan`, which has either all of them or none."""
    if not scan.listed or scan.repeats(previous):
        return
    current = {link.name: link.target for links in scan.records.values() for link in links}
    rows = load_rows(sync.connection, short_links, sync.scope)
    before = {row["link"]: row["directory"] for row in rows}
    stale = [link for link, target in before.items() if current.get(link, _GONE) != target]
    delete_rows(sync.connection, short_links, [{**sync.scope, "link": link} for link in stale])
    rows = [
        {**sync.scope, "link": link, "directory": target}
        for link, target in current.items()
        if before.get(link, _GONE) != target
    ]
    insert_rows(sync.connection, short_links, rows)


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


def settle_lower_directories(sync: StoreSync) -> None:
    """Compute `lower_directory` again for the directories whose file `lower` has short links.

    A short link can come to mean another directory while the file `lower` stays the same. It means
    the target of the link in `l/`, or else the only directory whose file `link` has its name
    (moby `daemon/graphdriver/overlay2/overlay.go`).
    """
    if sync.connection.run(_SETTLE_LOWER, sync.scope):
        sync.connection.written_tables.add("directories")


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


# The `below_key` of a layer is the `stack_key` of its parent, so half of all calls repeat one.
@lru_cache(maxsize=4096)
def _stack_key(links: str) -> str:
    return hashlib.blake2b(links.encode(), digest_size=8).hexdigest()


_LIKELY_ORPHANS: Final = """
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


def likely_orphans(sync: RootSync) -> frozenset[tuple[str, str]]:
    """The store ID and name of each directory that may be an orphan or may be in use soon.

    The engine creates a directory before it writes the record that names it.
    """
    rows = sync.connection.rows(_LIKELY_ORPHANS, sync.scope)
    return frozenset((store_id, directory) for store_id, directory in rows)


def write_leftovers(sync: StoreSync, records: tuple[Leftover, ...]) -> None:
    """Make the leftovers of a store equal to `records`. If two have one name, the last counts."""
    # Names that are not valid UTF-8 are escaped, and the result can be the name of another file.
    rows = {it.name: {**sync.scope, **it._asdict()} for it in records}
    replace_rows(sync.connection, leftovers, sync.scope, list(rows.values()))

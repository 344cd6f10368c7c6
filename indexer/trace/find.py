"""Looks up a name, an ID or a path among all objects of the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.index.connection import expanded
from indexer.trace.statements import find_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.index.connection import Cells, Connection
    from indexer.trace.search_term import SearchTerm

_NONE: Final = ("", "")
_COPIES: Final = frozenset({"file", "other-namespace"})
"""BuildKit, plugins and other namespaces may have a copy of what the image store has."""

# PostgreSQL and SQLite limit the number of values in one statement.
_MOST_PATHS: Final = 400


class Match(NamedTuple):
    """An object that a search term matches.

    `kind` and `id` identify it, and `matched_by` are the kinds of names by which it was found.
    `store_id` is its store, None if it is in none; `root_id` is its Docker root.
    """

    kind: str
    id: str
    host: str
    root_id: str
    store_id: str | None
    matched_by: tuple[str, ...]


def find(connection: Connection, term: SearchTerm) -> list[Match]:
    """All objects that `term` matches, once for each store that has them.

    A term without a name matches the objects at the first of its paths that has any.
    """
    if term.names is None and term.digests is None:
        return _at_paths(connection, term)
    names, digests = term.names or _NONE, term.digests or _NONE
    values = {
        "name": names[0],
        "last_name": names[1],
        "digest": digests[0],
        "last_digest": digests[1],
        "prefix": int(not term.whole),
    }
    rows = connection.rows(find_statement("names"), values)
    own = {row[7] for row in rows if row[0] not in _COPIES}
    return _matches((row for row in rows if row[0] not in _COPIES or row[7] not in own), term)


def _at_paths(connection: Connection, term: SearchTerm) -> list[Match]:
    """The objects at, or the problems with, the first path that has any."""
    paths = term.paths[:_MOST_PATHS]
    source = find_statement("problems" if term.reported else "files")
    rows = connection.rows(*expanded(source, "paths", paths))
    # The longest path comes first, so the innermost object wins.
    for path in paths:
        if found := _matches((row for row in rows if row[7] == path), term):
            return found
    return []


def _matches(rows: Iterable[Cells], term: SearchTerm) -> list[Match]:
    found: dict[tuple[str, str, str, str, str | None], set[str]] = {}
    for row in rows:
        kind, identity, host, root_id, store_id, name_kind, driver = row[:7]
        if _is_wanted(term, {"kind": kind, "root_id": root_id, "driver": driver}):
            found.setdefault((kind, identity, host, root_id, store_id), set()).add(name_kind)
    return [Match(*key, matched_by=tuple(sorted(names))) for key, names in found.items()]


def _is_wanted(term: SearchTerm, row: Mapping[str, str | None]) -> bool:
    """Whether the object in `row` has a kind, root and driver that `term` allows."""
    return (
        (term.kinds is None or row["kind"] in term.kinds)
        and (term.root_ids is None or row["root_id"] in term.root_ids)
        and (term.driver is None or row["driver"] is None or row["driver"] == term.driver)
    )

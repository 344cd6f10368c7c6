"""Looking a name or an ID up among everything that has one."""

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
"""What BuildKit, plugins and other namespaces have may be a copy of what the store has."""

_MOST_PATHS: Final = 400


class Match(NamedTuple):
    """A thing that goes by the name asked for.

    `kind` and `id` say what it is, `matched_by` which of its names it was found by. `store_id` is
    the store it is in, None where it is in none; `root_id` its Docker root, and `host` whose it is.
    """

    kind: str
    id: str
    host: str
    root_id: str
    store_id: str | None
    matched_by: tuple[str, ...]


def find(connection: Connection, asked: SearchTerm) -> list[Match]:
    """Everything that goes by what was asked for, each thing once for each store it is in.

    Without a name it is what lies at the first of the paths that leads anywhere.
    """
    if asked.names is None and asked.digests is None:
        return _at_paths(connection, asked)
    names, digests = asked.names or _NONE, asked.digests or _NONE
    values = {
        "name": names[0],
        "last_name": names[1],
        "digest": digests[0],
        "last_digest": digests[1],
        "prefix": int(not asked.whole),
    }
    rows = connection.rows(find_statement("names"), values)
    own = {row[7] for row in rows if row[0] not in _COPIES}
    return _matches((row for row in rows if row[0] not in _COPIES or row[7] not in own), asked)


def _at_paths(connection: Connection, asked: SearchTerm) -> list[Match]:
    """What has the first of the paths that anything has, or what is reported of it."""
    paths = asked.paths[:_MOST_PATHS]
    source = find_statement("problems" if asked.reported else "files")
    rows = connection.rows(*expanded(source, "paths", paths))
    for path in paths:
        if found := _matches((row for row in rows if row[7] == path), asked):
            return found
    return []


def _matches(rows: Iterable[Cells], asked: SearchTerm) -> list[Match]:
    found: dict[tuple[str, str, str, str, str | None], set[str]] = {}
    for row in rows:
        kind, identity, host, root_id, store_id, name_kind, driver = row[:7]
        if _counts(asked, {"kind": kind, "root_id": root_id, "driver": driver}):
            found.setdefault((kind, identity, host, root_id, store_id), set()).add(name_kind)
    return [Match(*key, matched_by=tuple(sorted(names))) for key, names in found.items()]


def _counts(asked: SearchTerm, row: Mapping[str, str | None]) -> bool:
    """Whether a thing is one of those that were asked for."""
    return (
        (asked.kinds is None or row["kind"] in asked.kinds)
        and (asked.root_ids is None or row["root_id"] in asked.root_ids)
        and (asked.driver is None or row["driver"] is None or row["driver"] == asked.driver)
    )

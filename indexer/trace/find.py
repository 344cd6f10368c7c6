"""Looking a name or an ID up among everything that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from indexer.trace.statements import find_statement

if TYPE_CHECKING:
    from indexer.index.connection import Connection
    from indexer.trace.asked import Asked


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


def find(connection: Connection, asked: Asked) -> list[Match]:
    """Everything that goes by what was asked for, each thing once for each store it is in."""
    found: dict[tuple[str, str, str, str, str | None], set[str]] = {}
    rows = connection.rows(find_statement(), {"name": asked.name, "prefix": int(asked.prefix)})
    for kind, identity, host, root_id, store_id, name_kind in rows:
        found.setdefault((kind, identity, host, root_id, store_id), set()).add(name_kind)
    return [Match(*key, matched_by=tuple(sorted(names))) for key, names in found.items()]

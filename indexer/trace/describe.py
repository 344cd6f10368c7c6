"""Collects everything related to a match into one object."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from indexer.trace.statements import problems_statement, statements_for

if TYPE_CHECKING:
    from indexer.index.connection import Connection
    from indexer.trace.find import Match
    from indexer.trace.search_term import SearchTerm

Traced = dict[str, Any]
"""An object ready for JSON: `kind`, `id`, `host`, `path`, `images`, `containers` and more."""

_LISTS: Final = ("images", "containers")
_LOG: Final = re.compile(
    r"^/(?:[0-9a-f]{64}-json\.log|container-cached\.log|local-logs/container\.log)"
    r"(?:\.\d+)?(?:\.gz)?$"
)


def describe(connection: Connection, match: Match, term: SearchTerm) -> Traced:
    """Describe the object of `match` with everything that is related to it.

    `path` and `inner_path` of `term` decide which problems are shown and which file was meant.
    """
    statements = statements_for(match.kind)
    values = {"id": match.id, "store_id": match.store_id, "root_id": match.root_id}
    traced: Traced = {
        "kind": match.kind,
        "id": match.id,
        "host": match.host,
        "path": None,
        "matched_by": list(match.matched_by),
        **{name: [] for name in _LISTS},
    }
    for field in connection.dicts(statements.itself, values):
        traced.update(field)
    for name, statement in statements.lists.items():
        traced[name] = connection.dicts(statement, values)
    about = {
        "root_id": match.root_id,
        "id": match.id,
        "path": term.paths[0] if term.paths else "",
    }
    traced["problems"] = connection.dicts(problems_statement(), about)
    if match.kind == "container" and _LOG.search(term.inner_path or ""):
        traced["about"] = "a log of the container, which log_bytes counts"
    if term.inner_path is not None:
        traced["inner_path"] = term.inner_path
    return traced

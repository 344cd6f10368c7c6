"""`dockidx trace`: from what was asked to everything it can mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.trace.describe import describe
from indexer.trace.find import find
from indexer.trace.roots import known_roots
from indexer.trace.search_term import parse_search_term

if TYPE_CHECKING:
    from indexer.index.connection import Connection
    from indexer.trace.describe import Traced


def trace(connection: Connection, wanted: str) -> list[Traced]:
    """Everything that `wanted` can mean, described; an empty list where nothing is known by it."""
    for asked in parse_search_term(wanted, known_roots(connection) if "/" in wanted else ()):
        if matches := find(connection, asked):
            return [describe(connection, match, asked) for match in matches]
    return []

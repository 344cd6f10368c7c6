"""`dockidx trace`: from the text of the user to descriptions of everything that it matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.trace.describe import describe
from indexer.trace.find import find
from indexer.trace.roots import known_roots
from indexer.trace.search_term import parse_search_term

if TYPE_CHECKING:
    from indexer.index.connection import Connection
    from indexer.trace.describe import Traced


def trace(connection: Connection, text: str) -> list[Traced]:
    """Describe everything that `text` can mean; the list is empty if nothing matches.

    The first interpretation with a match wins, so that an ID is not also taken for a path.
    """
    for term in parse_search_term(text, known_roots(connection) if "/" in text else ()):
        if matches := find(connection, term):
            return [describe(connection, match, term) for match in matches]
    return []

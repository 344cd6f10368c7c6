"""The Datasette plugin, which shows an index in a browser.

Datasette loads the plugin wherever dockidx is installed, with any database. So every hook first
checks whether the database is an index, and does nothing for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette import hookimpl  # type: ignore[import-untyped]

from indexer.web.cells import cell
from indexer.web.metadata import database_metadata
from indexer.web.questions import canned
from indexer.web.recognition import index_names, is_index

if TYPE_CHECKING:
    from datasette.app import Datasette  # type: ignore[import-untyped]
    from markupsafe import Markup

_STYLE = "/-/static-plugins/dockidx/dockidx.css"


@hookimpl  # type: ignore[untyped-decorator]
def get_metadata(datasette: Datasette, key: str | None) -> dict[str, Any]:
    """Titles, descriptions, labels, facets and sort orders of the tables of every index."""
    names = index_names(datasette) if key in (None, "databases") else []
    return {"databases": {name: database_metadata() for name in names}} if names else {}


@hookimpl  # type: ignore[untyped-decorator]
def canned_queries(datasette: Datasette, database: str) -> dict[str, dict[str, Any]] | None:
    """The canned queries of dockidx, for an index."""
    return canned() if is_index(datasette, database) else None


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: object, column: str, database: str, datasette: Datasette) -> Markup | None:
    """The HTML of a cell: short IDs with links, readable sizes and times, long text folded.

    None lets Datasette show the value in its own way.
    """
    if not is_index(datasette, database):
        return None
    return cell(value, column, datasette.urls.database(database))


@hookimpl  # type: ignore[untyped-decorator]
def extra_css_urls(datasette: Datasette, database: str | None) -> list[str]:
    """The style sheet of dockidx, on the pages of an index."""
    return [_STYLE] if database and is_index(datasette, database) else []

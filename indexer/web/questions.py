"""The canned queries in Datasette, and links to the most useful ones.

Datasette has one namespace for tables and canned queries, and a query hides a table of the same
name. So the query `images` is called `query-images` there, and the table is still `images`.
"""

from __future__ import annotations

import functools
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from datasette.utils import tilde_encode  # type: ignore[import-untyped]
from markupsafe import Markup, escape

from indexer.queries.catalogue import Query, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX: Final = "query-"
"""The prefix of the name of a canned query in Datasette."""

_SUGGESTED: Final = (
    "images",
    "containers",
    "disk-usage",
    "unused-images",
    "largest-layers",
    "orphan-directories",
    "image-layers",
    "directory-owner",
    "problems",
    "changes",
)
_ROW_PARAMETERS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("directories", "directory"): "directory",
        ("images", "image"): "image_id",
        ("volumes", "source"): "name",
    }
)
_CODE: Final = re.compile("`([^`]+)`")


class Question(NamedTuple):
    """A canned query about one row: its name in Datasette, its title, and its parameter.

    The value of the parameter is in the column `column` of the row.
    """

    page: str
    title: str
    parameter: str
    column: str


def canned() -> dict[str, dict[str, Any]]:
    """The definition of every canned query in Datasette's form, by its name there."""
    return {PREFIX + query.name: _definition(query) for query in _queries().values()}


def suggested_queries(database: str) -> Markup:
    """A list of links to useful first queries; `database` is the path of the index's page."""
    queries = [query for name, query in _queries().items() if name in _SUGGESTED]
    queries.sort(key=lambda query: _SUGGESTED.index(query.name))
    return _list(_entry(database, query) for query in queries)


def questions_about(table: str) -> list[Question]:
    """The queries with a parameter that a row of `table` can fill, e.g. `image` for `images`."""
    return [
        Question(
            PREFIX + query.name, query.title, parameter.name, _ROW_PARAMETERS[table, parameter.name]
        )
        for query in _queries().values()
        for parameter in query.parameters
        if (table, parameter.name) in _ROW_PARAMETERS
    ]


@functools.cache
def _queries() -> Mapping[str, Query]:
    return catalogue()


def _definition(query: Query) -> dict[str, Any]:
    return {
        "title": query.title,
        "description": query.description,
        "description_html": str(_description(query)),
        "params": [parameter.name for parameter in query.parameters],
        "sql": query.sql,
        "hide_sql": True,
    }


def _description(query: Query) -> Markup:
    parameters = _list(
        Markup("<code>{}</code>: {}").format(parameter.name, _prose(parameter.description))
        for parameter in query.parameters
    )
    return Markup("<p>{}</p>{}").format(_prose(query.description), parameters)


def _entry(database: str, query: Query) -> Markup:
    return Markup('<a href="{}/{}">{}</a>: {}').format(
        database, tilde_encode(PREFIX + query.name), query.title, _prose(query.description)
    )


def _list(items: Iterable[Markup]) -> Markup:
    lines = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
    return Markup('<ul class="bullets">{}</ul>').format(lines) if lines else lines


def _prose(text: str) -> Markup:
    """`text` as HTML, with the parts between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped

"""The canned queries as Datasette has them, and the ones to begin with.

Datasette has one name space for tables and canned queries, in which a query hides the table of its
name. So the query `images` is called `query-images` there, and the table stays `images`.
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
"""Stands before the name of a canned query in Datasette."""

_BEGIN: Final = (
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
_ASKED: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("directories", "directory"): "directory",
        ("images", "image"): "image_id",
        ("volumes", "source"): "name",
    }
)
_CODE: Final = re.compile("`([^`]+)`")


class Question(NamedTuple):
    """A canned query about one row: its name in Datasette, its title, and the parameter to give.

    The value for it is in the column `column` of the row.
    """

    page: str
    title: str
    parameter: str
    column: str


def canned() -> dict[str, dict[str, Any]]:
    """Every canned query, by its name in Datasette."""
    return {PREFIX + query.name: _definition(query) for query in _queries().values()}


def begin(database: str) -> Markup:
    """A list of the queries to begin with; `database` is the path of the index's page."""
    queries = [query for name, query in _queries().items() if name in _BEGIN]
    queries.sort(key=lambda query: _BEGIN.index(query.name))
    return _list(_entry(database, query) for query in queries)


def questions_about(table: str) -> list[Question]:
    """The queries that can be asked about a row of `table`: for `images`, those of an `image`."""
    return [
        Question(PREFIX + query.name, query.title, parameter.name, _ASKED[table, parameter.name])
        for query in _queries().values()
        for parameter in query.parameters
        if (table, parameter.name) in _ASKED
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
    """Text with `code` between backticks."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped

"""The metadata of an index for Datasette: titles, descriptions, labels, facets and sort orders.

Descriptions come from the comments of the schema and the head comments of the views.
"""

from __future__ import annotations

import copy
import functools
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import indexer.schema
from indexer.schema.sql_files import read_head
from indexer.schema.views import VIEWS, view_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.schema.columns import Table

_DESCRIPTION: Final = (
    "What Docker stores on the disk. The queries below answer common questions; use the tables and "
    "views for your own."
)
_HIDDEN: Final = ("alembic_version", "fingerprints")
_ORDER: Final[Mapping[str, dict[str, str]]] = MappingProxyType(
    {
        "changes": {"sort_desc": "at"},
        "containers": {"sort_desc": "created_at"},
        "images": {"sort_desc": "created_at"},
        "store_layers": {"sort_desc": "size_bytes"},
        "syncs": {"sort_desc": "started_at"},
        "tags": {"sort": "repository"},
        "volumes": {"sort": "name"},
    }
)


def database_metadata() -> dict[str, Any]:
    """The metadata of an index in Datasette's form; a fresh copy, which the caller may change."""
    return {"description": _DESCRIPTION, "tables": copy.deepcopy(_tables())}


def tables_about(table: str) -> list[str]:
    """The tables that refer to a row of `table` by a foreign key of several columns.

    Datasette itself links only the tables that refer to it by a single column.
    """
    return [
        other.name
        for other in indexer.schema.TABLES
        for key in other.foreign_keys
        if key.table == table and len(key.columns) > 1
    ]


@functools.cache
def _tables() -> dict[str, dict[str, Any]]:
    tables = {table.name: _table(table) for table in indexer.schema.TABLES}
    views = {name: _view(name) for name in VIEWS}
    hidden = {name: {**tables.get(name, {}), "hidden": True} for name in _HIDDEN}
    return {**tables, **views, **hidden}


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.name,
        "description": table.comment,
        "columns": {column.name: column.comment for column in table.columns},
        "label_column": table.label,
        "facets": list(table.facets),
        **_ORDER.get(table.name, {}),
    }


def _view(name: str) -> dict[str, Any]:
    head = read_head(view_source(name))
    return {"title": f"{name}: {head.title}", "description": head.description}

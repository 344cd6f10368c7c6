"""The views: SQL that any SQLite tool and PostgreSQL understand, one file each under `views/`."""

from __future__ import annotations

import importlib.resources
from functools import cache
from typing import TYPE_CHECKING, Final

import sqlalchemy

if TYPE_CHECKING:
    from sqlalchemy import Connection

directory_owners: Final = sqlalchemy.table(
    "directory_owners",
    *(sqlalchemy.column(name) for name in ("store_id", "directory", "owner_kind", "confidence")),
)
"""The view of that name, as far as the program itself asks it."""

VIEWS: Final = (
    "active_stores",
    "store_places",
    "held_images",
    "store_image_names",
    "image_references",
    "image_tags",
    "image_names",
    "listed_images",
    "listed_containers",
    "image_containers",
    "snapshot_chains",
    "manifest_blobs",
    "containerd_parts",
    "containerd_image_sizes",
    "image_sizes",
    "part_edges",
    "image_parts",
    "held_layers",
    "unloadable_layers",
    "unloadable_images",
    "leased_parts",
    "held_parts",
    "reached_parts",
    "directory_claims",
    "directory_owners",
    "packed_records",
    "packed_manifests",
    "build_cache",
    "known_images",
    "volume_purposes",
    "known_names",
)
"""Names of the views; one that builds on another stands after it."""


@cache
def view_source(name: str) -> str:
    """The text of the view `name`: its head comment and its SELECT."""
    folder = importlib.resources.files("indexer.schema") / "views"
    return (folder / f"{name}.sql").read_text()


def drop_views(connection: Connection) -> None:
    """Drop all views, as changing a table under a view fails on SQLite."""
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP AGGREGATE IF EXISTS group_concat(TEXT, TEXT)")
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS group_concat_step(TEXT, TEXT, TEXT)")


def views_are_current(connection: Connection) -> bool:
    """Whether the views are those of this program; told on SQLite, which keeps their text."""
    if connection.dialect.name != "sqlite":
        return True
    query = "SELECT name, sql FROM sqlite_schema WHERE type = 'view'"
    found = {row.name: row.sql for row in connection.exec_driver_sql(query)}
    return found == {name: _statement(name) for name in VIEWS}


def _statement(name: str) -> str:
    return f"CREATE VIEW {name} AS\n{view_source(name).rstrip()}"


def create_views(connection: Connection) -> None:
    """Create all views, after the tables are as the schema says.

    PostgreSQL first gets what the views and queries use of SQLite's functions.
    """
    if connection.dialect.name == "postgresql":
        functions = importlib.resources.files("indexer.schema") / "functions.sql"
        connection.exec_driver_sql(functions.read_text())
    for name in VIEWS:
        connection.exec_driver_sql(_statement(name))

"""Creates and drops the views of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.schema.views import VIEWS, functions_source, view_source

if TYPE_CHECKING:
    from indexer.index.connection import Connection


def drop_views(connection: Connection) -> None:
    """Drop all views, because SQLite refuses to change a table that a view uses."""
    for name in reversed(VIEWS):
        connection.run(f"DROP VIEW IF EXISTS {name}")
    if connection.dialect == "postgresql":
        connection.run("DROP AGGREGATE IF EXISTS group_concat(TEXT, TEXT)")
        connection.run("DROP FUNCTION IF EXISTS group_concat_step(TEXT, TEXT, TEXT)")


def create_views(connection: Connection) -> None:
    """Create all views, after the tables have the current schema.

    PostgreSQL first gets those functions of SQLite that the views and queries use.
    """
    if connection.dialect == "postgresql":
        connection.run(functions_source())
    for name in VIEWS:
        connection.run(_statement(name))


def views_are_current(connection: Connection) -> bool:
    """Whether the views are those of this program. Only SQLite stores their text to compare."""
    if connection.dialect != "sqlite":
        return True
    found = connection.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'view'")
    return dict(found) == {name: _statement(name) for name in VIEWS}


def _statement(name: str) -> str:
    return f"CREATE VIEW {name} AS\n{view_source(name).rstrip()}"

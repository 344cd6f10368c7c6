"""The views: SQL that any SQLite tool and PostgreSQL understand, one file each under `views/`."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

VIEWS: Final = (
    "active_stores",
    "image_references",
    "image_tags",
    "image_names",
    "image_sizes",
    "image_containers",
    "held_layers",
)
"""Names of the views; one that builds on another stands after it."""


def view_source(name: str) -> str:
    """The text of the view `name`: its head comment and its SELECT."""
    folder = importlib.resources.files("indexer.schema") / "views"
    return (folder / f"{name}.sql").read_text()


def drop_views(connection: Connection) -> None:
    """Drop all views, as changing a table under a view fails on SQLite."""
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def create_views(connection: Connection) -> None:
    """Create all views, after the tables are as the schema says."""
    for name in VIEWS:
        connection.exec_driver_sql(f"CREATE VIEW {name} AS\n{view_source(name)}")

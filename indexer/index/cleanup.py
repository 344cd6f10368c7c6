"""Removes content from the index that no store has and nothing refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.schema.content import images
from indexer.schema.ddl import quoted
from indexer.schema.sql_files import sql_text

if TYPE_CHECKING:
    from indexer.index.connection import Connection


def clean_up(connection: Connection) -> None:
    """Run the statements of `cleanup.sql` of the schema."""
    text = sql_text("schema", "cleanup")
    blank = ", ".join(f"{quoted(it)} = NULL" for it in images.names if it not in images.key)
    for statement in text.format(blank=blank).split(";\n"):
        connection.run(statement)

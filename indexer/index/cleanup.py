"""Removes content from the index that no store has and nothing refers to."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING

from indexer.schema.content import images
from indexer.schema.ddl import quoted

if TYPE_CHECKING:
    from indexer.index.connection import Connection


def clean_up(connection: Connection) -> None:
    """Run the statements of `cleanup.sql` of the schema."""
    text = (importlib.resources.files("indexer.schema") / "cleanup.sql").read_text()
    blank = ", ".join(f"{quoted(it)} = NULL" for it in images.names if it not in images.key)
    for statement in text.format(blank=blank).split(";\n"):
        connection.run(statement)

"""An index as a database of Datasette, which nothing can write."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from datasette.database import Database  # type: ignore[import-untyped]

from indexer.index.sqlite_file import reading_connection

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette  # type: ignore[import-untyped]


class IndexDatabase(Database):  # type: ignore[misc]
    """The index at `path`: read-only, without ATTACH, and seen as the last sync left it."""

    def __init__(self, datasette: Datasette, path: str) -> None:
        """The database of `datasette` for the file at `path`."""
        super().__init__(datasette, path)
        self._opened = ExitStack()

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A connection that can only read. Raises `PermissionError` for one that writes."""
        if write:
            raise PermissionError(f"{self.path} is served read-only.")
        return self._opened.enter_context(reading_connection(self.path, None)).driver

    def close(self) -> None:
        """Close every connection that was given out."""
        self._opened.close()

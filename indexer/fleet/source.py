"""Opens the index files to merge: read-only, checked, and upgraded in a copy if they are older."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from indexer.index.errors import IndexFileError
from indexer.index.migration import require_known, revisions, upgrade
from indexer.index.sqlite_file import reading_connection, writing_connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.index.sqlite_connection import SqliteConnection


@contextmanager
def merge_source(path: str) -> Iterator[SqliteConnection]:
    """Open the index file at `path` for reading. An older one is copied, and the copy is upgraded.

    Raises `IndexFileError`, `IndexDeniedError` and `IndexBusyError`.
    """
    with reading_connection(path, None) as connection:
        # The file can come from anywhere, so it may be damaged or made to harm.
        is_whole = connection.value("PRAGMA quick_check(1)") == "ok"
        if not is_whole or connection.rows("PRAGMA foreign_key_check"):
            raise IndexFileError(f"{path} is damaged and is not merged; get another copy of it.")
        if require_known(connection, path) == revisions()[-1]:
            yield connection
            return
    with tempfile.TemporaryDirectory(prefix="dockidx-") as folder:
        copy = os.path.join(folder, "index.db")
        _copy(path, copy)
        with writing_connection(copy) as connection:
            upgrade(connection, path)
        with reading_connection(copy) as connection:
            yield connection


def _copy(path: str, copy: str) -> None:
    with reading_connection(path, None) as connection, closing(sqlite3.connect(copy)) as target:
        connection.driver.backup(target)

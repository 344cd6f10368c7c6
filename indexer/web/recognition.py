"""Recognizes the databases of a Datasette that are indexes of dockidx.

An index has the application ID of dockidx in its SQLite header.
"""

from __future__ import annotations

import functools
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from indexer.index.sqlite_file import APPLICATION_ID

if TYPE_CHECKING:
    from datasette.app import Datasette  # type: ignore[import-untyped]


def is_index(datasette: Datasette, database: str) -> bool:
    """Whether the database of that name is an index of dockidx."""
    known = datasette.databases.get(database)
    return known is not None and known.path is not None and _is_ours(str(known.path))


def index_names(datasette: Datasette) -> list[str]:
    """The names of all databases that are indexes of dockidx."""
    return [name for name in datasette.databases if is_index(datasette, name)]


@functools.cache
def _is_ours(path: str) -> bool:
    # SQLite cannot open a WAL file with mode=ro in a folder that it may not write to, but can open
    # it as immutable.
    for mode in ("mode=ro", "immutable=1"):
        try:
            with closing(sqlite3.connect(f"file:{quote(path)}?{mode}", uri=True)) as connection:
                (found,) = connection.execute("PRAGMA application_id").fetchone()
                return bool(found == APPLICATION_ID)
        except sqlite3.Error:
            continue
    return False

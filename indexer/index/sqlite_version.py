"""Checks whether the SQLite of this Python is new enough for an index."""

from __future__ import annotations

import platform
import sqlite3
from typing import Final

from indexer.index.errors import SqliteVersionError

OLDEST: Final = (3, 37, 0)
"""The first SQLite that has STRICT tables. Our statements need nothing newer."""


def require_version() -> None:
    """Raise `SqliteVersionError` if SQLite is too old.

    An older SQLite would report the index as damaged, because it does not know the word STRICT.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        found = ".".join(map(str, sqlite3.sqlite_version_info))
        needed = ".".join(map(str, OLDEST))
        raise SqliteVersionError(
            f"Python {platform.python_version()} has SQLite {found}, but dockidx needs {needed} or "
            "newer; run it with a Python that has one."
        )

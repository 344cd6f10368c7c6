"""Whether the SQLite of this Python can hold an index."""

from __future__ import annotations

import platform
import sqlite3
from typing import Final

from indexer.index.errors import SqliteVersionError

OLDEST: Final = (3, 37, 0)
"""The first SQLite that has STRICT tables; all else in our statements is older."""


def require_version() -> None:
    """Raise `SqliteVersionError` where it is too old.

    It takes such an index for a damaged one, as it does not know the word STRICT.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        found = ".".join(map(str, sqlite3.sqlite_version_info))
        needed = ".".join(map(str, OLDEST))
        raise SqliteVersionError(
            f"Python {platform.python_version()} has SQLite {found}, but dockidx needs {needed} or "
            "newer; run it with a Python that has one."
        )

"""A connection to an index file of SQLite's."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Literal
from weakref import WeakSet

from indexer.index.connection import Connection, Result

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

_CHUNK: Final = 10_000


class SqliteConnection(Connection):
    """A connection through `driver`, which starts no transaction by itself."""

    dialect: Literal["sqlite"] = "sqlite"

    driver: sqlite3.Connection

    def __init__(self, driver: sqlite3.Connection) -> None:
        """Take over `driver`."""
        super().__init__()
        self.driver = driver
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def ask(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> Result:
        """Run one statement; its columns and rows."""
        cursor = self.driver.execute(sql, values)
        if cursor.description is None:
            return Result((), iter(()))
        self._cursors.add(cursor)
        return Result(tuple(name for name, *_ in cursor.description), cursor)

    def run(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> int:
        """Run one statement that writes; how many rows it wrote."""
        return self.driver.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
        """Run one statement that writes for each of `rows`; how many rows it wrote.

        Chunk by chunk, so that the rows of a large table need not be there all at once.
        """
        remaining, count = iter(rows), 0
        while chunk := list(islice(remaining, _CHUNK)):
            count += self.driver.executemany(sql, chunk).rowcount
        return count

    def begin(self) -> None:
        """Take the write lock, so that two writers never mix."""
        self.driver.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Keep what was written."""
        self.driver.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what was written; SQLite itself has done so after some errors."""
        if self.driver.in_transaction:
            self.driver.execute("ROLLBACK")

    def table_names(self) -> frozenset[str]:
        """The names of the tables that there are."""
        return frozenset(self.column("SELECT name FROM sqlite_schema WHERE type = 'table'"))

    def close(self) -> None:
        """Close it.

        SQLite removes the files beside the index when the last connection is gone, for which the
        statements that are not at their end have to be closed first.
        """
        for cursor in list(self._cursors):
            cursor.close()
        self.driver.close()

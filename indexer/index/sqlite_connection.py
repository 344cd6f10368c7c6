"""A connection to an index in a SQLite file."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from indexer.index.connection import Connection, Result

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

_CHUNK: Final = 10_000


class SqliteConnection(Connection):
    """A connection that uses `driver`, which must not start transactions by itself."""

    dialect: Literal["sqlite"] = "sqlite"

    driver: sqlite3.Connection

    def __init__(self, driver: sqlite3.Connection) -> None:
        """Wrap `driver`."""
        super().__init__()
        self.driver = driver

    def ask(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> Result:
        """Run one statement. Return its columns and rows."""
        cursor = self.driver.execute(sql, values)
        if cursor.description is None:
            return Result((), iter(()))
        return Result(tuple(name for name, *_ in cursor.description), cursor)

    def run(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> int:
        """Run one statement that writes. Return how many rows it wrote."""
        count = self.driver.execute(sql, values).rowcount
        self.rows_written += max(count, 0)
        return count

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
        """Run one statement that writes, once for each of `rows`. Return how many rows it wrote.

        It takes `rows` in chunks, so that a large table is never in memory as a whole.
        """
        remaining, count = iter(rows), 0
        while chunk := list(islice(remaining, _CHUNK)):
            count += self.driver.executemany(sql, chunk).rowcount
        self.rows_written += count
        return count

    def begin(self) -> None:
        """Start a transaction and take the write lock at once, so that no other one can write."""
        self.driver.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Commit what was written."""
        self.driver.execute("COMMIT")

    def rollback(self) -> None:
        """Roll back, unless SQLite has already done so, as it does after some errors."""
        if self.driver.in_transaction:
            self.driver.execute("ROLLBACK")

    def table_names(self) -> frozenset[str]:
        """Return the names of the tables in the index."""
        return frozenset(self.column("SELECT name FROM sqlite_schema WHERE type = 'table'"))

    def close(self) -> None:
        """Close the connection."""
        self.driver.close()

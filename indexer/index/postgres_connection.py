"""A connection to an index in PostgreSQL."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from indexer.index.connection import Connection, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg

_TOKEN: Final = re.compile(
    r"""(?P<kept>'(?:[^']|'')*'|"[^"]*"|--[^\n]*|::)|:(?P<name>[a-z_][a-z0-9_]*)|(?P<place>\?)|(?P<percent>%)"""
)


class PostgresConnection(Connection):
    """A connection that uses `driver`. It commits every statement outside of a transaction."""

    dialect: Literal["postgresql"] = "postgresql"

    driver: psycopg.Connection[tuple[Any, ...]]

    def __init__(self, driver: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Wrap `driver`, which must be in autocommit mode."""
        super().__init__()
        self.driver = driver

    def ask(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> Result:
        """Run one statement. Return its columns and rows."""
        cursor = self._execute(sql, values)
        if cursor.description is None:
            return Result((), iter(()))
        return Result(tuple(column.name for column in cursor.description), cursor)

    def run(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> int:
        """Run one statement that writes. Return how many rows it wrote."""
        count = self._execute(sql, values).rowcount
        self.rows_written += max(count, 0)
        return count

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
        """Run one statement that writes, once for each of `rows`. Return how many rows it wrote."""
        with self.driver.cursor() as cursor:
            cursor.executemany(translated(sql).encode(), rows)
            self.rows_written += cursor.rowcount
            return cursor.rowcount

    def _execute(
        self, sql: str, values: Mapping[str, object] | Sequence[object]
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        if not values:
            # Without values psycopg accepts several statements at once, and `%` needs no escape.
            return self.driver.execute(sql.encode())
        return self.driver.execute(translated(sql).encode(), values)

    def begin(self) -> None:
        """Start a transaction."""
        self.driver.execute("BEGIN")

    def commit(self) -> None:
        """Commit what was written."""
        self.driver.execute("COMMIT")

    def rollback(self) -> None:
        """Roll back what was written."""
        self.driver.execute("ROLLBACK")

    def table_names(self) -> frozenset[str]:
        """Return the names of the tables in the index."""
        schema = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        return frozenset(self.column(f"{schema} AND table_type = 'BASE TABLE'"))

    def close(self) -> None:
        """Close the connection."""
        self.driver.close()


@cache
def translated(sql: str) -> str:
    """Replace the placeholders of SQLite in a statement by those of psycopg.

    `%` is doubled everywhere, because psycopg sees a placeholder in it even inside of quotes and
    comments.
    """
    return _TOKEN.sub(_placeholder, sql)


def _placeholder(match: re.Match[str]) -> str:
    if match["kept"] is not None:
        return match["kept"].replace("%", "%%")
    if match["name"] is not None:
        return f"%({match['name']})s"
    return "%s" if match["place"] is not None else "%%"

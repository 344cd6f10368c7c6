"""An open index: takes SQL and returns rows, in the same way on SQLite and PostgreSQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from indexer.schema.columns import Row
    from indexer.schema.ddl import Dialect

Cells = tuple[Any, ...]


WRITTEN_ALWAYS: Final = frozenset({"hosts", "roots", "fingerprints", "syncs"})
"""The tables that every sync writes, even if nothing changed on the disk."""


class Result(NamedTuple):
    """The column names of a result, and an iterator over its rows."""

    columns: tuple[str, ...]
    rows: Iterator[Cells]


def expanded(sql: str, name: str, values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """Replace `IN :name` in a statement by one placeholder per value; return it with the values."""
    named = {f"{name}_{number}": value for number, value in enumerate(values)}
    places = ", ".join(f":{it}" for it in named)
    return sql.replace(f"IN :{name}", f"IN ({places})"), named


class Connection(ABC):
    """A connection to an index.

    Statements use the placeholders of SQLite: `:name` with a mapping, `?` with a sequence.
    `written_tables` collects the names of the tables in which rows were written, `rows_written`
    counts all rows but those of `WRITTEN_ALWAYS`.
    """

    dialect: Dialect
    driver: Any

    def __init__(self) -> None:
        """Start with an empty set of written tables."""
        self.written_tables: set[str] = set()
        self.rows_written = 0

    @abstractmethod
    def ask(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> Result:
        """Run one statement. Return its columns and rows, or no columns if it returns no rows."""

    @abstractmethod
    def run(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> int:
        """Run one statement that writes. Return how many rows it wrote."""

    @abstractmethod
    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
        """Run one statement that writes, once for each of `rows`. Return how many rows it wrote."""

    @abstractmethod
    def begin(self) -> None:
        """Start a transaction that can write, and let no other transaction write meanwhile."""

    @abstractmethod
    def commit(self) -> None:
        """Commit what was written since `begin`."""

    @abstractmethod
    def rollback(self) -> None:
        """Roll back what was written since `begin`."""

    @abstractmethod
    def table_names(self) -> frozenset[str]:
        """Return the names of the tables in the index."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection, and roll back an open transaction."""

    def rows(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> list[Cells]:
        """The rows of a statement."""
        return list(self.ask(sql, values).rows)

    def dicts(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> list[Row]:
        """Run a statement and return its rows as dictionaries by column name."""
        columns, rows = self.ask(sql, values)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def column(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> list[Any]:
        """Run a statement and return the values of its first column."""
        return [row[0] for row in self.ask(sql, values).rows]

    def value(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> Any:  # noqa: ANN401
        """Run a statement and return the first value of its first row, None if it has no row."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the body in a transaction: commit at its end, or roll back if it raises."""
        self.begin()
        try:
            yield
            self.commit()
        except BaseException:
            self.rollback()
            raise

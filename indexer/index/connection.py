"""An open index: SQL in, rows out, alike on SQLite and PostgreSQL."""

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
"""Tables that each sync writes, whether or not anything changed."""


class Result(NamedTuple):
    """Column names, and the rows as they come."""

    columns: tuple[str, ...]
    rows: Iterator[Cells]


def expanded(sql: str, name: str, values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """A statement with `IN :name` and the values of that list, as statements take them."""
    named = {f"{name}_{number}": value for number, value in enumerate(values)}
    places = ", ".join(f":{it}" for it in named)
    return sql.replace(f"IN :{name}", f"IN ({places})"), named


class Connection(ABC):
    """A connection to an index.

    Statements have SQLite's placeholders: `:name` with a mapping, `?` with a sequence.
    `written_tables` collects the names of the tables whose rows were written.
    """

    dialect: Dialect
    driver: Any

    def __init__(self) -> None:
        """Start with no table written."""
        self.written_tables: set[str] = set()

    @abstractmethod
    def ask(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> Result:
        """Run one statement; its columns and rows, none of either where it returns nothing."""

    @abstractmethod
    def run(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> int:
        """Run one statement that writes; how many rows it wrote."""

    @abstractmethod
    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
        """Run one statement that writes for each of `rows`; how many rows it wrote."""

    @abstractmethod
    def begin(self) -> None:
        """Start a transaction that may write, so that no other one does meanwhile."""

    @abstractmethod
    def commit(self) -> None:
        """Keep what was written since `begin`."""

    @abstractmethod
    def rollback(self) -> None:
        """Undo what was written since `begin`."""

    @abstractmethod
    def table_names(self) -> frozenset[str]:
        """The names of the tables that there are."""

    @abstractmethod
    def close(self) -> None:
        """Close it, undoing a transaction that is open."""

    def rows(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> list[Cells]:
        """The rows of a statement."""
        return list(self.ask(sql, values).rows)

    def dicts(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> list[Row]:
        """The rows of a statement, by column name."""
        columns, rows = self.ask(sql, values)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def column(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> list[Any]:
        """The values of the first column of a statement."""
        return [row[0] for row in self.ask(sql, values).rows]

    def value(self, sql: str, values: Mapping[str, object] | Sequence[object] = ()) -> Any:  # noqa: ANN401
        """The first value of the first row of a statement, None where it has no row."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction that is committed at the end of the body and undone where that fails."""
        self.begin()
        try:
            yield
            self.commit()
        except BaseException:
            self.rollback()
            raise

"""How tables are described: plain records, from which SQL, migrations and documentation are made.

Nothing here loads a library, as every command of the program needs the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

Type = Literal["text", "integer"]
Row = dict[str, Any]
"""One row, by column name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type, what it says, whether it is of the primary key and may be NULL."""

    name: str
    type: Type
    comment: str
    primary_key: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that name a row of `table` by its columns `targets`; checked at commit.

    A sync writes rows in the order it finds them, so the check has to wait for the end.
    """

    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index on columns of a table."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A STRICT table with a natural key, so that it needs no row ID of SQLite's.

    `label` is the column that names a row to people, `facets` are columns to group by.
    """

    name: str
    comment: str
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...]
    indexes: tuple[Index, ...]
    label: str
    facets: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The names of the columns of the primary key."""
        return tuple(column.name for column in self.columns if column.primary_key)

    def index_name(self, index: Index) -> str:
        """The name of one of its indexes."""
        return f"ix_{self.name}_{'_'.join(index.columns)}"

    def __hash__(self) -> int:
        """Tables are told apart by their names."""
        return hash(self.name)


Part = Column | ForeignKey | Index
_REFERENCE_SEPARATOR: Final = "."


def table(name: str, comment: str, *parts: Part, label: str, facets: tuple[str, ...] = ()) -> Table:
    """A table made of columns, foreign keys and indexes."""
    return Table(
        name,
        comment,
        tuple(part for part in parts if isinstance(part, Column)),
        tuple(part for part in parts if isinstance(part, ForeignKey)),
        tuple(part for part in parts if isinstance(part, Index)),
        label,
        facets,
    )


def key(name: str, comment: str) -> Column:
    """A text column of the primary key."""
    return Column(name, "text", comment, primary_key=True, nullable=False)


def number_key(name: str, comment: str) -> Column:
    """A whole-number column of the primary key, counted by the program."""
    return Column(name, "integer", comment, primary_key=True, nullable=False)


def text(name: str, comment: str, *, nullable: bool = True) -> Column:
    """A text column; NULL where unknown unless `nullable` is False."""
    return Column(name, "text", comment, nullable=nullable)


def number(name: str, comment: str, *, nullable: bool = True) -> Column:
    """A 64-bit whole number; NULL where unknown unless `nullable` is False."""
    return Column(name, "integer", comment, nullable=nullable)


def flag(name: str, comment: str, *, nullable: bool = True) -> Column:
    """1 for yes and 0 for no; NULL where unknown unless `nullable` is False."""
    return Column(name, "integer", comment, nullable=nullable)


def refers(columns: str, target: str) -> ForeignKey:
    """A foreign key from `columns` to `target`: names separated by spaces, those of `target` as
    `table.column`.
    """
    targets = [word.split(_REFERENCE_SEPARATOR) for word in target.split()]
    return ForeignKey(tuple(columns.split()), targets[0][0], tuple(column for _, column in targets))


def index(*columns: str) -> Index:
    """A secondary index on `columns`."""
    return Index(columns)

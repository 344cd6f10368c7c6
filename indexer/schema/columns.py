"""Plain records that describe tables; SQL, migrations and documentation are made from them.

This module imports no library, because every command needs the tables and should start fast.
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
    """A column. `comment` says what its value means."""

    name: str
    type: Type
    comment: str
    primary_key: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key from `columns` to the columns `targets` of `table`.

    It is checked at commit, because a sync writes rows in the order in which it finds them.
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
    """A table with a natural key.

    `label` is the column that names a row for people, and `facets` are columns to group rows by;
    Datasette uses both.
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
        """The hash of the name, which is unique."""
        return hash(self.name)


Part = Column | ForeignKey | Index
_REFERENCE_SEPARATOR: Final = "."


def table(name: str, comment: str, *parts: Part, label: str, facets: tuple[str, ...] = ()) -> Table:
    """A table from its columns, foreign keys and indexes in any order."""
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
    """An integer column of the primary key, numbered by dockidx."""
    return Column(name, "integer", comment, primary_key=True, nullable=False)


def text(name: str, comment: str, *, nullable: bool = True) -> Column:
    """A text column; NULL means unknown or none, unless `nullable` is False."""
    return Column(name, "text", comment, nullable=nullable)


def number(name: str, comment: str, *, nullable: bool = True) -> Column:
    """A column of 64-bit integers; NULL means unknown or none, unless `nullable` is False."""
    return Column(name, "integer", comment, nullable=nullable)


def flag(name: str, comment: str, *, nullable: bool = True) -> Column:
    """A column with 1 for yes and 0 for no; NULL means unknown, unless `nullable` is False."""
    return Column(name, "integer", comment, nullable=nullable)


def refers(columns: str, target: str) -> ForeignKey:
    """A foreign key from `columns` to `target`.

    Names are separated by spaces; those of `target` have the form `table.column`.
    """
    targets = [word.split(_REFERENCE_SEPARATOR) for word in target.split()]
    return ForeignKey(tuple(columns.split()), targets[0][0], tuple(column for _, column in targets))


def index(*columns: str) -> Index:
    """A secondary index on `columns`."""
    return Index(columns)

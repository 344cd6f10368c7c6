"""The kinds of column the schema is made of, alike on SQLite (STRICT) and PostgreSQL."""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, MetaData, Table, Text
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Byte order, so that both databases sort and compare text alike.
_TEXT: Final[TypeEngine[str]] = Text().with_variant(Text(collation="C"), "postgresql")
_INTEGER: Final[TypeEngine[int]] = BigInteger().with_variant(Integer(), "sqlite")


def table(
    name: str, comment: str, *parts: SchemaItem, label: str, facets: tuple[str, ...] = ()
) -> Table:
    """A STRICT table; `label` is the column that names a row to people, `facets` what to group by.

    Every table has a natural key, so none needs SQLite's row ID.
    """
    return Table(
        name,
        metadata,
        *parts,
        comment=comment,
        info={"label": label, "facets": facets},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def key(name: str, comment: str) -> Column[str]:
    """A text column of the primary key."""
    return Column(name, _TEXT, primary_key=True, comment=comment)


def number_key(name: str, comment: str) -> Column[int]:
    """A whole-number column of the primary key, counted by the program."""
    return Column(name, _INTEGER, primary_key=True, autoincrement=False, comment=comment)


def text(name: str, comment: str, **options: Any) -> Column[str]:  # noqa: ANN401 - Column's own
    """A text column; NULL where unknown unless `nullable=False`."""
    return Column(name, _TEXT, comment=comment, **options)


def number(name: str, comment: str, **options: Any) -> Column[int]:  # noqa: ANN401 - Column's own
    """A 64-bit whole number; NULL where unknown unless `nullable=False`."""
    return Column(name, _INTEGER, comment=comment, **options)


def flag(name: str, comment: str, **options: Any) -> Column[int]:  # noqa: ANN401 - Column's own
    """1 for yes and 0 for no; NULL where unknown unless `nullable=False`."""
    return Column(name, Integer, comment=comment, **options)


def refers(columns: str, target: str) -> ForeignKeyConstraint:
    """A foreign key from `columns` to `target`, both as `table.column` words; checked at commit.

    A sync writes rows in the order it finds them, so the check has to wait for the end.
    """
    return ForeignKeyConstraint(
        columns.split(), target.split(), deferrable=True, initially="DEFERRED"
    )


Row = dict[str, Any]
"""One row, by column name."""

"""The tables as SQLAlchemy metadata, for migrations and for tests of the schema.

No command imports it, because importing SQLAlchemy takes longer than most queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from indexer.schema import TABLES

if TYPE_CHECKING:
    from indexer.schema.columns import Column, ForeignKey, Table

_TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INTEGER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def make_metadata() -> sa.MetaData:
    """SQLAlchemy metadata of all tables, with the names of constraints that `ddl` uses."""
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    for table in TABLES:
        _add_table(metadata, table)
    return metadata


def _add_table(metadata: sa.MetaData, table: Table) -> None:
    sa.Table(
        table.name,
        metadata,
        *map(_column, table.columns),
        *map(_foreign_key, table.foreign_keys),
        *(sa.Index(None, *index.columns) for index in table.indexes),
        comment=table.comment,
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _column(column: Column) -> sa.Column[object]:
    return sa.Column(
        column.name,
        _TEXT if column.type == "text" else _INTEGER,
        primary_key=column.primary_key,
        autoincrement=False,
        nullable=column.nullable,
        comment=column.comment,
    )


def _foreign_key(key: ForeignKey) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        key.columns,
        [f"{key.table}.{target}" for target in key.targets],
        deferrable=True,
        initially="DEFERRED",
    )

"""Generates the SQL that creates tables and indexes, for SQLite and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from indexer.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.schema.columns import Column, ForeignKey, Table

Dialect = Literal["sqlite", "postgresql"]

_TYPES: Final[dict[Dialect, dict[str, str]]] = {
    "sqlite": {"text": "TEXT", "integer": "INTEGER"},
    # SQLite sorts text by bytes. The collation "C" makes PostgreSQL do the same.
    "postgresql": {"text": 'TEXT COLLATE "C"', "integer": "BIGINT"},
}
# STRICT rejects values of the wrong type, as PostgreSQL does. The primary keys are long text, which
# WITHOUT ROWID stores once instead of twice.
_ENDING: Final[dict[Dialect, str]] = {"sqlite": ") STRICT, WITHOUT ROWID", "postgresql": ")"}


def create_tables(dialect: Dialect) -> Iterator[str]:
    """The statement that creates each table; tables that others refer to come first."""
    for table in TABLES:
        yield _create_table(table, dialect)


def create_indexes() -> Iterator[str]:
    """The statement that creates each secondary index.

    A first sync runs them after it has written all rows, which is faster than before.
    """
    for table in TABLES:
        for index in table.indexes:
            name = table.index_name(index)
            yield f"CREATE INDEX {name} ON {table.name} ({_names(index.columns)})"


def create_comments(dialect: Dialect) -> Iterator[str]:
    """The statement for each comment on a table or column; none for SQLite, which has none."""
    if dialect == "sqlite":
        return
    for table in TABLES:
        yield f"COMMENT ON TABLE {table.name} IS {_literal(table.comment)}"
        for column in table.columns:
            name = f"{table.name}.{quoted(column.name)}"
            yield f"COMMENT ON COLUMN {name} IS {_literal(column.comment)}"


def _create_table(table: Table, dialect: Dialect) -> str:
    lines = [_column(column, dialect) for column in table.columns]
    lines.append(f"CONSTRAINT pk_{table.name} PRIMARY KEY ({_names(table.key)})")
    lines += [_foreign_key(table, key) for key in table.foreign_keys]
    return f"CREATE TABLE {table.name} (\n    " + ",\n    ".join(lines) + f"\n{_ENDING[dialect]}"


def _column(column: Column, dialect: Dialect) -> str:
    ending = "" if column.nullable else " NOT NULL"
    return f"{quoted(column.name)} {_TYPES[dialect][column.type]}{ending}"


def _foreign_key(table: Table, key: ForeignKey) -> str:
    return (
        f"CONSTRAINT fk_{table.name}_{'_'.join(key.columns)} "
        f"FOREIGN KEY ({_names(key.columns)}) REFERENCES {key.table} ({_names(key.targets)}) "
        "DEFERRABLE INITIALLY DEFERRED"
    )


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(quoted(column) for column in columns)


def quoted(name: str) -> str:
    """A column name in double quotes, because some names (`user`) are keywords in PostgreSQL."""
    return f'"{name}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

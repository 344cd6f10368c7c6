"""The SQL that makes the tables and their indexes, for SQLite and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from indexer.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.schema.columns import Column, ForeignKey, Table

Dialect = Literal["sqlite", "postgresql"]

_TYPES: Final[dict[Dialect, dict[str, str]]] = {
    "sqlite": {"text": "TEXT", "integer": "INTEGER"},
    # Byte order, so that both databases sort and compare text alike.
    "postgresql": {"text": 'TEXT COLLATE "C"', "integer": "BIGINT"},
}
_ENDING: Final[dict[Dialect, str]] = {"sqlite": ") STRICT, WITHOUT ROWID", "postgresql": ")"}


def create_tables(dialect: Dialect) -> Iterator[str]:
    """A statement for each table, those first that others refer to."""
    for table in TABLES:
        yield _create_table(table, dialect)


def create_indexes() -> Iterator[str]:
    """A statement for each secondary index: cheaper after the rows of a first sync than before."""
    for table in TABLES:
        for index in table.indexes:
            name = table.index_name(index)
            yield f"CREATE INDEX {name} ON {table.name} ({_names(index.columns)})"


def create_comments(dialect: Dialect) -> Iterator[str]:
    """A statement for each comment on a table or column: SQLite keeps none."""
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
    """A column name as SQL takes it: `user`, for one, is a word of PostgreSQL's."""
    return f'"{name}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

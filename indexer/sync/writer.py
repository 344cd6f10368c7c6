"""Bulk writing of rows, alike on SQLite and PostgreSQL.

Callers give rows in the order of their keys where they can: SQLite then appends to its trees. They
go in as plain tuples where the driver takes them, which saves a third of the time, and chunk by
chunk, so that those of a large table need not be there all at once.
"""

from __future__ import annotations

from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, delete, insert, select, update

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Insert, Table
    from sqlalchemy.dialects import postgresql, sqlite

    from indexer.schema.columns import Row

_CHUNK: Final = 10_000


def insert_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert `rows`, which all have the same columns and none of which is there yet."""
    _execute(connection, insert(table), rows)


def add_missing(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert those of `rows` whose key is not there yet."""
    if rows:
        _execute(connection, _insert(connection, table).on_conflict_do_nothing(), rows)


def put_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert `rows`, replacing all but the key of those that are there."""
    if not rows:
        return
    index = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in index}
    _execute(connection, statement.on_conflict_do_update(index_elements=index, set_=changes), rows)


def update_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Set every column that is not part of the key, for rows that are there."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    values: dict[str, ColumnElement[object]] = {
        name: bindparam(f"new_{name}") for name in rows[0] if name not in keys
    }
    statement = update(table).where(_same_key(table, keys)).values(values)
    connection.execute(statement, [_prefixed(row, keys) for row in rows])


def delete_rows(connection: Connection, table: Table, keys: Sequence[Mapping[str, object]]) -> None:
    """Delete the rows that have one of `keys`: all the same columns, maybe not the whole key."""
    if keys:
        statement = delete(table).where(_same_key(table, list(keys[0])))
        connection.execute(statement, [{f"key_{n}": v for n, v in key.items()} for key in keys])


def replace_rows(connection: Connection, table: Table, scope: Row, rows: Sequence[Row]) -> bool:
    """Put `rows` in the place of those that have the values of `scope`.

    Says whether a row that was there is gone or has changed.
    """
    names = [column.name for column in table.c]
    key = [column.name for column in table.primary_key]
    before = {tuple(row[name] for name in key): row for row in load_rows(connection, table, scope)}
    after = {tuple(row[name] for name in key): row for row in rows}
    stale = {k for k, row in before.items() if after.get(k) != {name: row[name] for name in names}}
    delete_rows(connection, table, [dict(zip(key, k, strict=True)) for k in sorted(stale)])
    new = [row for k, row in sorted(after.items()) if k in stale or k not in before]
    insert_rows(connection, table, new)
    return bool(stale)


def load_rows(connection: Connection, table: Table, scope: Row) -> list[Row]:
    """The rows of `table` that have the values of `scope`."""
    condition = and_(True, *(table.c[name] == value for name, value in scope.items()))
    cursor = connection.execute(select(table).where(condition))
    names = tuple(cursor.keys())
    return [dict(zip(names, row, strict=True)) for row in cursor]


def load_keys(
    connection: Connection, table: Table, names: Sequence[str], scope: Row
) -> set[tuple[str, ...]]:
    """The values of the columns `names` in the rows of `table` that have the values of `scope`."""
    condition = and_(True, *(table.c[name] == value for name, value in scope.items()))
    query = select(*(table.c[name] for name in names)).where(condition)
    return {tuple(row) for row in connection.execute(query)}


def _execute(connection: Connection, statement: Insert, rows: Iterable[Row]) -> None:
    remaining = iter(rows)
    chunk = list(islice(remaining, _CHUNK))
    if not chunk:
        return
    columns = list(chunk[0])
    compiled = statement.compile(dialect=connection.dialect, column_keys=columns)
    names: Sequence[str] = compiled.positiontup or columns
    while chunk:
        if compiled.positional:
            connection.exec_driver_sql(str(compiled), _values(chunk, names))
        else:
            connection.execute(statement, chunk)
        chunk = list(islice(remaining, _CHUNK))


def _values(rows: Sequence[Row], names: Sequence[str]) -> list[tuple[object, ...]]:
    if len(names) == 1:
        return [(row[names[0]],) for row in rows]
    return list(map(itemgetter(*names), rows))


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def _same_key(table: Table, names: Iterable[str]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == bindparam(f"key_{name}") for name in names))


def _prefixed(row: Row, keys: Sequence[str]) -> Row:
    return {f"key_{name}" if name in keys else f"new_{name}": row[name] for name in row}

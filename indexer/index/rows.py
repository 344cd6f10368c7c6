"""Writes and reads many rows of a table at once.

Callers pass rows in the order of their keys if they can, because SQLite then appends to its trees.
Rows are passed on as tuples and in chunks, so that a large table is never in memory as a whole.
Each function that writes adds the table to `Connection.written_tables`.
"""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from indexer.index.connection import WRITTEN_ALWAYS
from indexer.schema.ddl import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from indexer.index.connection import Connection
    from indexer.schema.columns import Row, Table


def insert_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert `rows`, which have the same columns and keys that the table does not have yet."""
    _insert(connection, table, rows, lambda _: "")


def add_missing(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert those of `rows` whose key the table does not have yet."""
    _insert(connection, table, rows, lambda _: " ON CONFLICT DO NOTHING")


def put_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert `rows`; of a row that has its key already, set all other columns."""

    def conflict(names: Sequence[str]) -> str:
        changed = [f"{quoted(it)} = excluded.{quoted(it)}" for it in names if it not in table.key]
        action = f"UPDATE SET {', '.join(changed)}" if changed else "NOTHING"
        return f" ON CONFLICT ({_list(table.key)}) DO {action}"

    _insert(connection, table, rows, conflict)


def update_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Set every column of `rows` that is not part of the key, in rows that exist."""
    if not rows:
        return
    changed = [name for name in rows[0] if name not in table.key]
    sql = (
        f"UPDATE {table.name} "
        f"SET {', '.join(f'{quoted(name)} = ?' for name in changed)} "
        f"WHERE {_same(table.key)}"
    )
    count = connection.run_many(sql, _values(rows, [*changed, *table.key]))
    _mark_written(connection, table, count)


def delete_rows(connection: Connection, table: Table, keys: Sequence[Mapping[str, object]]) -> None:
    """Delete the rows that match one of `keys`, which all have the same columns of the key."""
    if keys:
        names = list(keys[0])
        sql = f"DELETE FROM {table.name} WHERE {_same(names)}"
        _mark_written(connection, table, connection.run_many(sql, _values(keys, names)))


def replace_rows(connection: Connection, table: Table, scope: Row, rows: Sequence[Row]) -> bool:
    """Replace the rows that have the values of `scope` by `rows`.

    Return whether a row was removed or changed.
    """
    key_of = _getter(table.key)
    before = {key_of(row): row for row in load_rows(connection, table, scope)}
    after = {key_of(row): row for row in rows}
    stale = {
        key
        for key, row in before.items()
        if after.get(key) != {name: row[name] for name in table.names}
    }
    delete_rows(connection, table, [dict(zip(table.key, it, strict=True)) for it in sorted(stale)])
    new = [row for key, row in sorted(after.items()) if key in stale or key not in before]
    insert_rows(connection, table, new)
    return bool(stale)


def load_rows(connection: Connection, table: Table, scope: Row) -> list[Row]:
    """Load the rows of `table` that have the values of `scope`."""
    sql = f"SELECT {_list(table.names)} FROM {table.name}{_where(scope)}"
    return [
        dict(zip(table.names, row, strict=True))
        for row in connection.ask(sql, tuple(scope.values())).rows
    ]


def load_keys(
    connection: Connection, table: Table, names: Sequence[str], scope: Row
) -> set[tuple[str, ...]]:
    """Load the columns `names` of the rows of `table` that have the values of `scope`."""
    sql = f"SELECT {_list(names)} FROM {table.name}{_where(scope)}"
    return set(connection.ask(sql, tuple(scope.values())).rows)


def _insert(
    connection: Connection,
    table: Table,
    rows: Iterable[Row],
    ending: Callable[[Sequence[str]], str],
) -> None:
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return
    names = list(first)
    places = ", ".join("?" * len(names))
    sql = f"INSERT INTO {table.name} ({_list(names)}) VALUES ({places}){ending(names)}"
    count = connection.run_many(sql, _values(chain((first,), remaining), names))
    _mark_written(connection, table, count)


def _mark_written(connection: Connection, table: Table, count: int) -> None:
    if count:
        connection.written_tables.add(table.name)
    if table.name in WRITTEN_ALWAYS:
        connection.rows_written -= count


def _values(
    rows: Iterable[Mapping[str, object]], names: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    return map(_getter(names), rows)


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    if len(names) == 1:
        (name,) = names
        return lambda row: (row[name],)
    return itemgetter(*names)


def _where(scope: Row) -> str:
    return f" WHERE {_same(scope)}" if scope else ""


def _same(names: Iterable[str]) -> str:
    return " AND ".join(f"{quoted(name)} = ?" for name in names)


def _list(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)

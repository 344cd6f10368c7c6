"""Running SQL on an index and giving back rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import text

from indexer.queries.catalogue import Query, UnknownQueryError
from indexer.queries.names import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, CursorResult

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class Result(NamedTuple):
    """Column names, and the rows as they come."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def run_query(connection: Connection, query: Query, values: Mapping[str, str]) -> Result:
    """Run a canned query; a parameter that `values` lacks is empty.

    Raises `UnknownQueryError` for a parameter that the query does not have, and what
    `bound_values` raises.
    """
    names = [parameter.name for parameter in query.parameters]
    for name in values:
        if name not in names:
            takes = f"It takes {', '.join(names)}." if names else "It takes none."
            raise UnknownQueryError(f"Query {query.name!r} has no parameter {name!r}. {takes}")
    return _result(connection.execute(text(query.sql), bound_values(connection, query, values)))


def bound_values(connection: Connection, query: Query, values: Mapping[str, str]) -> dict[str, str]:
    """The values that the SQL of `query` takes: every name in full, and empty where none is given.

    Raises `UnknownNameError` for a name that nothing or several things go by, and
    `UnknownQueryError` for a value that is badly formed.
    """
    for parameter in query.parameters:
        value = values.get(parameter.name, "")
        if parameter.type == "integer" and value and not _NUMBER.fullmatch(value):
            raise UnknownQueryError(
                f"Parameter {parameter.name!r} takes a whole number, 0 or more, not {value!r}."
            )
    return {
        it.name: resolve(connection, it.type, it.name, values.get(it.name, ""))
        for it in query.parameters
    }


def run_sql(connection: Connection, sql: str) -> Result:
    """Run any one SQL statement; the connection sees to it that nothing is written."""
    return _result(connection.exec_driver_sql(sql))


def _result(cursor: CursorResult[Any]) -> Result:
    if not cursor.returns_rows:
        return Result((), iter(()))
    return Result(tuple(cursor.keys()), (tuple(row) for row in cursor))

"""Runs canned queries and SQL statements on an index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from indexer.index.connection import Result
from indexer.queries.catalogue import Query, UnknownQueryError
from indexer.queries.names import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.index.connection import Connection

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


def run_query(connection: Connection, query: Query, values: Mapping[str, str]) -> Result:
    """Run a canned query and return its columns and rows. A parameter not in `values` is empty.

    Raises `UnknownQueryError` if `values` has a parameter that the query does not have, and the
    errors of `bound_values`.
    """
    names = [parameter.name for parameter in query.parameters]
    for name in values:
        if name not in names:
            takes = f"It takes {', '.join(names)}." if names else "It takes none."
            raise UnknownQueryError(f"Query {query.name!r} has no parameter {name!r}. {takes}")
    return connection.ask(query.sql, bound_values(connection, query, values))


def bound_values(connection: Connection, query: Query, values: Mapping[str, str]) -> dict[str, str]:
    """The values to bind to the SQL of `query`: full names, and '' for parameters not given.

    Raises `UnknownNameError` for a name that means nothing or several objects, and
    `UnknownQueryError` for a malformed value.
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
    """Run one SQL statement and return its columns and rows; the connection prevents writes."""
    columns, rows = connection.ask(sql)
    return Result(_unique(columns), rows)


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """Make column names unique: the second `id` becomes `id_2`, as in sqlite-utils.

    Rows become JSON objects, in which a column with the same name would be lost.
    """
    found: list[str] = []
    for name in names:
        fresh, number = name, 2
        while fresh in found or (fresh != name and fresh in names):
            fresh = f"{name}_{number}"
            number += 1
        found.append(fresh)
    return tuple(found)

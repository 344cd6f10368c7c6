"""An index as a read-only database of Datasette."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from datasette.database import Database  # type: ignore[import-untyped]

from indexer.index.sqlite_file import reading_connection
from indexer.queries.catalogue import Query, UnknownQueryError, catalogue
from indexer.queries.names import UnknownNameError
from indexer.queries.run import bound_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasette.app import Datasette  # type: ignore[import-untyped]
    from datasette.database import Results


@functools.cache
def by_sql() -> dict[str, Query]:
    """Every canned query by its SQL. Datasette passes only the SQL to `Database.execute`."""
    return {query.sql: query for query in catalogue().values()}


class IndexDatabase(Database):  # type: ignore[misc]
    """The index at `path`: read-only, without ATTACH, in the state of the last sync."""

    def __init__(self, datasette: Datasette, path: str) -> None:
        """Serve the file at `path` as a database of `datasette`."""
        super().__init__(datasette, path)
        self._opened = ExitStack()

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A connection that can only read. Raises `PermissionError` if `write` is true."""
        if write:
            raise PermissionError(f"{self.path} is served read-only.")
        return self._opened.enter_context(reading_connection(self.path, None)).driver

    async def execute(
        self,
        sql: str,
        params: Mapping[str, Any] | None = None,
        *arguments: Any,  # noqa: ANN401 - as in Datasette
        **options: Any,  # noqa: ANN401 - as in Datasette
    ) -> Results:
        """Run `sql`; parameters of a canned query are resolved as on the command line.

        Raises `sqlite3.OperationalError` for a parameter that names nothing or several objects,
        because Datasette shows the message of that error on the page.
        """
        query = by_sql().get(sql)
        if query is not None:
            given = {name: str(value or "") for name, value in (params or {}).items()}
            # Resolving names queries the index, which would block the event loop.
            params = await asyncio.to_thread(self._bound, query, given)
        return await super().execute(sql, params, *arguments, **options)

    def _bound(self, query: Query, values: Mapping[str, str]) -> dict[str, str]:
        try:
            with reading_connection(self.path, None) as connection:
                return bound_values(connection, query, values)
        except (UnknownNameError, UnknownQueryError) as error:
            raise sqlite3.OperationalError(str(error)) from error

    def close(self) -> None:
        """Close all connections that `connect` opened."""
        self._opened.close()

"""`dockidx changes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from indexer.cli.options import db_option, index_path, rows_options
from indexer.cli.printing.rows import print_rows
from indexer.cli.timestamps import moment

if TYPE_CHECKING:
    from indexer.cli.printing.rows import Output


@click.command()
@click.option(
    "--since", metavar="WHEN", default="", help="A time (UTC), a date, or an age like 7d."
)
@rows_options
@db_option
def changes(since: str, output: Output, db: str | None) -> None:
    """Show what changed from one sync to the next, newest first.

    \b
    Examples:
      dockidx changes --since 24h
      dockidx changes --since 2026-11-01 --format csv
    """
    at = moment(since, "--since")

    from indexer.index.migration import require_current
    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.catalogue import find_query
    from indexer.queries.run import run_query

    path = index_path(db)
    with reading_connection(path) as connection:
        require_current(connection, path)
        result = run_query(connection, find_query("changes"), {"since": at})
        print_rows(output, result.columns, result.rows)

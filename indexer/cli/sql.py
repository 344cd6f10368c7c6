"""`dockidx sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from indexer.cli.options import db_option, index_path, output_options
from indexer.cli.output import standard_output, write_rows
from indexer.cli.parameter_types import TEXT

if TYPE_CHECKING:
    import sqlite3


@click.command()
@click.argument("statement", metavar='"SELECT …"', type=TEXT)
@output_options
@db_option
def sql(statement: str, style: str, no_trunc: bool, db: str | None) -> None:
    """Run any SQL that only reads.

    \b
    Examples:
      dockidx sql "SELECT repository, COUNT(*) FROM tags GROUP BY repository"
      dockidx sql "SELECT * FROM image_labels WHERE label LIKE 'org.%'" --format json
    """
    import sqlite3

    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.run import run_sql

    with reading_connection(index_path(db)) as connection:
        try:
            result = run_sql(connection, statement)
            write_rows(standard_output(), result.columns, result.rows, style, whole=no_trunc)
        except sqlite3.Error as error:
            raise click.UsageError(_refusal(error)) from error


def _refusal(error: sqlite3.Error) -> str:
    """Why a statement was not run."""
    import sqlite3

    says = f"SQLite says: {str(error).rstrip('.')}"
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.ProgrammingError) and "one statement" in says:
        return f"Give one statement that reads, and only one ({says})."
    if code is not None and code & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH):
        return f"Give a statement that only reads, like SELECT ({says})."
    return f"{says}."

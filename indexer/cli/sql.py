"""`dockidx sql`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from indexer.cli.options import db_option, index_path, rows_options
from indexer.cli.parameter_types import TEXT
from indexer.cli.printing.rows import print_rows

if TYPE_CHECKING:
    import sqlite3

    from indexer.cli.printing.rows import Output


@click.command()
@click.argument("statement", metavar='"SELECT …"', type=TEXT)
@rows_options
@db_option
def sql(statement: str, output: Output, db: str | None) -> None:
    """Run any SQL that only reads.

    A - in place of the statement reads it from standard input.

    \b
    Examples:
      dockidx sql "SELECT repository, COUNT(*) FROM tags GROUP BY repository"
      dockidx sql "SELECT * FROM image_labels WHERE label LIKE 'org.%'" --format json
      dockidx sql - < report.sql
    """
    import sqlite3

    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.run import run_sql

    asked = _standard_input() if statement == "-" else statement
    with reading_connection(index_path(db)) as connection:
        try:
            result = run_sql(connection, asked)
            print_rows(output, result.columns, result.rows)
        except sqlite3.Error as error:
            raise click.UsageError(_refusal(error)) from error


def _standard_input() -> str:
    """The text on standard input, with bytes that are not UTF-8 as the index writes them."""
    from indexer.docker.files.folder import printable

    if sys.stdin is None:
        raise click.UsageError("Standard input is closed, so no statement can be read from it.")
    return printable(sys.stdin.buffer.read().decode("utf-8", "surrogateescape"))


def _refusal(error: sqlite3.Error) -> str:
    """Why SQLite did not run a statement, and what to give instead."""
    import sqlite3

    says = f"SQLite says: {str(error).rstrip('.')}"
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.ProgrammingError) and "one statement" in says:
        return f"Give one statement that reads, and only one ({says})."
    if code is not None and code & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH):
        return f"Give a statement that only reads, like SELECT ({says})."
    return f"{says}."

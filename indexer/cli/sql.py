"""`dockidx sql`."""

import sys

import click

from indexer.cli.options import db_option, index_path, output_options
from indexer.cli.output import write_rows


@click.command()
@click.argument("statement", metavar='"SELECT …"')
@output_options
@db_option
def sql(statement: str, style: str, no_trunc: bool, db: str | None) -> None:
    """Run any SQL that only reads.

    \b
    Examples:
      dockidx sql "SELECT repository, COUNT(*) FROM tags GROUP BY repository"
      dockidx sql "SELECT * FROM image_labels WHERE label LIKE 'org.%'" --format json
    """
    from sqlalchemy.exc import DatabaseError, ProgrammingError

    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.run import run_sql

    with reading_connection(index_path(db)) as connection:
        try:
            result = run_sql(connection, statement)
            write_rows(sys.stdout, result.columns, result.rows, style, whole=no_trunc)
        except (DatabaseError, ProgrammingError) as error:
            raise click.UsageError(f"SQLite says: {error.orig}.") from error

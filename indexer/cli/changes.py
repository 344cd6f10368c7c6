"""`dockidx changes`."""

import re
import sys
import time
from typing import Final

import click

from indexer.cli.options import db_option, index_path, output_options
from indexer.cli.output import write_rows
from indexer.docker.times import utc_from_ns
from indexer.queries.catalogue import find_query

_AGE: Final = re.compile(r"(\d+)\s*([mhdw])")
_SECONDS: Final = (("m", 60), ("h", 3600), ("d", 86400), ("w", 604800))
_MOMENT: Final = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?)?")


@click.command()
@click.option(
    "--since", metavar="WHEN", default="", help="A time (UTC), a date, or an age like 7d."
)
@output_options
@db_option
def changes(since: str, style: str, no_trunc: bool, db: str | None) -> None:
    """Show what changed from one sync to the next, newest first.

    \b
    Examples:
      dockidx changes --since 24h
      dockidx changes --since 2026-11-01 --format csv
    """
    moment = _moment(since)

    from indexer.index.migration import require_current
    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.run import run_query

    path = index_path(db)
    with reading_connection(path) as connection:
        require_current(connection, path)
        result = run_query(connection, find_query("changes"), {"since": moment})
        write_rows(sys.stdout, result.columns, result.rows, style, whole=no_trunc)


def _moment(since: str) -> str:
    age = _AGE.fullmatch(since)
    if age is not None:
        seconds = int(age[1]) * dict(_SECONDS)[age[2]]
        try:
            return utc_from_ns(time.time_ns() - seconds * 1_000_000_000)
        except OverflowError:
            # Before the year 1 there is nothing to leave out.
            return ""
    if since and not _MOMENT.fullmatch(since):
        raise click.BadParameter(
            f"{since!r} is neither a UTC time like 2026-11-24T08:00 nor an age like 30m, 24h, 7d.",
            param_hint="--since",
        )
    return since.replace(" ", "T").removesuffix("Z")

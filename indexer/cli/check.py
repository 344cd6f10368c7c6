"""`dockidx check`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from indexer.cli.completion import complete_host
from indexer.cli.options import db_option, index_path, rows_options
from indexer.cli.parameter_types import HOST
from indexer.cli.printing.formats import write_text
from indexer.cli.printing.rows import print_rows
from indexer.cli.progress import progress_bar

if TYPE_CHECKING:
    from indexer.cli.printing.rows import Output


@click.command()
@click.option(
    "--severity",
    type=click.Choice(("fatal", "error", "warning", "info")),
    default="info",
    show_default=True,
    help="Show what is this bad or worse.",
)
@click.option("--deep", is_flag=True, help="Read the disk again, with the contents of all layers.")
@click.option(
    "--explain",
    "rule",
    metavar="RULE",
    help="Print what a rule says and what to do, by its code or slug.",
)
@click.option(
    "--host",
    metavar="NAME",
    type=HOST,
    shell_complete=complete_host,
    help="Show one host only.  [default: all in the index]",
)
@rows_options
@db_option
@click.pass_context
def check(
    ctx: click.Context,
    severity: str,
    deep: bool,
    rule: str | None,
    host: str | None,
    output: Output,
    db: str | None,
) -> None:
    """Show what is wrong on the disk, and fail where something is unusable.

    It shows what the last sync found. The exit code is 1 where anything has the severity error or
    fatal, shown or not.

    \b
    Examples:
      dockidx check
      dockidx check --explain layer-directory-missing
      dockidx check --severity error --format json
      sudo dockidx check --deep
    """
    if rule is not None:
        from indexer.check.explain import explain

        write_text(explain(rule))
        return

    from indexer.check.check import check as stored
    from indexer.check.check import check_deeply
    from indexer.index.migration import require_current
    from indexer.index.sqlite_file import reading_connection

    path = index_path(db)
    with reading_connection(path) as connection:
        require_current(connection, path)
        if deep:
            report = check_deeply(connection, host, severity, time.time_ns(), progress_bar)
        else:
            report = stored(connection, host, severity)
    print_rows(output, report.columns, report.rows)
    ctx.exit(int(report.failed))

"""`dockidx diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from indexer.cli.completion import complete_host
from indexer.cli.options import db_option, index_path, rows_options
from indexer.cli.printing.rows import print_rows
from indexer.cli.timestamps import is_moment, moment

if TYPE_CHECKING:
    from collections.abc import Collection

    from indexer.cli.printing.rows import Output


@click.command()
@click.argument("a", metavar="A", shell_complete=complete_host)
@click.argument("b", metavar="B", shell_complete=complete_host)
@rows_options
@db_option
def diff(a: str, b: str, output: Output, db: str | None) -> None:
    """Show how two hosts of an index differ, or its state at two times.

    A and B are two hosts, or two times (UTC), dates or ages like 7d.

    \b
    Examples:
      dockidx diff web-1 web-2 --db fleet.db
      dockidx diff 2026-11-01 2026-11-24
      dockidx diff 7d 0m
    """
    from indexer.index.migration import require_current
    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.catalogue import find_query
    from indexer.queries.run import run_query, run_sql

    path = index_path(db)
    with reading_connection(path) as connection:
        require_current(connection, path)
        hosts = [row[0] for row in run_sql(connection, "SELECT host FROM hosts ORDER BY host").rows]
        if a in hosts and b in hosts:
            result = run_query(connection, find_query("diff-hosts"), {"host_a": a, "host_b": b})
        else:
            _require_moments(a, b, hosts)
            times = _in_order(a, b)
            result = run_query(connection, find_query("diff-syncs"), times)
        print_rows(output, result.columns, result.rows)


def _in_order(a: str, b: str) -> dict[str, str]:
    """The two times as parameters. Raises `click.BadParameter` where A is later than B."""
    since, until = moment(a, "A"), moment(b, "B")
    # A date means its first moment as A, and its last moment as B.
    if since > f"{until}Z":
        raise click.BadParameter(
            f"{a!r} is later than {b!r}; give the earlier time first.", param_hint="A and B"
        )
    return {"since": since, "until": until}


def _require_moments(a: str, b: str, hosts: Collection[str]) -> None:
    """Raise `click.BadParameter` unless `a` and `b` are times."""
    for text in (a, b):
        if text not in hosts and not is_moment(text):
            raise click.BadParameter(
                f"{text!r} is neither a host of this index ({', '.join(hosts) or 'it has none'}) "
                "nor a UTC time like 2026-11-24T08:00 nor an age like 24h.",
                param_hint="A and B",
            )
    if a in hosts or b in hosts:
        raise click.BadParameter(
            f"{a!r} and {b!r} have to be two hosts or two times.", param_hint="A and B"
        )

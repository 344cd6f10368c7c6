"""`dockidx query`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from indexer.cli.completion import complete_parameter, complete_query
from indexer.cli.options import db_option, index_path, output_options
from indexer.cli.output import standard_output, write_rows
from indexer.cli.parameter_types import TEXT
from indexer.cli.timestamps import moment
from indexer.queries.catalogue import catalogue, find_query

if TYPE_CHECKING:
    from indexer.queries.catalogue import Query


@click.command()
@click.argument("name", required=False, shell_complete=complete_query)
@click.option(
    "-p",
    "--param",
    "params",
    metavar="KEY=VALUE",
    type=TEXT,
    multiple=True,
    shell_complete=complete_parameter,
    help="Parameter of the query; can be given several times.",
)
@output_options
@db_option
def query(
    name: str | None, params: tuple[str, ...], style: str, no_trunc: bool, db: str | None
) -> None:
    """Run a canned query, or list them all.

    Without NAME it lists the queries with their parameters. One that is a time takes what --since
    of `changes` does.

    \b
    Examples:
      dockidx query
      dockidx query images --format csv
      dockidx query image-layers -p image=nginx:latest
      dockidx query reclaim -p "images=nginx:1.24 redis:6"
    """
    if name is None:
        if params:
            raise click.UsageError("A parameter goes with the NAME of a query.")
        write_rows(
            standard_output(), ("name", "parameters", "title"), _listing(), style, whole=True
        )
        return
    found = find_query(name)
    values = _with_moments(found, dict(_pair(param) for param in params))

    from indexer.index.migration import require_current
    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.run import run_query

    path = index_path(db)
    with reading_connection(path) as connection:
        require_current(connection, path)
        result = run_query(connection, found, values)
        write_rows(standard_output(), result.columns, result.rows, style, whole=no_trunc)


def _listing() -> list[tuple[str, str, str]]:
    return [
        (found.name, " ".join(parameter.name for parameter in found.parameters), found.title)
        for found in catalogue().values()
    ]


def _pair(param: str) -> tuple[str, str]:
    key, equals, value = param.partition("=")
    if not equals:
        raise click.BadParameter(f"{param!r} is not KEY=VALUE.", param_hint="-p")
    return key, value


def _with_moments(found: Query, values: dict[str, str]) -> dict[str, str]:
    times = {parameter.name for parameter in found.parameters if parameter.type == "time"}
    return {
        name: moment(value, f"-p {name}") if name in times else value
        for name, value in values.items()
    }

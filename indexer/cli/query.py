"""`dockidx query`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from indexer.cli.completion import complete_parameter, complete_query, complete_value
from indexer.cli.options import db_option, index_path, rows_options
from indexer.cli.parameter_types import TEXT
from indexer.cli.printing.rows import print_rows
from indexer.cli.timestamps import moment
from indexer.queries.catalogue import catalogue, find_query

if TYPE_CHECKING:
    from indexer.cli.printing.rows import Output
    from indexer.queries.catalogue import Query


@click.command()
@click.argument("name", required=False, shell_complete=complete_query)
@click.argument("value", required=False, type=TEXT, shell_complete=complete_value)
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
@rows_options
@db_option
def query(
    name: str | None, value: str | None, params: tuple[str, ...], output: Output, db: str | None
) -> None:
    """Run a canned query, or list them all.

    Without NAME it lists the queries with their parameters. VALUE is the first parameter of the
    query. A parameter that is a time takes what --since of `changes` takes.

    \b
    Examples:
      dockidx query
      dockidx query images --format csv
      dockidx query image-layers nginx:latest
      dockidx query images --columns tags,size_bytes
      dockidx query reclaim "nginx:1.24 redis:6"
      dockidx query hosts-with-image -p image=nginx:1.24 -o hosts.csv --format csv
    """
    if name is None:
        if params:
            raise click.UsageError("A parameter needs the NAME of a query before it.")
        print_rows(output._replace(whole=True), ("name", "parameters", "title"), _listing())
        return
    found = find_query(name)
    values = _with_moments(found, _values(found, value, params))

    from indexer.index.migration import require_current
    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.run import run_query

    path = index_path(db)
    with reading_connection(path) as connection:
        require_current(connection, path)
        result = run_query(connection, found, values)
        print_rows(output, result.columns, result.rows, found.name)


def _listing() -> list[tuple[str, str, str]]:
    return [
        (found.name, " ".join(parameter.name for parameter in found.parameters), found.title)
        for found in catalogue().values()
    ]


def _values(found: Query, value: str | None, params: tuple[str, ...]) -> dict[str, str]:
    """The parameters by name; `value` is the first one of the query."""
    values = dict(_pair(param) for param in params)
    if value is None:
        return values
    if not found.parameters:
        raise click.UsageError(f"Query {found.name!r} has no parameter, so leave out {value!r}.")
    first = found.parameters[0].name
    if first in values:
        raise click.UsageError(f"{value!r} and -p {first}=… are the same parameter; give one.")
    return {first: value, **values}


def _pair(param: str) -> tuple[str, str]:
    key, equals, value = param.partition("=")
    if not equals:
        raise click.BadParameter(f"{param!r} is not KEY=VALUE.", param_hint="-p")
    return key, value


def _with_moments(found: Query, values: dict[str, str]) -> dict[str, str]:
    """`values` with each time as the index writes times."""
    times = {parameter.name for parameter in found.parameters if parameter.type == "time"}
    return {
        name: moment(value, f"-p {name}") if name in times else value
        for name, value in values.items()
    }

"""`dockidx trace`."""

import re
from typing import Final

import click

from indexer.cli.drawing import draw
from indexer.cli.options import db_option, index_path
from indexer.cli.output import escaped, json_text, standard_output, write_rows, write_text
from indexer.cli.words import TEXT

_SHORT: Final = re.compile(r"(?:sha256:)?[0-9a-f]{1,3}")


@click.command()
@click.argument("wanted", metavar="ID", type=TEXT)
@click.option(
    "--format",
    "style",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="How to print what was found.",
)
@db_option
@click.pass_context
def trace(ctx: click.Context, wanted: str, style: str, db: str | None) -> None:
    """Say what any id, name or path is.

    Takes an id or its beginning, a name, or a path, and shows everything tied to it.

    \b
    Examples:
      dockidx trace 33847f680f63
      dockidx trace nginx:1.25
      dockidx trace /var/lib/docker/overlay2/4a2a36d79f18…/diff/usr/bin/curl
      dockidx trace web --format json
    """
    from indexer.index.migration import require_current
    from indexer.index.sqlite_file import reading_connection
    from indexer.trace.trace import trace as run_trace

    path = index_path(db)
    with reading_connection(path) as connection:
        require_current(connection, path)
        found = run_trace(connection, wanted)
    if style == "json":
        write_text(json_text(found, indent=1))
    elif len({(thing["kind"], thing["id"]) for thing in found}) > 1:
        click.echo(f"{wanted} can mean several things; give more of it.", err=True)
        columns = ("kind", "id", "host", "matched_by", "path")
        rows = [
            (*(thing[name] for name in columns[:3]), _names(thing), thing["path"])
            for thing in found
        ]
        write_rows(standard_output(), columns, rows, "table", whole=True)
    elif found:
        write_text("\n\n".join("\n".join(draw(thing)) for thing in found))
    if not found:
        click.echo(
            f"Nothing in the index goes by '{escaped(wanted)}'; {_advice(wanted)}.", err=True
        )
        ctx.exit(1)


def _advice(wanted: str) -> str:
    if _SHORT.fullmatch(wanted):
        return "the beginning of an ID needs four digits"
    return "give an ID, its beginning of four digits or more, a name, or a path"


def _names(thing: dict[str, list[str]]) -> str:
    return ", ".join(thing["matched_by"])

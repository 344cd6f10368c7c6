"""`dockidx trace`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click

from indexer.cli.completion import complete_name
from indexer.cli.options import db_option, index_path
from indexer.cli.parameter_types import TEXT
from indexer.cli.printing.cells import escaped
from indexer.cli.printing.drawing import draw, draw_ids
from indexer.cli.printing.formats import json_text, standard_output, write_rows, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from indexer.cli.printing.drawing import Thing

_SHORT: Final = re.compile(r"(?:sha256:)?[0-9a-f]{1,3}")


@click.command()
@click.argument("wanted", metavar="ID", type=TEXT, shell_complete=complete_name)
@click.option(
    "--format",
    "style",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="How to print what dockidx found.",
)
@db_option
@click.pass_context
def trace(ctx: click.Context, wanted: str, style: str, db: str | None) -> None:
    """Say what any ID, name or path is.

    It takes an ID or its beginning, a name, or a path, and shows everything tied to it. A path
    begins at / or at the Docker root.

    \b
    Examples:
      dockidx trace 33847f680f63
      dockidx trace nginx:1.25
      dockidx trace /var/lib/docker/overlay2/0r22po39b3ldnsg77hyh11mlg/diff/usr/bin/curl
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
    elif len(things := {(thing["kind"], thing["id"]) for thing in found}) == 1:
        _draw(found, draw)
    elif _is_one_content(found):
        click.echo(
            f"{wanted} is one content in {len(things)} places; "
            "trace a chain ID for the images and containers of that layer.",
            err=True,
        )
        _draw(found, _draw_place)
    elif found:
        click.echo(f"{wanted} can mean several things; give more of it.", err=True)
        columns = ("kind", "id", "host", "matched_by", "path")
        rows = [
            (*(thing[name] for name in columns[:3]), _names(thing), thing["path"])
            for thing in found
        ]
        write_rows(standard_output(), columns, rows, "table", whole=True)
    if not found:
        click.echo(
            f"Nothing in the index goes by '{escaped(wanted)}'; {_advice(wanted)}.", err=True
        )
        ctx.exit(1)


def _advice(wanted: str) -> str:
    if _SHORT.fullmatch(wanted):
        return "the beginning of an ID needs four digits"
    return "give an ID, its beginning of four digits or more, a name, or a path"


def _is_one_content(found: list[Thing]) -> bool:
    """Whether these are layers of one diff ID, which is the digest of an uncompressed blob too."""
    layers = all(thing["kind"] in {"layer", "blob"} for thing in found)
    return layers and len({_content(thing) for thing in found}) == 1


def _content(thing: Thing) -> str:
    is_known = thing["kind"] == "layer" and thing["diff_id"] is not None
    return str(thing["diff_id"] if is_known else thing["id"])


def _draw_place(thing: Thing) -> Iterator[str]:
    # The chain ID of a lowest layer is its diff ID, so nobody can ask for more than this.
    is_whole = thing["kind"] != "layer" or "chain ID" in thing["matched_by"]
    return (draw if is_whole else draw_ids)(thing)


def _draw(found: Iterable[Thing], lines: Callable[[Thing], Iterator[str]]) -> None:
    write_text("\n\n".join("\n".join(lines(thing)) for thing in found))


def _names(thing: Thing) -> str:
    return ", ".join(thing["matched_by"])

"""`dockidx roots`."""

import sys

import click

from indexer.cli.output import FORMATS, write_rows
from indexer.docker.discovery import discover


@click.command()
@click.option(
    "--system",
    metavar="DIR",
    default="/",
    show_default=True,
    help="Look on the system whose root folder is DIR, e.g. a mounted disk.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How to print rows.",
)
def roots(system: str, style: str) -> None:
    """Show the Docker roots of this host, and what says so.

    \b
    Examples:
      sudo dockidx roots
      sudo dockidx roots --system /mnt/evidence --format json
    """
    found = discover(system)
    for notice in found.notices:
        click.echo(notice, err=True)
    columns = ("path", "exists", "readable", "reasons")
    rows = [
        (root.path, int(root.exists), int(root.readable), "; ".join(root.reasons))
        for root in found.roots
    ]
    write_rows(sys.stdout, columns, rows, style, whole=True)

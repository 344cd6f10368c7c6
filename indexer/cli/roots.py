"""`dockidx roots`."""

import click

from indexer.cli.options import require_folder
from indexer.cli.output import FORMATS, standard_output, write_rows
from indexer.cli.parameter_types import PATH
from indexer.docker.containerd.place import whereabouts
from indexer.docker.host.discovery import discover
from indexer.docker.root.layout import AccessError


@click.command()
@click.option(
    "--system",
    metavar="DIR",
    type=PATH,
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
    """Show the Docker roots of this host, where their containerd is, and what says so.

    \b
    Examples:
      sudo dockidx roots
      sudo dockidx roots --system /mnt/evidence --format json
    """
    require_folder(system)
    found = discover(system)
    for notice in found.notices:
        click.echo(notice, err=True)
    if found.was_denied and not found.roots:
        raise AccessError("No Docker root could be looked for: permission denied; run with sudo.")
    if not found.roots:
        click.echo(f"{found.nothing_found}.", err=True)
    columns = ("path", "exists", "readable", "reasons", "containerd", "containerd_reason")
    rows = [
        (
            root.path,
            int(root.exists),
            int(root.readable),
            "; ".join(root.reasons),
            *(whereabouts(root.path, found.containerd) if root.readable else (None, None)),
        )
        for root in found.roots
    ]
    write_rows(standard_output(), columns, rows, style, whole=True)

"""`dockidx roots`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from indexer.cli.options import require_folder, rows_options
from indexer.cli.parameter_types import PATH
from indexer.cli.printing.rows import print_rows

if TYPE_CHECKING:
    from indexer.cli.printing.rows import Output

_COLUMNS = ("path", "exists", "readable", "reasons", "containerd", "containerd_reason")


@click.command()
@click.option(
    "--system",
    metavar="DIR",
    type=PATH,
    default="/",
    show_default=True,
    help="Look on the system whose root folder is DIR, e.g. a mounted disk.",
)
@rows_options
def roots(system: str, output: Output) -> None:
    """Show the Docker roots of this host and their containerd.

    The reasons say which file or process names each one.

    \b
    Examples:
      sudo dockidx roots
      sudo dockidx roots --system /mnt/evidence --format json
    """
    from indexer.docker.containerd.place import whereabouts
    from indexer.docker.host.discovery import discover
    from indexer.docker.root.layout import AccessError

    require_folder(system)
    found = discover(system)
    for notice in found.notices:
        click.echo(notice, err=True)
    if found.was_denied and not found.roots:
        raise AccessError("No Docker root could be looked for: permission denied; run with sudo.")
    if not found.roots:
        click.echo(f"{found.nothing_found}.", err=True)
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
    print_rows(output, _COLUMNS, rows)

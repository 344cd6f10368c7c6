"""`dockidx merge`."""

import click

from indexer.cli.options import index_path
from indexer.cli.parameter_types import PATH


@click.command()
@click.option(
    "--into", metavar="FILE", type=PATH, required=True, help="Index to join the others into."
)
@click.argument("indexes", metavar="INDEX...", type=PATH, nargs=-1, required=True)
def merge(into: str, indexes: tuple[str, ...]) -> None:
    """Join index files of many hosts into one.

    The newest sync of each Docker root counts. Merging the same indexes again changes nothing.

    \b
    Examples:
      dockidx merge --into fleet.db web-1.db web-2.db
      dockidx query tag-drift --db fleet.db
    """
    from indexer.fleet.merge import merge as run_merge

    path = index_path(into, "--into")
    sources = [index_path(index, "INDEX") for index in indexes]
    done = run_merge(path, sources)
    click.echo(
        f"Joined {done.indexes} indexes into {path}: {done.taken} Docker roots taken, "
        f"{done.skipped} already there.",
        err=True,
    )

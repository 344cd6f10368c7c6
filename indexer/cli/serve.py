"""`dockidx serve`."""

import click

from indexer.cli.options import index_path


@click.command()
@click.argument("indexes", metavar="[INDEX]...", nargs=-1)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535))
def serve(indexes: tuple[str, ...], host: str, port: int) -> None:
    """Browse the index with Datasette; nothing can be written there.

    \b
    Examples:
      dockidx serve
      dockidx serve --port 9000 fleet.db
    """
    from indexer.web.serve import run

    run(list(indexes) or [index_path(None)], host, port)

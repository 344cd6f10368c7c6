"""`dockidx serve`."""

import click

from indexer.cli.options import index_path
from indexer.cli.parameter_types import PATH


@click.command()
@click.argument("indexes", metavar="[INDEX]...", type=PATH, nargs=-1)
@click.option(
    "--host", type=PATH, default="127.0.0.1", show_default=True, help="Address to listen at."
)
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen at; 0 for any free one.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let --host be an address that other machines reach. There is no password.",
)
def serve(indexes: tuple[str, ...], host: str, port: int, allow_remote: bool) -> None:
    """Browse an index with Datasette, read-only.

    Without INDEX it shows the index that `dockidx sync` writes. A sync meanwhile shows at once.

    \b
    Examples:
      dockidx serve
      dockidx serve --port 9000 fleet.db
    """
    from indexer.web.listening import ExposureError, ListenError, listen
    from indexer.web.serve import open_site, require_indexes, run

    paths = [index_path(index, "INDEX") for index in indexes] or [index_path(None)]
    require_indexes(paths)
    try:
        listener = listen(host, port, allow_remote=allow_remote)
    except ExposureError as error:
        raise click.UsageError(str(error)) from error
    except ListenError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Serving {', '.join(paths)} at {listener.url} until Ctrl-C.", err=True)
    run(open_site(paths, any_sql=listener.hosts is not None), listener)

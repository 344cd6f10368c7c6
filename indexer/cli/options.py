"""Options that several commands share, so that each means the same everywhere."""

from __future__ import annotations

import os
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from indexer.cli.parameter_types import COLUMNS, PATH
from indexer.cli.printing.formats import FORMATS
from indexer.cli.printing.rows import Output

if TYPE_CHECKING:
    from collections.abc import Callable

Command: TypeAlias = "Callable[..., Any]"


def index_path(given: str | None, option: str = "--db") -> str:
    """The index to use, given the value of `option`.

    Raises `SqliteVersionError` first, before a sync reads for long and cannot use the index.
    """
    from indexer.index.location import default_path
    from indexer.index.sqlite_version import require_version

    require_version()
    path = given if given is not None else default_path(os.environ, is_root=os.geteuid() == 0)
    if "://" in path:
        raise click.UsageError(f"{path} is a server; {option} takes a file so far.")
    return path


def db_option(command: Command) -> Command:
    """Add --db."""
    return click.option(
        "--db",
        metavar="FILE",
        type=PATH,
        help="Index to use.  [default: $DOCKIDX_DB, else that of the system or the user]",
    )(command)


def rows_options(command: Command) -> Command:
    """Add the options of output; `command` takes them as one `Output`, named `output`."""

    @wraps(command)
    def with_output(
        *args: Any,  # noqa: ANN401 - what the command takes
        style: str,
        no_trunc: bool,
        numbers: bool,
        columns: tuple[str, ...],
        quiet: bool,
        no_headers: bool,
        path: str | None,
        **others: Any,  # noqa: ANN401 - what the command takes
    ) -> Any:  # noqa: ANN401 - what the command returns
        if quiet and columns:
            raise click.UsageError("Give --columns or -q, not both: -q chooses the column itself.")
        output = Output(style, no_trunc, numbers, columns, quiet, not no_headers, path)
        return command(*args, output=output, **others)

    return _with_output_options(with_output)


def _with_output_options(command: Command) -> Command:
    options = (
        click.option(
            "--format",
            "style",
            type=click.Choice(FORMATS),
            default="table",
            show_default=True,
            help="How to print rows.",
        ),
        click.option(
            "--no-trunc",
            is_flag=True,
            help="Show every column of a table, and IDs and text in full.",
        ),
        click.option(
            "--bytes", "numbers", is_flag=True, help="Show sizes in a table as numbers of bytes."
        ),
        click.option(
            "--columns",
            metavar="NAME,…",
            type=COLUMNS,
            default="",
            help="Show these columns only, in this order.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Show IDs only."),
        click.option("--no-headers", is_flag=True, help="Leave out the names of the columns."),
        click.option(
            "-o", "--output", "path", metavar="FILE", type=PATH, help="Write the rows to a file."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def require_folder(system: str) -> None:
    """Raise unless the root folder of a system is a folder that this user may enter."""
    from indexer.docker.root.layout import AccessError

    try:
        os.stat(os.path.join(system, ""))
    except PermissionError as error:
        raise AccessError(f"{system} cannot be read: permission denied; run with sudo.") from error
    except OSError as error:
        if os.path.isfile(system):
            raise click.BadParameter(
                f"{system} is a file, not a folder; unpack it where it is an archive, or mount it, "
                "and name the folder.",
                param_hint="--system",
            ) from error
        raise click.BadParameter(
            f"{system} is not there or not a folder; name one that holds the system's files.",
            param_hint="--system",
        ) from error
    if not os.access(system, os.X_OK, effective_ids=True):
        raise AccessError(f"{system} cannot be entered: permission denied; run with sudo.")

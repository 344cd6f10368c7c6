"""The command `dockidx`: it runs a command, and makes one sentence and an exit code of an error."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any, Final

import click

from indexer import VERSION
from indexer.cli.commands import SHORT_HELPS, Commands
from indexer.cli.printing.formats import OutputError, drop_output, finish_output
from indexer.errors import DockidxError
from indexer.interruption import EXIT_CODE, SENTENCE, was_interrupted

_SHORTEST: Final = 10
"""A line of help has room for as many characters of text at least."""


class _Group(click.Group):
    """A group of commands that makes a sentence and an exit code of an error."""

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - as in click
        """Run as a program, also where an output is closed or full."""
        if any(name.endswith("_COMPLETE") for name in os.environ):
            importlib.import_module("indexer.cli.bash_completion")
        if sys.stderr is None:
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - to the end
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **extra)
        except OSError as error:
            # `invoke` handles the output of commands, so this is a help text.
            drop_output()
            click.echo(f"Error: {OutputError(error.strerror or str(error))}", err=True)
            sys.exit(1)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401 - as in click
        """Understand the command line."""
        try:
            return super().make_context(*args, **extra)
        except KeyboardInterrupt as error:
            raise _interrupted() from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, with short helps that need no import."""
        names = self.list_commands(ctx)
        room = max(_SHORTEST, formatter.width - 6 - max(map(len, names)))
        rows = [(name, _in_room(SHORT_HELPS[name], room)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        """Run the command."""
        try:
            return self._finished(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            # The reader of the output, such as `head`, has seen enough.
            drop_output()
            ctx.exit(0)
        except KeyboardInterrupt as error:
            drop_output()
            raise _interrupted() from error
        except OutputError as error:
            drop_output()
            _fail(ctx, error)
        except Exception as error:
            if was_interrupted():
                drop_output()
                raise _interrupted() from error
            _fail(ctx, error)

    def _finished(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        """Run the command and write the last byte of its output, whatever its exit code."""
        try:
            result = super().invoke(ctx)
        except click.exceptions.Exit:
            finish_output()
            raise
        # A closed pipe refuses bytes here, where the error can still be handled.
        finish_output()
        return result


@click.group(
    cls=_Group, commands=Commands(), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(VERSION, prog_name="dockidx")
@click.option("--debug", is_flag=True, help="Show where in the program an error came from.")
@click.option("-v", "--verbose", count=True, help="Log what is done; -vv logs more.")
def main(debug: bool, verbose: int) -> None:
    """Read Docker's storage offline into an SQL index, and ask it anything.

    \b
    Examples:
      sudo dockidx sync
      dockidx query images
      dockidx query image-layers nginx
      dockidx sql "SELECT COUNT(*) FROM layers"
      dockidx serve
    """
    del debug
    if verbose:
        from indexer.cli.logging_setup import start_logging

        start_logging(verbose)


def _interrupted() -> click.exceptions.Exit:
    """Say that the program was interrupted, and give the exception that ends it."""
    click.echo(f"\n{SENTENCE}", err=True)
    return click.exceptions.Exit(EXIT_CODE)


def _in_room(text: str, room: int) -> str:
    """`text`, cut at a word where it takes more than `room`."""
    if len(text) <= room:
        return text
    return text[: room - 3].rpartition(" ")[0] + "..."


def _fail(ctx: click.Context, error: Exception) -> None:
    """Say what `error` is in one sentence, and end with its exit code."""
    if ctx.params.get("debug"):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, DockidxError):
        click.echo(f"Error: {error}", err=True)
        ctx.exit(error.exit_code)
    click.echo(
        f"Error: dockidx itself failed: {type(error).__name__}: {error}. "
        "Run it again as `dockidx --debug …` to see where.",
        err=True,
    )
    ctx.exit(1)

"""The command group, and what becomes of errors: one sentence and an exit code."""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Any

import click

from indexer import VERSION
from indexer.cli.changes import changes
from indexer.cli.check import check
from indexer.cli.diff import diff
from indexer.cli.merge import merge
from indexer.cli.output import OutputError, drop_output, finish_output
from indexer.cli.query import query
from indexer.cli.roots import roots
from indexer.cli.serve import serve
from indexer.cli.sql import sql
from indexer.cli.sync import sync
from indexer.cli.trace import trace
from indexer.errors import DockidxError
from indexer.interruption import EXIT_CODE, SENTENCE, was_interrupted


class _Group(click.Group):
    """A group that turns the errors of the library into a sentence and an exit code."""

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - as in click
        """Run as a program, whatever became of its outputs."""
        if sys.stderr is None:
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - to the end
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **extra)
        except OSError as error:
            # Of a command it is known in `invoke`; what is left are the help texts.
            drop_output()
            click.echo(f"Error: {OutputError(error.strerror or str(error))}", err=True)
            sys.exit(1)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401 - as in click
        """Understand the command line."""
        try:
            return super().make_context(*args, **extra)
        except KeyboardInterrupt as error:
            raise _interrupted() from error

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        """Run the command."""
        try:
            return self._finished(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            # Whoever read our output has seen enough, e.g. `head`.
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
        """Run the command to the last byte of its output, also where its exit code is not 0."""
        try:
            result = super().invoke(ctx)
        except click.exceptions.Exit:
            finish_output()
            raise
        # What a closed pipe refuses has to be known here, and not after the end.
        finish_output()
        return result


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="dockidx")
@click.option("--debug", is_flag=True, help="Show where in the program an error came from.")
@click.option("-v", "--verbose", count=True, help="Log what is done; -vv logs more.")
def main(debug: bool, verbose: int) -> None:
    """Read Docker's storage offline into an SQL index, and ask it anything.

    \b
    Examples:
      sudo dockidx sync
      dockidx query images
      dockidx query image-layers -p image=nginx
      dockidx sql "SELECT COUNT(*) FROM layers"
      dockidx serve
    """
    del debug
    if verbose:
        from indexer.cli.logging_setup import start_logging

        start_logging(verbose)


def _interrupted() -> click.exceptions.Exit:
    """Say that Ctrl-C was pressed; the exception that ends the program."""
    click.echo(f"\n{SENTENCE}", err=True)
    return click.exceptions.Exit(EXIT_CODE)


def _fail(ctx: click.Context, error: Exception) -> None:
    if ctx.params.get("debug"):
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


for _command in (sync, query, sql, check, trace, changes, diff, merge, serve, roots):
    main.add_command(_command)

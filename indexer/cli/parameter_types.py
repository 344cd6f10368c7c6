"""The kinds of words that options and arguments take."""

from __future__ import annotations

from typing import Final

import click

from indexer.cli.output import escaped
from indexer.docker.files.folder import printable


class _Path(click.ParamType[str]):
    """A path or an address; an empty one, as of a variable that is not set, means nothing."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give `value` as it is."""
        if not value:
            self.fail("it is empty; a value is needed.", param, ctx)
        return value


class _Host(_Path):
    """The name of a machine, which is shown in terminals, pages and tables."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give `value` as the index writes it."""
        host = printable(super().convert(value, param, ctx))
        if escaped(host) != host:
            self.fail(f"{escaped(host)} has a control character; give a name without.", param, ctx)
        return host


class _Text(click.ParamType[str]):
    """Any text; bytes that are no UTF-8 are as the index has them: `\\xNN`."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give `value` as text that a database takes."""
        del param, ctx
        return printable(value)


PATH: Final = _Path()
"""A path, which is not empty."""

HOST: Final = _Host()
"""The name of a machine, not empty and without control characters."""

TEXT: Final = _Text()
"""Text, whatever its bytes."""

"""The types of values that options and arguments take."""

from __future__ import annotations

from typing import Final

import click

from indexer.cli.printing.cells import escaped


class _Path(click.ParamType[str]):
    """A path or an address. It refuses an empty one, which a variable that is not set gives."""

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
        from indexer.docker.files.folder import printable

        host = printable(super().convert(value, param, ctx))
        if escaped(host) != host:
            self.fail(f"{escaped(host)} has a control character; give a name without.", param, ctx)
        return host


class _Text(click.ParamType[str]):
    """Any text. It writes bytes that are not UTF-8 as the index does: `\\xNN`."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give `value` as text that a database takes."""
        from indexer.docker.files.folder import printable

        del param, ctx
        return printable(value)


class _Columns(click.ParamType[tuple[str, ...]]):
    """Names of columns, separated by commas."""

    name = "text"

    def convert(
        self,
        value: str | tuple[str, ...],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, ...]:
        """Give the names in `value`."""
        del param, ctx
        if isinstance(value, tuple):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())


PATH: Final = _Path()
"""A path, which is not empty."""

HOST: Final = _Host()
"""The name of a machine, not empty and without control characters."""

TEXT: Final = _Text()
"""Text, whatever its bytes."""

COLUMNS: Final = _Columns()
"""Names of columns, separated by commas."""

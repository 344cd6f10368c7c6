"""The rows of a command, printed as its options say."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO

import click

from indexer.cli.printing.formats import standard_output, write_lines, write_rows, writing
from indexer.cli.printing.missing import missing_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_OTHERS: Final = frozenset({"parent_id", "owner_id"})
"""These columns have the ID of another thing than the row is about."""

_NAMES: Final = ("name", "directory", "blob_digest", "diff_id", "container_name", "path", "tag")


class Output(NamedTuple):
    """What the options of a command say about its output.

    `style` is the format, `whole` shortens nothing, `numbers` shows sizes as numbers, `columns`
    chooses columns by name, `quiet` shows IDs alone, `headers` shows the names of the columns, and
    `path` names the file to write in place of standard output.
    """

    style: str
    whole: bool
    numbers: bool
    columns: tuple[str, ...]
    quiet: bool
    headers: bool
    path: str | None


def print_rows(
    output: Output, columns: Sequence[str], rows: Iterable[Sequence[Any]], query: str = ""
) -> None:
    """Print `rows`; below a table of the canned query `query`, say which command fills gaps.

    Raises `OutputError`, and `click.BadParameter` for a column or file that cannot be.
    """
    places = _places(output, columns)
    chosen = [columns[place] for place in places]
    picked = rows if chosen == list(columns) else _picked(rows, places)
    if output.path is None:
        _write(standard_output(), output, chosen, picked, query)
        return
    from indexer.cli.printing.output_file import output_file

    with output_file(output.path) as out:
        _write(out, output, chosen, picked, query)


def _picked(rows: Iterable[Sequence[Any]], places: list[int]) -> Iterator[list[Any]]:
    for row in rows:
        yield [row[place] for place in places]


def _places(output: Output, columns: Sequence[str]) -> list[int]:
    """The places of the columns to show."""
    if not columns:
        return []
    if output.columns:
        return [_place(name, columns) for name in dict.fromkeys(output.columns)]
    return [_id_place(columns)] if output.quiet else list(range(len(columns)))


def _place(name: str, columns: Sequence[str]) -> int:
    if name not in columns:
        raise click.BadParameter(
            f"there is no column {name!r}; there are {', '.join(columns)}.", param_hint="--columns"
        )
    return columns.index(name)


def _id_place(columns: Sequence[str]) -> int:
    """The place of the first ID; else of a name, else of the first column after the host."""
    for place, name in enumerate(columns):
        if name == "id" or (name.endswith("_id") and name not in _OTHERS):
            return place
    for name in _NAMES:
        if name in columns:
            return columns.index(name)
    return 1 if columns[0] == "host" and len(columns) > 1 else 0


def _write(
    out: TextIO,
    output: Output,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    query: str,
) -> None:
    headers = output.headers and not (output.quiet and output.style == "table")
    if output.style != "table":
        write_rows(out, columns, rows, output.style, headers=headers)
        return
    from indexer.cli.printing.table import TableStyle, table_lines

    values = list(rows)
    is_fixed = bool(output.columns) or output.quiet
    style = TableStyle(_width(out), output.whole, output.numbers, headers, is_fixed)
    lines, left_out = table_lines(columns, values, style)
    with writing():
        write_lines(out, lines)
        out.flush()
    if left_out:
        click.echo(
            f"Not shown for lack of room: {', '.join(left_out)}. "
            "`--columns` chooses columns, and `--no-trunc` shows all.",
            err=True,
        )
    if sentence := missing_sentence(query, columns, values):
        click.echo(sentence, err=True)


def _width(out: TextIO) -> int | None:
    """The width of the terminal that `out` is, and None where it is none."""
    if out is not sys.stdout or not out.isatty():
        return None
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named) > 0:
        return int(named)
    try:
        return os.get_terminal_size(out.fileno()).columns or None
    except OSError:
        return None

"""Rows as a table for people: aligned columns, and on a terminal the columns that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from indexer.cli.printing.cells import (
    escaped,
    human_size,
    is_size,
    short_ids,
    shortened,
    whole_seconds,
)
from indexer.cli.printing.cells import width as width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_GAP: Final = 2
_LEAST: Final = 20
"""A longer cell is never shortened below this width: a time to the second takes it."""

_LAST: Final = frozenset(
    {
        *("parent_id", "digests", "blob_digests", "chain_id", "mount_id", "engine_image_id"),
        *("engine_parent_id", "manifest_digest", "first_seen_at", "root_path", "last_tagged_at"),
    }
)
"""People look at these columns last, so that the others have the room first."""


class TableStyle(NamedTuple):
    """How a table shows its rows.

    `width` is the width of the terminal, and None where there is none. `whole` shows IDs in full
    and shortens nothing. `numbers` shows sizes as numbers. `headers` shows the names of the
    columns. `fixed` says that someone chose the columns, so that none is left out.
    """

    width: int | None = None
    whole: bool = False
    numbers: bool = False
    headers: bool = True
    fixed: bool = False


class _Column(NamedTuple):
    name: str
    cells: list[str]
    is_number: bool
    natural: int
    least: int


def table_lines(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], style: TableStyle
) -> tuple[list[str], list[str]]:
    """The lines of a table, and the names of the columns that did not fit."""
    values = list(rows)
    made = [
        _column(name, [row[place] for row in values], style) for place, name in enumerate(columns)
    ]
    if style.width is None or style.whole:
        return list(_lines(made, [it.natural for it in made], style.headers)), []
    shown = made if style.fixed else _fitting(made, style.width)
    widths = _widths(shown, style.width)
    left_out = [it.name for it in made if it not in shown]
    return list(_lines(shown, widths, style.headers)), left_out


def markdown_lines(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, headers: bool
) -> Iterator[str]:
    """The lines of a Markdown table, which has every value in full."""
    values = [[_markdown(value) for value in row] for row in rows]
    widths = [
        max([len(name), *(len(row[place]) for row in values)]) for place, name in enumerate(columns)
    ]
    if headers and columns:
        yield _markdown_line(columns, widths)
        yield "|".join(["", *("-" * (size + 2) for size in widths), ""])
    for row in values:
        yield _markdown_line(row, widths)


def _column(name: str, values: list[Any], style: TableStyle) -> _Column:
    cells = [_cell(name, value, style) for value in values]
    header = len(name) if style.headers else 0
    natural = max([header, *map(width_of, cells)])
    numbers = [value for value in values if value is not None]
    is_number = bool(numbers) and all(isinstance(value, int | float) for value in numbers)
    least = natural if is_number else max(header, min(natural, _LEAST))
    return _Column(name, cells, is_number, natural, least)


def _cell(column: str, value: object, style: TableStyle) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and is_size(column) and not style.numbers:
        return human_size(value)
    if not isinstance(value, str):
        return str(value)
    text = escaped(value)
    if style.whole:
        return text
    return short_ids(text) if style.width is None else whole_seconds(short_ids(text))


def _fitting(columns: list[_Column], width: int) -> list[_Column]:
    """The columns that have room side by side; the first one always has."""
    is_late = [it.name in _LAST or not any(it.cells) for it in columns]
    order = sorted(range(len(columns)), key=lambda place: (is_late[place], place))
    taken: set[int] = set()
    used = -_GAP
    for place in order:
        more = _GAP + columns[place].least
        if not taken or used + more <= width:
            taken.add(place)
            used += more
    return [column for place, column in enumerate(columns) if place in taken]


def _widths(columns: list[_Column], width: int) -> list[int]:
    """The width of each column: the room that is left goes to those that need little first."""
    widths = [it.least for it in columns]
    spare = max(0, width - sum(widths) - _GAP * (len(columns) - 1))
    needs = sorted((it.natural - it.least, place) for place, it in enumerate(columns))
    for done, (need, place) in enumerate(needs):
        given = min(need, spare // (len(needs) - done))
        widths[place] += given
        spare -= given
    return widths


def _lines(columns: list[_Column], widths: list[int], headers: bool) -> Iterator[str]:
    if not columns:
        return
    if headers:
        yield _line([it.name for it in columns], columns, widths)
        yield (" " * _GAP).join("-" * width for width in widths)
    for row in zip(*(it.cells for it in columns), strict=True):
        yield _line(row, columns, widths)


def _line(cells: Iterable[str], columns: list[_Column], widths: list[int]) -> str:
    parts = [
        _padded(shortened(cell, width), width, column.is_number)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ]
    return (" " * _GAP).join(parts).rstrip()


def _padded(text: str, width: int, is_right: bool) -> str:
    room = " " * (width - width_of(text))
    return room + text if is_right else text + room


def _markdown(value: object) -> str:
    if value is None:
        return ""
    return escaped(str(value)).replace("|", "\\|").replace("<", "&lt;")


def _markdown_line(cells: Iterable[str], widths: list[int]) -> str:
    padded = [text.ljust(size) for text, size in zip(cells, widths, strict=True)]
    return f"| {' | '.join(padded)} |"

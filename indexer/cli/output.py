"""What goes to standard output: rows in the formats that sqlite-utils has, and JSON."""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeAlias

from indexer.errors import DockidxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMATS: Final = ("table", "csv", "tsv", "json", "ndjson", "markdown")

_ID: Final = re.compile(r"(?<!\S)(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}(?!\S)")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_WIDEST: Final = 60
# A path or a list of names that is cut short is of no use.
_PROSE: Final = frozenset({"created_by", "command", "comment", "message", "value", "author"})

Cells: TypeAlias = "Sequence[Any]"


class OutputError(DockidxError):
    """Standard output cannot be written."""

    def __init__(self, reason: str) -> None:
        """Take the reason."""
        super().__init__(f"The output cannot be written: {reason}; send it elsewhere.")


def standard_output() -> TextIO:
    """Where the data of a command goes. Raises `OutputError` where it was closed."""
    if sys.stdout is None:
        raise OutputError("it is closed")
    return sys.stdout


def write_text(text: str) -> None:
    """Write a text and the end of its line to standard output. Raises `OutputError`."""
    out = standard_output()
    with _writing():
        out.write(f"{text}\n")


def finish_output() -> None:
    """Write what standard output still holds back. Raises `OutputError`."""
    if sys.stdout:
        with _writing():
            sys.stdout.flush()


def drop_output() -> None:
    """Let what standard output still holds back go nowhere, for a quiet end of the program."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def json_text(value: object, indent: int | None = None) -> str:
    """`value` as JSON, in ASCII unless standard output takes every character.

    Bytes are as sqlite-utils writes them.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    ascii_only = not encoding.lower().startswith("utf")
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent, default=_encode)


def write_rows(
    out: TextIO,
    columns: Sequence[str],
    rows: Iterable[Cells],
    style: str,
    *,
    whole: bool = False,
) -> None:
    """Write `rows` to `out` as `style`, one of `FORMATS`.

    A table shows IDs by their first 12 digits and long text cut short, as Docker does, unless
    `whole`. Raises `OutputError`.
    """
    with _writing():
        _WRITERS[style](out, columns, rows, whole)


@contextmanager
def _writing() -> Iterator[None]:
    """Tell an output that takes nothing from a reader who has seen enough."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.strerror or str(error)) from error


def _write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], _: bool) -> None:
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)


class _UnixLines:
    """Takes each row as a line with CR LF, for which a value with a CR is quoted; ends it in LF."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, line: str) -> object:
        return self._out.write(line.removesuffix("\r\n") + "\n")


def _write_tsv(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], _: bool) -> None:
    writer = csv.writer(_UnixLines(out), dialect="excel-tab")
    writer.writerow(columns)
    writer.writerows(rows)


def _write_json(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], _: bool) -> None:
    separator = "["
    for row in rows:
        out.write(separator + _json(columns, row))
        separator = ",\n "
    out.write("[]\n" if separator == "[" else "]\n")


def _write_ndjson(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], _: bool) -> None:
    out.writelines(_json(columns, row) + "\n" for row in rows)


def _write_table(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], whole: bool) -> None:
    shown = [
        [_cell(column, value, whole) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    _tabulate(out, columns, shown, "simple")


def _write_markdown(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], _: bool) -> None:
    shown = [[_markdown(value) for value in row] for row in rows]
    _tabulate(out, columns, shown, "github")


def _tabulate(out: TextIO, columns: Sequence[str], rows: list[list[Any]], style: str) -> None:
    from tabulate import tabulate

    numeric = [
        any(isinstance(row[i], int) for row in rows)
        and all(isinstance(row[i], int) or row[i] == "" for row in rows)
        for i in range(len(columns))
    ]
    # The oldest tabulate fails on alignment of no rows.
    align = ["right" if number else "left" for number in numeric] if rows else None
    if columns:
        text = tabulate(
            rows,
            headers=columns,
            tablefmt=style,
            disable_numparse=True,
            colalign=align,
        )
        out.write("\n".join(line.rstrip() for line in text.split("\n")) + "\n")


def _json(columns: Sequence[str], row: Cells) -> str:
    return json_text(dict(zip(columns, row, strict=True)))


def _encode(value: object) -> object:
    if isinstance(value, bytes):
        return {"$base64": True, "encoded": base64.b64encode(value).decode("ascii")}
    return str(value)


def _cell(column: str, value: object, whole: bool) -> object:
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = escaped(value)
    if whole:
        return text
    text = _ID.sub(r"\1", text)
    if column in _PROSE and len(text) > _WIDEST:
        return f"{text[: _WIDEST - 1]}…"
    return text


def _markdown(value: object) -> object:
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    return escaped(value).replace("|", "\\|").replace("<", "&lt;")


def escaped(text: str) -> str:
    """`text` with control characters, which could do things to a terminal, spelt out."""
    return _CONTROL.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


_WRITERS: Final = {
    "table": _write_table,
    "csv": _write_csv,
    "tsv": _write_tsv,
    "json": _write_json,
    "ndjson": _write_ndjson,
    "markdown": _write_markdown,
}

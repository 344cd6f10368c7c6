"""Rows and JSON on standard output, in the formats that sqlite-utils has."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeAlias

from indexer.errors import DockidxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

FORMATS: Final = ("table", "csv", "tsv", "json", "ndjson", "markdown")

Cells: TypeAlias = "Sequence[Any]"


class OutputError(DockidxError):
    """The output cannot be written."""

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
    with writing():
        out.write(f"{text}\n")


def finish_output() -> None:
    """Write what standard output still holds back. Raises `OutputError`."""
    if sys.stdout:
        with writing():
            sys.stdout.flush()


def drop_output() -> None:
    """Send what standard output still holds back nowhere, so that the program ends quietly."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def json_text(value: object, indent: int | None = None) -> str:
    """`value` as JSON, in ASCII unless standard output takes every character.

    It writes bytes as sqlite-utils does.
    """
    import json

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
    headers: bool = True,
) -> None:
    """Write `rows` to `out` as `style`, one of `FORMATS`.

    A table shows the first 12 digits of each ID, as Docker does, unless `whole`. `headers` says
    whether the names of the columns stand above the rows. Raises `OutputError`.
    """
    with writing():
        if style == "table":
            from indexer.cli.printing.table import TableStyle, table_lines

            lines, _ = table_lines(columns, rows, TableStyle(whole=whole, headers=headers))
            write_lines(out, lines)
        else:
            _WRITERS[style](out, columns, rows, headers)


def write_lines(out: TextIO, lines: Iterable[str]) -> None:
    """Write `lines` to `out`, each with its end."""
    out.writelines(f"{line}\n" for line in lines)


@contextmanager
def writing() -> Iterator[None]:
    """Raise `OutputError` where the body cannot write.

    A `BrokenPipeError` stays one: the reader, such as `head`, has seen enough.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.strerror or str(error)) from error


def _write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], headers: bool) -> None:
    import csv

    writer = csv.writer(out)
    if headers:
        writer.writerow(columns)
    writer.writerows(rows)


class _UnixLines:
    """Takes each row as a line with CR LF, for which a value with a CR is quoted; ends it in LF."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, line: str) -> object:
        return self._out.write(line.removesuffix("\r\n") + "\n")


def _write_tsv(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], headers: bool) -> None:
    import csv

    writer = csv.writer(_UnixLines(out), dialect="excel-tab")
    if headers:
        writer.writerow(columns)
    writer.writerows(rows)


def _write_json(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], _: bool) -> None:
    separator = "["
    for row in rows:
        out.write(separator + _json(columns, row))
        separator = ",\n "
    out.write("[]\n" if separator == "[" else "]\n")


def _write_ndjson(out: TextIO, columns: Sequence[str], rows: Iterable[Cells], _: bool) -> None:
    write_lines(out, (_json(columns, row) for row in rows))


def _write_markdown(
    out: TextIO, columns: Sequence[str], rows: Iterable[Cells], headers: bool
) -> None:
    from indexer.cli.printing.table import markdown_lines

    write_lines(out, markdown_lines(columns, list(rows), headers=headers))


def _json(columns: Sequence[str], row: Cells) -> str:
    return json_text(dict(zip(columns, row, strict=True)))


def _encode(value: object) -> object:
    if isinstance(value, bytes):
        import base64

        return {"$base64": True, "encoded": base64.b64encode(value).decode("ascii")}
    return str(value)


_WRITERS: Final[Mapping[str, Callable[[TextIO, Sequence[str], Iterable[Cells], bool], None]]] = {
    "csv": _write_csv,
    "tsv": _write_tsv,
    "json": _write_json,
    "ndjson": _write_ndjson,
    "markdown": _write_markdown,
}

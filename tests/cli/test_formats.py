"""The formats of rows: exact text, and values that would break a line, a cell or a terminal."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.cli.printing.formats import FORMATS, write_rows
from tests.cli.commands import dockidx, sync
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("name", "size_bytes", "note")
ROWS: list[tuple[Any, ...]] = [("base", 5, None), ("a|b", 1200, "x\ny"), ("näme", None, "")]

EXPECTED = {
    "table": (
        "name  size_bytes  note\n"
        "----  ----------  ------\n"
        "base          5B\n"
        "a|b        1.2kB  x\\x0ay\n"
        "näme\n"
    ),
    "csv": 'name,size_bytes,note\r\nbase,5,\r\na|b,1200,"x\ny"\r\nnäme,,\r\n',
    "tsv": 'name\tsize_bytes\tnote\nbase\t5\t\na|b\t1200\t"x\ny"\nnäme\t\t\n',
    "json": (
        '[{"name": "base", "size_bytes": 5, "note": null},\n'
        ' {"name": "a|b", "size_bytes": 1200, "note": "x\\ny"},\n'
        ' {"name": "näme", "size_bytes": null, "note": ""}]\n'
    ),
    "ndjson": (
        '{"name": "base", "size_bytes": 5, "note": null}\n'
        '{"name": "a|b", "size_bytes": 1200, "note": "x\\ny"}\n'
        '{"name": "näme", "size_bytes": null, "note": ""}\n'
    ),
    "markdown": (
        "| name | size_bytes | note   |\n"
        "|------|------------|--------|\n"
        "| base | 5          |        |\n"
        "| a\\|b | 1200       | x\\x0ay |\n"
        "| näme |            |        |\n"
    ),
}

_cells = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
_rows = st.lists(st.tuples(_cells, _cells), max_size=5)


def written(style: str, columns: tuple[str, ...], rows: list[Any], whole: bool = False) -> str:
    """What rows look like in a format."""
    out = io.StringIO()
    write_rows(out, columns, rows, style, whole=whole)
    return out.getvalue()


@pytest.mark.parametrize("style", FORMATS)
def test_rows_in_each_format(style: str) -> None:
    """Numbers, text, unknown values, separators and new lines have one known form."""
    assert written(style, COLUMNS, ROWS) == EXPECTED[style]


@pytest.mark.parametrize("style", FORMATS)
def test_no_rows(style: str) -> None:
    """Without rows there are still the columns, where a format has them."""
    text = written(style, COLUMNS, [])
    if style in ("json", "ndjson"):
        assert text == ("[]\n" if style == "json" else "")
    else:
        assert re.findall(r"\w+", text.splitlines()[0]) == list(COLUMNS)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\x00b\x07", "a\\x00b\\x07"),
        ("a\tb\r\nc", "a\\x09b\\x0d\\x0ac"),
        ("a\x7fb\x9bc", "a\\x7fb\\x9bc"),
        ("\u202eevil", "\\u202eevil"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_a_terminal_is_safe(value: str, shown: str) -> None:
    """What would move the cursor, change colours or turn text around is shown as its code."""
    assert written("table", ("value",), [(value,)]).splitlines()[2] == shown
    assert shown in written("markdown", ("value",), [(value,)])


def test_ids_are_short_in_a_table() -> None:
    """Docker prints IDs so; text stays whole, and so do the IDs in the formats for programs."""
    digest, text = f"sha256:{'a' * 64}", "RUN " + "x" * 100
    columns, rows = ("image_id", "created_by"), [(digest, text)]
    assert written("table", columns, rows).splitlines()[2] == f"{'a' * 12}  {text}"
    assert digest in written("table", columns, rows, whole=True)
    for style in set(FORMATS) - {"table"}:
        assert digest in written(style, columns, rows)
        assert text in written(style, columns, rows)


def test_several_ids_in_one_cell() -> None:
    """Each ID is cut short, and a reference by digest is not, as it would mean nothing."""
    first, second = f"sha256:{'a' * 64}", "b" * 64
    rows = [(f"{first} {second}",), (f"app@{first}",)]
    lines = written("table", ("ids",), rows).splitlines()
    assert lines[2:] == [f"{'a' * 12} {'b' * 12}", f"app@{first}"]


@given(_rows)
def test_what_programs_read_is_what_was_written(rows: list[tuple[Any, ...]]) -> None:
    """JSON and CSV give back every value, whatever it holds."""
    columns = ("a", "b")
    as_dicts = [dict(zip(columns, row, strict=True)) for row in rows]
    assert json.loads(written("json", columns, rows)) == as_dicts
    lines = written("ndjson", columns, rows).split("\n")[:-1]
    assert [json.loads(line) for line in lines] == as_dicts
    for style, dialect in (("csv", "excel"), ("tsv", "excel-tab")):
        source = io.StringIO(written(style, columns, rows), newline="")
        texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
        assert list(csv.reader(source, dialect)) == [list(columns), *texts]


@given(_rows)
def test_a_row_is_a_line(rows: list[tuple[Any, ...]]) -> None:
    """No value adds a line to a table, or a line or a cell to a Markdown table."""
    columns = ("a", "b")
    assert len(written("table", columns, rows).split("\n")) == len(rows) + 3
    lines = written("markdown", columns, rows).split("\n")
    assert len(lines) == len(rows) + 3
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines[:-1]} == {3}


def test_all_formats_through_the_command(tmp_path: Path) -> None:
    """A query prints the same rows whatever the format."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base"], tag="base:1")
    sync(root.path, tmp_path / "index.db")
    for style in FORMATS:
        done = dockidx("query", "tags", "--format", style, "--db", tmp_path / "index.db")
        assert (done.code, done.err) == (0, "")
        assert image.image_id[7:19] in done.out
        assert "docker.io/library/base" in done.out


def test_a_table_in_full(tmp_path: Path) -> None:
    """With --no-trunc a table has whole IDs."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base"], tag="base:1")
    sync(root.path, tmp_path / "index.db")
    words = ["query", "tags", "--db", tmp_path / "index.db"]
    assert image.image_id not in dockidx(*words).out
    assert image.image_id in dockidx(*words, "--no-trunc").out


@pytest.mark.parametrize("style", ["json", "ndjson"])
def test_bytes_in_json(style: str) -> None:
    """They are as sqlite-utils writes them, so that they can be told from text and read back."""
    row = json.loads(written(style, ("value",), [(b"ab",)]).strip("[]\n"))
    assert row == {"value": {"$base64": True, "encoded": "YWI="}}

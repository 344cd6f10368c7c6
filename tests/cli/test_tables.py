"""Tables for people: what fits the terminal, sizes as Docker prints them, and what is chosen."""

from __future__ import annotations

import os
import pty
import struct
import subprocess
import termios
from fcntl import ioctl
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.cli.printing.cells import human_size, shortened, width
from indexer.cli.printing.table import TableStyle, table_lines
from tests.cli.commands import PROGRAM, dockidx, sync
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An index of two images and a volume that nobody measured, and the ID of one image."""
    folder = tmp_path_factory.mktemp("tables")
    root = RootBuilder(folder / "docker")
    image = root.image([b"base", b"more"], tag="base:1")
    root.image([b"other"], tag="a-repository-with-quite-a-long-name/and-a-second-part:latest")
    root.volume("data")
    sync(root.path, folder / "index.db")
    return folder / "index.db", image.image_id


@pytest.fixture(scope="module")
def index(made: tuple[Path, str]) -> Path:
    """The index, which is only read."""
    return made[0]


def lines(*words: str | Path) -> list[str]:
    """What a command prints."""
    done = dockidx(*words)
    assert done.code == 0, done.err
    return done.out.splitlines()


def on_a_terminal(columns: int, *words: str | Path) -> tuple[list[str], str]:
    """What a command prints where standard output is a terminal, and on standard error."""
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [*PROGRAM, *map(str, words)]
    process = subprocess.Popen(command, stdout=follower, stderr=subprocess.PIPE, env=env)
    os.close(follower)
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(leader)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return b"".join(parts).decode().replace("\r\n", "\n").splitlines(), errors.decode()


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0B"),
        (999, "999B"),
        (1000, "1kB"),
        (1234567, "1.235MB"),
        (999_999, "1000kB"),
        (5_067_000, "5.067MB"),
        (10**10, "10GB"),
        (2**63 - 1, "9.223EB"),
        (-1500, "-1.5kB"),
    ],
)
def test_a_size_as_docker_prints_it(size: int, shown: str) -> None:
    """Four digits, and units of a thousand."""
    assert human_size(size) == shown


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc…fg"),
        ("abcdefg", 1, "…"),
        ("日本語日本語", 7, "日…語"),
    ],
)
def test_the_middle_is_left_out(text: str, most: int, shown: str) -> None:
    """The beginning and the end say most; a wide character takes two columns."""
    assert shortened(text, most) == shown


_cells = st.none() | st.integers(-(2**40), 2**40) | st.text(max_size=60)


@given(st.lists(st.tuples(*[_cells] * 4), max_size=4), st.integers(45, 200))
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[Any, ...]], most: int) -> None:
    """Columns that have no room are left out, and the first one is always there."""
    columns = ("host", "image_id", "tags", "size_bytes")
    shown, left_out = table_lines(columns, rows, TableStyle(width=most))
    assert max(map(width, shown)) <= most
    assert len(shown) == len(rows) + 2
    assert [it for it in columns if it not in left_out] == shown[0].split()
    assert "host" in shown[0]


@given(st.lists(st.tuples(*[_cells] * 4), max_size=4))
def test_a_table_without_a_terminal_has_all(rows: list[tuple[Any, ...]]) -> None:
    """A table in a pipe leaves out no column."""
    columns = ("host", "image_id", "tags", "size_bytes")
    assert table_lines(columns, rows, TableStyle())[0][0].split() == list(columns)


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_table_fits_the_terminal(index: Path, columns: int) -> None:
    """It says which columns did not fit, and the size is one of those that do."""
    shown, told = on_a_terminal(columns, "query", "images", "--db", index)
    assert max(map(width, shown)) <= columns
    names = shown[0].split()
    assert {"host", "image_id", "tags", "size_bytes"} <= set(names)
    left_out = told.removeprefix("Not shown for lack of room: ").partition(". ")[0].split(", ")
    every = lines("query", "images", "--db", index)[0].split()
    assert sorted([*names, *left_out]) == sorted(every)


def test_chosen_columns_are_all_shown(index: Path) -> None:
    """Whoever names columns gets them on a terminal of any width, in their order."""
    words = ("query", "images", "--columns", "tags,digests,created_at,image_id", "--db", index)
    shown, told = on_a_terminal(60, *words)
    assert shown[0].split() == ["tags", "digests", "created_at", "image_id"]
    assert told == ""


def test_a_terminal_with_no_trunc(made: tuple[Path, str]) -> None:
    """Every column is there, with whole IDs."""
    index, image_id = made
    shown, told = on_a_terminal(60, "query", "tags", "--no-trunc", "--db", index)
    assert shown == lines("query", "tags", "--no-trunc", "--db", index)
    assert image_id in "\n".join(shown)
    assert told == ""


def test_sizes_as_numbers(index: Path) -> None:
    """`--bytes` has the number, and so have the formats for programs."""
    words = ("query", "images", "--columns", "size_bytes", "--db", index)
    shown = lines(*words)[2:]
    numbers = [line.strip() for line in lines(*words, "--bytes")[2:]]
    assert numbers == lines(*words, "--format", "csv")[1:]
    assert [line.strip() for line in shown] == [human_size(int(number)) for number in numbers]


@pytest.mark.parametrize("style", ["csv", "tsv", "json", "ndjson", "markdown", "table"])
def test_columns_in_every_format(index: Path, style: str) -> None:
    """The columns are those that were chosen, in that order."""
    words = ("--columns", "tag, host", "--format", style, "--db", index)
    text = "\n".join(lines("query", "tags", *words))
    assert text.index("tag") < text.index("host")
    assert "repository" not in text.replace("a-repository", "")


def test_a_column_that_is_not_there(index: Path, tmp_path: Path) -> None:
    """The error says which there are, and no file is made."""
    path = tmp_path / "out.csv"
    done = dockidx("query", "tags", "--columns", "bogus", "-o", path, "--db", index)
    assert (done.code, done.out) == (2, "")
    assert "there is no column 'bogus'; there are host, repository, tag, " in done.err
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("images", "image_id"),
        ("volumes", "name"),
        ("tags", "image_id"),
        ("directories", "directory"),
    ],
)
def test_ids_alone(index: Path, name: str, column: str) -> None:
    """`-q` prints the first ID of each row, as Docker does, without headers."""
    words = ("query", name, "--db", index)
    assert lines(*words, "-q") == [it.strip() for it in lines(*words, "--columns", column)[2:]]
    whole = lines(*words, "--columns", column, "--format", "csv")[1:]
    assert lines(*words, "-q", "--no-trunc") == whole


@pytest.mark.parametrize("style", ["table", "csv", "tsv", "markdown"])
def test_no_headers(index: Path, style: str) -> None:
    """The rows alone are left."""
    words = ("query", "tags", "--format", style, "--db", index)
    above = 1 if style in ("csv", "tsv") else 2
    rows = [line.split() for line in lines(*words)[above:]]
    assert [line.split() for line in lines(*words, "--no-headers")] == rows
    assert len(rows) == 2


def test_quiet_and_columns(index: Path) -> None:
    """Both choose columns, so they do not go together."""
    done = dockidx("query", "tags", "-q", "--columns", "tag", "--db", index)
    assert (done.code, done.out) == (2, "")
    assert "Give --columns or -q, not both" in done.err


def test_what_was_not_measured_is_said_below_the_table(index: Path) -> None:
    """Standard error names the command that fills the empty cells; rows for programs have none."""
    table = dockidx("query", "volumes", "--db", index)
    assert table.err == (
        "Empty cells in size_bytes were not measured or could not be read; "
        "`dockidx sync --du` measures them.\n"
    )
    assert dockidx("query", "volumes", "--format", "csv", "--db", index).err == ""
    assert dockidx("query", "volumes", "--columns", "name", "--db", index).err == ""


def test_nothing_is_said_where_all_was_measured(tmp_path: Path) -> None:
    """After `sync --du` no cell of the volumes is empty."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"base"])
    root.volume("data")
    sync(root.path, tmp_path / "index.db", "--du")
    assert dockidx("query", "volumes", "--db", tmp_path / "index.db").err == ""

"""A file that is no index we can use is named in one sentence and left as it is, byte for byte."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.rootbuilder import RootBuilder
from tests.schema.command import dockidx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.schema.sample import Sample

READING: Final = ("query images --db {index}", "changes --db {index}")
WRITING: Final = (
    "sync --root {root} --db {index}",
    "merge --into {index} {other}",
)
MERGING_FROM: Final = "merge --into {fleet} {index}"

FOREIGN: Final = "is a SQLite database of another program; name another file with --db."
DAMAGED: Final = "is not an index or is damaged; move it away and run `dockidx sync` again."
NEWER: Final = "was made by a newer dockidx (schema 9999); update dockidx."


class Place(NamedTuple):
    """A folder of its own for the file, and what commands need beside."""

    index: Path
    words: dict[str, object]

    def run(self, command: str) -> tuple[int, str]:
        """Run `command`; its exit code and what it said."""
        result = dockidx(*(word.format(**self.words) for word in command.split()))
        assert result.stdout == ""
        return result.exit_code, result.stderr


@pytest.fixture
def place(sample: Sample, tmp_path: Path) -> Place:
    """Where the file under test is to lie, a Docker root, and a good index."""
    root = RootBuilder(tmp_path / "docker")
    (tmp_path / "alone").mkdir()
    index = tmp_path / "alone" / "index.db"
    words = {"root": root.path, "other": sample.path, "fleet": tmp_path / "fleet.db"}
    return Place(index, {"index": index, **words})


def another_program(path: Path, _: Path) -> None:
    """A SQLite database that has a table of the same name as one of ours."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE tags (id INTEGER PRIMARY KEY)")


def garbage(path: Path, _: Path) -> None:
    """Something that is no database."""
    path.write_bytes(b"no database at all\n" * 1000)


def a_note(path: Path, _: Path) -> None:
    """Less than the header of a database."""
    path.write_bytes(b"call back\n")


def cut_short(path: Path, good: Path) -> None:
    """The first pages of an index."""
    path.write_bytes(good.read_bytes()[:8192])


def of_the_future(path: Path, good: Path) -> None:
    """An index with a revision that this program has not heard of."""
    shutil.copy(good, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


UNUSABLE: Final = (
    (another_program, FOREIGN),
    (garbage, DAMAGED),
    (a_note, DAMAGED),
    (cut_short, DAMAGED),
    (of_the_future, NEWER),
)


@pytest.mark.parametrize("command", [*READING, *WRITING, MERGING_FROM])
@pytest.mark.parametrize(("make", "sentence"), UNUSABLE, ids=[m.__name__ for m, _ in UNUSABLE])
def test_an_unusable_file_is_left_alone(
    make: Callable[[Path, Path], None], sentence: str, command: str, place: Place, sample: Sample
) -> None:
    """Every command says what the file is and what to do, and changes nothing."""
    make(place.index, sample.path)
    before = place.index.read_bytes()

    answer = place.run(command)

    assert answer == (2, f"Error: {place.index} {sentence}\n")
    assert place.index.read_bytes() == before
    beside = {path.name: path.stat().st_size for path in place.index.parent.iterdir()}
    assert beside.get("index.db-wal", 0) == 0
    assert beside.keys() <= {"index.db", "index.db-wal", "index.db-shm"}


@pytest.mark.parametrize("command", READING)
def test_an_empty_file_is_no_index_yet(command: str, place: Place) -> None:
    """A query asks for a sync first and leaves the file empty."""
    place.index.touch()

    exit_code, sentence = place.run(command)

    assert exit_code == 2
    assert sentence.startswith(f"Error: {place.index} ")
    assert "run `dockidx sync`" in sentence
    assert place.index.read_bytes() == b""


@pytest.mark.parametrize("command", WRITING)
def test_an_empty_file_becomes_an_index(command: str, place: Place) -> None:
    """A sync and a merge fill it."""
    place.index.touch()

    exit_code, _ = place.run(command)

    assert exit_code == 0
    assert dockidx("query", "host-summary", "--db", place.index).exit_code == 0

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

FOREIGN: Final = "is a SQLite database of another program; name another file{option}."
DAMAGED: Final = "is not an index or is damaged; move it away and run `dockidx sync` again."
DEVELOPMENT: Final = "was made by a development version of dockidx; sync into a new file."
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


def of_development(path: Path, good: Path) -> None:
    """An index with a revision from before the first that is kept."""
    shutil.copy(good, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")


def option_of(command: str) -> str:
    """How `command` was given the file, to be put after "name another file"."""
    for option in ("--db", "--into"):
        if f"{option} {{index}}" in command:
            return f" with {option}"
    return ""


UNUSABLE: Final = (
    (another_program, FOREIGN),
    (garbage, DAMAGED),
    (a_note, DAMAGED),
    (cut_short, DAMAGED),
    (of_the_future, NEWER),
    (of_development, DEVELOPMENT),
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

    reason = sentence.replace("{option}", option_of(command))
    assert answer == (2, f"Error: {place.index} {reason}\n")
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


EVERY: Final = (*READING, "check --db {index}", "serve {index}", *WRITING, MERGING_FROM)


@pytest.mark.parametrize("command", EVERY)
@pytest.mark.parametrize("kind", ["a folder", "no regular file"])
def test_what_is_no_file_is_named(kind: str, command: str, place: Place) -> None:
    """A folder, with a slash at its end or without, and a device are left as they are."""
    place.index.mkdir()
    path = f"{place.index}/" if kind == "a folder" else "/dev/null"

    answer = place._replace(words={**place.words, "index": path}).run(command)

    assert answer == (2, f"Error: {path} is {kind}; name another file{option_of(command)}.\n")
    assert list(place.index.iterdir()) == []
    assert list(place.index.parent.parent.glob("fleet.db*")) == []


@pytest.mark.parametrize("command", [*READING, "check --db {index}", "serve {index}", MERGING_FROM])
def test_no_option_is_named_that_the_command_lacks(command: str, place: Place) -> None:
    """Where there is no index, the advice is one that can be followed."""
    exit_code, sentence = place.run(command)

    advice = "give --db" if "--db" in command else "name another file"
    missing = f"There is no index at {place.index}; run `dockidx sync` or {advice}."
    assert (exit_code, sentence) == (2, f"Error: {missing}\n")


@pytest.mark.parametrize("into", ["fleet.db", "new/folders/fleet.db", "new/folder/"])
@pytest.mark.parametrize("make", [None, another_program, garbage, of_the_future])
def test_a_failed_merge_leaves_nothing(
    make: Callable[[Path, Path], None] | None, into: str, place: Place, sample: Sample
) -> None:
    """Where there was no file and no folder there is none after it, whatever was taken before."""
    if make is not None:
        make(place.index, sample.path)
    folder = place.index.parent.parent
    before = sorted(folder.iterdir())

    result = dockidx("merge", "--into", f"{folder}/{into}", sample.path, place.index)

    assert result.exit_code == 2
    assert sorted(folder.iterdir()) == before


def test_a_failed_merge_leaves_what_was_there(place: Place, sample: Sample) -> None:
    """An index is as it was, and an empty file does not go."""
    fleet = place.index.parent / "fleet.db"
    fleet.touch()
    assert dockidx("merge", "--into", fleet, place.index).exit_code == 2
    assert fleet.exists()
    assert dockidx("merge", "--into", fleet, sample.path).exit_code == 0
    before = dockidx("query", "host-summary", "--db", fleet).stdout
    assert dockidx("merge", "--into", fleet, place.index).exit_code == 2
    assert dockidx("query", "host-summary", "--db", fleet).stdout == before

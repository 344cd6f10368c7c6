"""Words on the command line that cannot be meant: empty ones, impossible times, control codes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import dockidx, program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("merge --into {empty} {index}", "--into"),
        ("merge --into {new} {empty}", "INDEX..."),
        ("sync --root {empty} --db {new}", "--root"),
        ("sync --root {root} --host {empty} --db {new}", "--host"),
        ("sync --root {root} --containerd-root {empty} --db {new}", "--containerd-root"),
        ("sync --root {root} --db {empty}", "--db"),
        ("query images --db {empty}", "--db"),
        ("check --db {empty}", "--db"),
        ("check --host {empty} --db {index}", "--host"),
        ("serve {empty}", "[INDEX]..."),
        ("serve --host {empty} {index}", "--host"),
        ("roots --system {empty}", "--system"),
    ],
)
def test_an_empty_value_is_no_default(
    root: Path, index: Path, tmp_path: Path, words: str, option: str
) -> None:
    """A variable that is not set stands for no file, folder or host, and nothing is written."""
    names = {"empty": "", "index": index, "root": root, "new": tmp_path / "new.db"}
    default = tmp_path / "default.db"

    done = dockidx(
        *(word.format(**names) for word in words.split()), env={"DOCKIDX_DB": str(default)}
    )

    assert (done.code, done.out) == (2, "")
    assert f"Error: Invalid value for '{option}': it is empty; a value is needed." in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["merge", "--into", "postgresql://host/name", "index.db"], "--into"),
        (["merge", "--into", "index.db", "postgresql://host/name"], "INDEX"),
        (["serve", "postgresql://host/name"], "INDEX"),
        (["query", "images", "--db", "postgresql://host/name"], "--db"),
    ],
)
def test_a_server_is_no_file(words: list[str], option: str) -> None:
    """The sentence names the option that it was given with."""
    done = dockidx(*words)
    assert done.code == 2
    assert f"postgresql://host/name is a server; {option} takes a file so far." in done.err


@pytest.mark.parametrize("host", ["a\nb", "a\x1b[31mb", "a\x7f", "a\u202eb", "\n"])
def test_a_host_without_control_characters(root: Path, tmp_path: Path, host: str) -> None:
    """What would break a line or a terminal is no name of a machine."""
    done = dockidx("sync", "--root", root, "--host", host, "--db", tmp_path / "new.db")
    assert (done.code, done.out) == (2, "")
    assert "has a control character; give a name without." in done.err
    assert host.strip("ab") not in done.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


IMPOSSIBLE = ("2026-13-01", "2026-02-30", "2026-00", "2026-11-29T99:99", "0000-01-01", "9" * 5000)


@pytest.mark.parametrize("when", IMPOSSIBLE)
def test_a_time_that_there_is_not(index: Path, when: str) -> None:
    """No month is the thirteenth, and no day has a hundred hours."""
    for words in (["changes", "--since", when], ["diff", when, "0m"], ["diff", "7d", when]):
        done = dockidx(*words, "--db", index)
        assert (done.code, done.out) == (2, "")
        assert when in done.err.splitlines()[-1]
        assert "itself failed" not in done.err


@pytest.mark.parametrize("since", ["9" * 5000 + "d", "0" * 5000 + "7d", "2024-02-29T23:59:59.5Z"])
def test_a_time_that_there_is(index: Path, since: str) -> None:
    """However many digits an age has."""
    done = dockidx("changes", "--since", since, "--db", index, "--format", "json")
    assert (done.code, done.out, done.err) == (0, "[]\n", "")


STRAY = os.fsdecode(b"a\xff")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["trace", STRAY], 1),
        (["query", "image-layers", "-p", f"image={STRAY}"], 1),
        (["sql", f"SELECT '{STRAY}' AS name"], 0),
        (["query", STRAY], 2),
        (["check", "--host", STRAY], 2),
        (["changes", "--since", STRAY], 2),
        (["diff", STRAY, "host-a"], 2),
    ],
)
def test_arguments_that_are_not_utf8(index: Path, words: list[str], code: int) -> None:
    """They mean what the index writes for such bytes, or nothing; either is said properly."""
    done = program(*words, "--db", index)
    assert done.code == code, done.err
    assert "itself failed" not in done.err
    if words[0] == "sql":
        assert done.out.splitlines()[-1] == "a\\xff"
    if words[0] == "trace":
        assert done.err.startswith("Nothing in the index goes by 'a\\xff'; ")


@pytest.mark.parametrize(
    ("wanted", "advice"),
    [
        ("7", "the beginning of an ID needs four digits."),
        ("sha256:abc", "the beginning of an ID needs four digits."),
        ("zzz", "give an ID, its beginning of four digits or more, a name, or a path."),
        ("ffffff", "give an ID, its beginning of four digits or more, a name, or a path."),
    ],
)
def test_what_trace_does_not_find(index: Path, wanted: str, advice: str) -> None:
    """It is said what can be given."""
    done = dockidx("trace", wanted, "--db", index)
    sentence = f"Nothing in the index goes by '{wanted}'; {advice}\n"
    assert (done.code, done.out, done.err) == (1, "", sentence)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM hosts", "Give a statement that only reads, like SELECT (SQLite says: "),
        ("ATTACH 'x.db' AS x", "Give a statement that only reads, like SELECT (SQLite says: "),
        ("SELECT 1; SELECT 2", "Give one statement that reads, and only one (SQLite says: "),
    ],
)
def test_what_sql_takes(index: Path, statement: str, sentence: str) -> None:
    """One statement that reads, which is said in one sentence with one full stop."""
    done = dockidx("sql", statement, "--db", index)
    (said,) = [line for line in done.err.splitlines() if line.startswith("Error: ")]
    assert done.code == 2
    assert said.startswith(f"Error: {sentence}")
    assert said.endswith(").")
    assert ".)" not in said

"""Outputs that take nothing or not every character: what is said, and what is done all the same."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import PROGRAM, Outcome, program
from tests.requirements import need
from tests.sync.index_files import select

if TYPE_CHECKING:
    from pathlib import Path


def redirected(redirection: str, *arguments: str | Path, buffered: bool = True) -> Outcome:
    """Run a command by a shell that redirects its output."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    if not buffered:
        env["PYTHONUNBUFFERED"] = "1"
    words = ["sh", "-c", f'exec "$@" {redirection}', "sh", *PROGRAM, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, env=env)
    return Outcome(done.returncode, done.stdout, done.stderr)


MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "


@pytest.mark.parametrize(
    ("words", "buffered"),
    [
        (["query", "images"], True),
        (["query", "images"], False),
        (["query"], True),
        (["check"], True),
        (["trace", "base:1"], True),
        (["trace", "base:1", "--format", "json"], True),
        (["sql", f"{MANY} SELECT i FROM n", "--format", "csv"], True),
        (["sql", f"{MANY} SELECT i FROM n", "--format", "csv"], False),
    ],
)
def test_a_full_output(index: Path, words: list[str], buffered: bool) -> None:
    """One sentence says that it cannot be written, and nothing else."""
    need(os.path.exists("/dev/full"), "There is no /dev/full here.")
    done = redirected(">/dev/full", *words, "--db", index, buffered=buffered)
    reason = "No space left on device; send it elsewhere."
    assert done == (1, "", f"Error: The output cannot be written: {reason}\n")


@pytest.mark.parametrize("words", [["query", "images"], ["trace", "base:1"]])
def test_a_closed_output(index: Path, words: list[str]) -> None:
    """There is nowhere to write, which is no failure of the program."""
    done = redirected(">&-", *words, "--db", index)
    sentence = "Error: The output cannot be written: it is closed; send it elsewhere.\n"
    assert done == (1, "", sentence)


@pytest.mark.parametrize("redirection", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_sync_that_can_say_nothing(root: Path, tmp_path: Path, redirection: str) -> None:
    """It writes the index all the same."""
    index = tmp_path / "index.db"
    done = redirected(redirection, "sync", "--root", root, "--host", "host-a", "--db", index)
    assert done == (0, "", "")
    assert select(index, "SELECT host FROM hosts") == [("host-a",)]


def test_wrong_usage_that_cannot_be_said() -> None:
    """The exit code is the same."""
    assert redirected("2>&-", "bogus") == (2, "", "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_characters_that_the_output_does_not_take(index: Path, encoding: str) -> None:
    """They are written as their codes, and JSON stays JSON."""
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    words = ["sql", "SELECT '→' AS arrow", "--db", index]
    assert program(*words, env=env).out.splitlines()[-1] == "\\u2192"
    for style in ("json", "ndjson"):
        done = program(*words, "--format", style, env=env)
        assert done.out.isascii()
        assert json.loads(done.out) in ([{"arrow": "→"}], {"arrow": "→"})

"""Pipes and terminals: what is shown where, and a reader that goes away early."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import PROGRAM, dockidx, program, sync
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> RootBuilder:
    """A root with enough images for a progress bar to move."""
    built = RootBuilder(tmp_path_factory.mktemp("terminal") / "docker")
    with built.one_save():
        for number in range(40):
            built.image([b"%d" % number], tag=f"app:{number}")
    return built


@pytest.fixture(scope="module")
def index(root: RootBuilder) -> Path:
    """An index of the root, which is only read."""
    path = root.path.parent / "index.db"
    sync(root.path, path)
    return path


def piped_into(reader: str, *arguments: str | Path) -> tuple[str, str, int]:
    """What a shell command reads of a command's output, the command's errors, and its code."""
    words = [*PROGRAM, *map(str, arguments)]
    writer = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    read = subprocess.run(
        ["sh", "-c", reader], stdin=writer.stdout, capture_output=True, text=True, check=False
    )
    writer.stdout.close()
    _, errors = writer.communicate(timeout=60)
    return read.stdout, errors, writer.returncode


MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "


@pytest.mark.parametrize("style", ["table", "csv", "ndjson"])
def test_a_reader_that_has_seen_enough(index: Path, style: str) -> None:
    """After `head` has gone there is no word of it and no failure."""
    words = ["sql", f"{MANY} SELECT i AS number FROM n", "--format", style, "--db", index]
    out, errors, code = piped_into("head -1", *words)
    assert out
    assert (errors, code) == ("", 0)


@pytest.mark.parametrize("words", [["query"], ["query", "tags"], ["sql", "SELECT 1"]])
def test_a_reader_that_is_gone(index: Path, words: list[str]) -> None:
    """Output so short that it is written at the end only is no exception."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROGRAM, *words],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**buffered, "DOCKIDX_DB": str(index)},
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert (done.stderr, done.returncode) == (b"", 0)


def test_no_standard_output_at_all(root: RootBuilder, tmp_path: Path) -> None:
    """A sync needs none."""
    words = ["sync", "--root", str(root.path), "--db", str(tmp_path / "index.db")]
    command = ["sh", "-c", 'exec "$@" >&-', "sh", *PROGRAM, *words]
    done = subprocess.run(command, stderr=subprocess.PIPE, check=False, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].startswith("Indexed ")


def on_a_terminal(*arguments: str | Path) -> str:
    """What a command writes where standard error is a terminal."""
    leader, follower = pty.openpty()
    done = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=follower
    )
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
    assert done.wait(timeout=60) == 0
    return b"".join(parts).decode()


def test_progress_on_a_terminal(root: RootBuilder, tmp_path: Path) -> None:
    """A bar moves to its end, and the summary stands below it."""
    words = ["sync", "--root", root.path, "--db", tmp_path / "index.db", "--host", "host-a"]
    shown = on_a_terminal(*words)
    assert "Reading" in shown
    assert "100%" in shown
    assert shown.rstrip().splitlines()[-1].startswith("Indexed host-a into")
    assert "\r" in shown


def test_progress_of_a_deep_check(root: RootBuilder, tmp_path: Path) -> None:
    """Reading all contents takes long, so it shows how far it is."""
    sync(root.path, tmp_path / "index.db")
    shown = on_a_terminal("check", "--deep", "--db", tmp_path / "index.db")
    assert str(root.path) in shown
    assert "100%" in shown


def test_what_is_done_is_logged_where_it_is_asked_for(root: RootBuilder, tmp_path: Path) -> None:
    """Each -v says more: the roots and the passes over them, then what is done in a pass."""
    words = ["sync", "--root", root.path, "--db", tmp_path / "index.db", "--host", "host-a"]

    silent, some, more = (program(*it, *words) for it in ([], ["-v"], ["-vv"]))

    assert (silent.out, some.out, more.out) == ("", "", "")
    assert "Pass 1" not in silent.err
    for text in (f"Opened {root.path}", "Pass 1: ", "Committed "):
        assert text in some.err
        assert text in more.err
    assert "Tables written: " not in some.err
    assert "Tables written: " in more.err


def test_silence_in_a_pipe(root: RootBuilder, tmp_path: Path) -> None:
    """Without a terminal there is the summary and no bar."""
    done = sync(root.path, tmp_path / "index.db")
    assert done.out == ""
    assert len(done.err.splitlines()) == 2
    assert not {"\r", "\x1b", "%", "Reading"} & set(done.err.split())
    assert "Reading" not in done.err


def test_the_summary_as_an_object(root: RootBuilder, tmp_path: Path) -> None:
    """With --json standard output has one object and standard error is silent."""
    done = sync(root.path, tmp_path / "index.db", "--json")
    assert done.err == ""
    summary = json.loads(done.out)
    assert summary["host"] == "host-a"
    assert summary["index"] == str(tmp_path / "index.db")
    assert isinstance(summary["seconds"], float)
    (of_root,) = summary["roots"]
    assert of_root["path"] == str(root.path)
    assert of_root["stores"] == ["overlay2"]
    assert of_root["containerd"] is None
    assert (of_root["images"], of_root["layers"], of_root["changes"]) == (40, 40, 0)


def test_data_and_words_are_kept_apart(index: Path) -> None:
    """Rows go to standard output alone, errors to standard error alone."""
    good = dockidx("query", "images", "--db", index)
    bad = dockidx("query", "bogus", "--db", index)
    assert good.out
    assert not good.err
    assert bad.err
    assert not bad.out

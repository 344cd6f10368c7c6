"""What is wrong before anything is read: the place of the index, its SQLite, the kind of a root."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from indexer.index import location
from tests.cli.commands import dockidx, sync

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", ["query", "sql", "trace", "check", "changes", "sync", "merge"])
def test_a_sqlite_that_is_too_old(
    index: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Its version is named, and the index is not called damaged, nor a new one made."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    new = tmp_path / "new.db"
    words: dict[str, list[str | Path]] = {
        "query": ["query", "images", "--db", index],
        "sql": ["sql", "SELECT 1", "--db", index],
        "trace": ["trace", "base:1", "--db", index],
        "check": ["check", "--db", index],
        "changes": ["changes", "--db", index],
        "sync": ["sync", "--root", root, "--db", new],
        "merge": ["merge", "--into", new, index],
    }
    done = dockidx(*words[command])
    assert (done.code, done.out) == (2, "")
    assert "has SQLite 3.34.1, but dockidx needs 3.37.0 or newer; run it with" in done.err
    assert not new.exists()


def test_the_oldest_sqlite(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that has STRICT tables is new enough."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 0))
    assert dockidx("query", "images", "--db", index).code == 0


def test_an_index_at_the_other_place(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has no index is told of the one at another default place, and only where there is one."""
    monkeypatch.setattr(location, "_SYSTEM", str(tmp_path / "system.db"))
    words = ["query", "images", "--db", tmp_path / "missing.db"]
    assert dockidx(*words).err.endswith("run `dockidx sync` or give --db.\n")
    (tmp_path / "system.db").write_bytes(index.read_bytes())
    assert dockidx(*words).err.endswith(f"or give --db. There is one at {tmp_path}/system.db.\n")


def test_the_index_of_a_user_who_became_root(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With sudo the place of the user is named."""
    place = tmp_path / "dockidx" / "index.db"
    place.parent.mkdir()
    place.write_bytes(index.read_bytes())
    monkeypatch.setattr(location, "_SYSTEM", str(tmp_path / "system.db"))
    done = dockidx("check", env={"DOCKIDX_DB": "", "XDG_DATA_HOME": str(tmp_path)})
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"There is one at {place}.\n")


def test_a_place_that_only_root_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may not be looked up may be there, as after `sudo dockidx sync`."""
    real = os.stat

    def denied(path: str, **options: Any) -> os.stat_result:
        if path == "/closed/index.db":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, **options)

    monkeypatch.setattr(location, "_SYSTEM", "/closed/index.db")
    monkeypatch.setattr(location.os, "stat", denied)
    done = dockidx("query", "images", "--db", tmp_path / "missing.db")
    assert done.code == 2
    assert "There may be one at /closed/index.db, which only root can read: run with" in done.err


@pytest.mark.parametrize("name", ["docker.tar", "docker.tar.gz"])
def test_a_root_that_is_an_archive(tmp_path: Path, name: str) -> None:
    """It is said to be a file, and what to do with it."""
    archive = tmp_path / name
    archive.write_bytes(b"x")
    done = sync(archive, tmp_path / "index.db")
    assert done.code == 3
    assert f"{archive} is a file, not a folder; unpack it where it is an archive" in done.err
    assert not (tmp_path / "index.db").exists()
    done = dockidx("roots", "--system", archive)
    assert done.code == 2
    assert f"{archive} is a file, not a folder; unpack it" in done.err


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["qury"], "'query'"),
        (["query", "image-layer"], "image-layers"),
        (["query", "voluems"], "volumes"),
    ],
)
def test_a_word_that_is_nearly_right(words: list[str], meant: str) -> None:
    """The command or query that was probably meant is named."""
    done = dockidx(*words)
    assert (done.code, done.out) == (2, "")
    assert "did you mean" in done.err.lower()
    assert meant in done.err


@pytest.mark.parametrize("style", ["json", "ndjson", "csv", "tsv", "markdown", "table"])
def test_columns_of_one_name(index: Path, style: str) -> None:
    """None is lost, and none takes the name of another."""
    statement = "SELECT 1 AS id, 2 AS id, 3 AS id_2, 4 AS id"
    done = dockidx("sql", statement, "--format", style, "--db", index)
    assert done.code == 0
    for name in ("id", "id_3", "id_2", "id_4"):
        assert name in done.out
    if style == "json":
        assert done.out == '[{"id": 1, "id_3": 2, "id_2": 3, "id_4": 4}]\n'


def test_the_ends_of_lines(index: Path) -> None:
    """TSV has those of Unix, whose tools read it."""
    done = dockidx("sql", "SELECT 1 AS a, 2 AS b", "--format", "tsv", "--db", index)
    assert done.out == "a\tb\n1\t2\n"

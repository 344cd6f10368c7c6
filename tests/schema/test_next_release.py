"""An index outlives the release that made it: what the next one does to it, and what this says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from indexer.schema import TABLES
from indexer.schema.views import VIEWS
from tests.rootbuilder import RootBuilder
from tests.schema.command import dockidx
from tests.schema.next_release import NEXT, REBUILD, NextRelease

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.schema.columns import Table

OLDER = "was made by an older dockidx; run `dockidx sync` once to bring it up to date."


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> NextRelease:
    """The next release, whose migration builds a table anew."""
    return NextRelease(tmp_path_factory.mktemp("next"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A Docker root without anything in it."""
    return RootBuilder(tmp_path / "docker").path


def columns(table: Table) -> str:
    """The columns of `table` that this release knows, as SQL."""
    return ", ".join(f'"{name}"' for name in table.names)


def rows(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """All rows of the tables and columns that this release knows."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {
            table.name: set(connection.execute(f"SELECT {columns(table)} FROM {table.name}"))
            for table in TABLES
        }


def test_an_older_index_is_not_read(release: NextRelease, index: Path) -> None:
    """A query says that a sync will do, and changes nothing itself."""
    before = index.read_bytes()

    done = release.dockidx("query", "images", "--db", index)

    assert (done.returncode, done.stderr) == (2, f"Error: {index} {OLDER}\n")
    assert index.read_bytes() == before


def test_a_sync_brings_an_older_index_up(release: NextRelease, index: Path, root: Path) -> None:
    """No row is lost, though a table others refer to was built anew, and the file stays private."""
    index.chmod(0o600)
    before = rows(index)

    done = release.dockidx("sync", "--root", root, "--host", "web-3", "--db", index)

    assert done.returncode == 0, done.stderr
    after = rows(index)
    assert {
        name: found - after[name] for name, found in before.items() if found - after[name]
    } == {}
    with closing(sqlite3.connect(index)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for view in VIEWS:
            connection.execute(f"SELECT * FROM {view} LIMIT 1")
    assert version == int(NEXT)
    assert index.stat().st_mode & 0o777 == 0o600


def test_an_index_of_the_next_release_is_not_read(
    release: NextRelease, index: Path, root: Path
) -> None:
    """This release asks to be updated, whether it is to read or to write, and changes nothing."""
    release.dockidx("sync", "--root", root, "--host", "web-3", "--db", index)
    before = index.read_bytes()

    for words in (["query", "images"], ["sync", "--root", root]):
        result = dockidx(*words, "--db", index)

        sentence = f"{index} was made by a newer dockidx (schema {NEXT}); update dockidx."
        assert (result.exit_code, result.stderr) == (2, f"Error: {sentence}\n")
        assert index.read_bytes() == before


def test_an_older_index_is_merged_as_it_is(
    release: NextRelease, index: Path, tmp_path: Path
) -> None:
    """The next release joins it into a fleet by way of a copy."""
    before = index.read_bytes()

    done = release.dockidx("merge", "--into", tmp_path / "fleet.db", index)

    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "fleet.db")["tags"] == rows(index)["tags"]
    assert index.read_bytes() == before


def test_a_migration_that_fails_leaves_the_index_as_it_was(
    tmp_path: Path, index: Path, root: Path
) -> None:
    """Neither the tables nor the views nor the revision are half changed."""
    release = NextRelease(tmp_path / "next", f'{REBUILD}    raise RuntimeError("power is out")\n')
    with closing(sqlite3.connect(index)) as connection:
        before = list(connection.iterdump())

    done = release.dockidx("sync", "--root", root, "--db", index)

    assert done.returncode == 1
    assert "power is out" in done.stderr
    with closing(sqlite3.connect(index)) as connection:
        assert list(connection.iterdump()) == before
    assert dockidx("query", "images", "--db", index).exit_code == 0

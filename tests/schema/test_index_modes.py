"""An index can hold secrets: nobody but its owner can read it, or what SQLite puts beside it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from indexer.index.sqlite_file import writing_connection
from tests.rootbuilder import RootBuilder
from tests.schema.command import dockidx_done
from tests.schema.revisions import make_index, new_index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=["umask-000", "umask-022", "umask-077"])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """A umask that the test runs under."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The permission bits of every file in `folder`."""
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir() if path.is_file()}


@pytest.mark.usefixtures("_umask")
def test_a_synced_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else can read the file, and the folder made for it lets nobody in."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"files"], tag="app:1")

    dockidx_done("sync", "--root", root.path, "--db", tmp_path / "new" / "index.db")

    assert modes(tmp_path / "new") == {"index.db": 0o600}
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("_umask")
def test_a_merged_file_is_for_its_owner_alone(index: Path, tmp_path: Path) -> None:
    """A fleet's index is as private as those it is made of."""
    index.chmod(0o644)

    dockidx_done("merge", "--into", tmp_path / "new" / "fleet.db", index)

    assert modes(tmp_path / "new") == {"fleet.db": 0o600}


@pytest.mark.usefixtures("_umask")
def test_a_migrated_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A migration leaves the mode as it was."""
    make_index(tmp_path / "index.db", create=False)

    assert modes(tmp_path) == {"index.db": 0o600}


@pytest.mark.usefixtures("_umask")
def test_the_log_beside_the_file_is_for_its_owner_alone(index: Path) -> None:
    """What a running transaction writes is no easier to read than the file itself."""
    with writing_connection(str(index)) as connection, connection.transaction():
        connection.run("UPDATE hosts SET machine = 'x'")
        found = modes(index.parent)

    assert found == {"index.db": 0o600, "index.db-wal": 0o600, "index.db-shm": 0o600}


@pytest.mark.usefixtures("_umask")
def test_the_journal_of_a_first_sync_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Where nothing was synced yet, pages are written once and not to a log before."""
    with new_index(tmp_path / "index.db", create=True) as connection, connection.transaction():
        connection.run("INSERT INTO hosts VALUES ('a', NULL, '2026')")
        found = modes(tmp_path)

    assert found == {"index.db": 0o600, "index.db-journal": 0o600}

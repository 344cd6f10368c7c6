"""What indexes can be merged: old ones, read-only ones, odd ones; and which are refused."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from indexer.fleet.errors import MergeConflictError
from indexer.index.errors import IndexFileError, IndexVersionError
from tests.cli.commands import as_nobody, dockidx, program
from tests.fleet.hosts import Host, fleet, merged
from tests.readers.host.fake_system import NOBODY
from tests.sync.index_files import assert_sound, change, contents, select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host that was synced once."""
    (first, *_) = fleet(tmp_path)
    return first


def columns_of(index: Path, table: str) -> list[str]:
    """The columns that a table has in this very file."""
    return [row[1] for row in select(index, f"PRAGMA table_info({table})")]


def test_an_empty_file_and_an_empty_index(host: Host, tmp_path: Path) -> None:
    """What holds nothing adds nothing, and is no error."""
    empty, blank, into = (tmp_path / f"{name}.db" for name in ("empty", "blank", "into"))
    empty.write_bytes(b"")
    shutil.copy(host.index, blank)
    change(blank, *(f"DELETE FROM {table}" for table in contents(blank)))
    merged(into, empty, blank, host.index)
    assert contents(into) == contents(host.index) | {"fingerprints": []}
    assert empty.read_bytes() == b""


def test_a_read_only_folder(host: Host, tmp_path: Path) -> None:
    """An index in a folder that may not be written is merged, and nothing is left beside it."""
    nobody = as_nobody()
    folder, out = tmp_path / "evidence", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    shutil.copy(host.index, folder / "alpha.db")
    (folder / "alpha.db").chmod(0o444)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_mode & 0o005 != 0o005:
            path.chmod(0o755)
    folder.chmod(0o555)
    os.chown(out, NOBODY, NOBODY)
    words = ["merge", "--into", out / "fleet.db", folder / "alpha.db"]
    done = program(*words, before=nobody, cwd="/")
    assert done.code == 0, done.err
    assert os.listdir(folder) == ["alpha.db"]
    assert select(out / "fleet.db", "SELECT COUNT(*) FROM store_images") == [(2,)]


@pytest.mark.parametrize("damage", ["page", "cut", "text"])
def test_a_damaged_source(host: Host, tmp_path: Path, damage: str) -> None:
    """It is refused by name, and the target is as it was, also what came before it."""
    into, bad = tmp_path / "fleet.db", tmp_path / "bad.db"
    merged(into, host.index)
    before = contents(into)
    shutil.copy(host.index, bad)
    with bad.open("r+b") as file:
        if damage == "page":
            file.seek(4096 * 3)
            file.write(b"\xff" * 4096 * 4)
        elif damage == "cut":
            file.truncate(bad.stat().st_size // 2)
        else:
            file.write(b"x" * 200)
    with pytest.raises(IndexFileError, match=r"bad\.db"):
        merged(into, tmp_path / "beta.db", bad)
    assert contents(into) == before
    assert_sound(into)


def test_rows_that_refer_to_nothing(host: Host, tmp_path: Path) -> None:
    """An index whose rows do not hang together spoils nothing."""
    into = tmp_path / "fleet.db"
    merged(into, tmp_path / "gamma.db")
    before = contents(into)
    change(host.index, "PRAGMA foreign_keys = OFF", "DELETE FROM layers")
    done = dockidx("merge", "--into", into, host.index)
    assert done.code == 2
    assert done.err == (
        f"Error: {host.index} is damaged and is not merged; get another copy of it.\n"
    )
    assert contents(into) == before


def test_a_newer_source_or_target(host: Host, tmp_path: Path) -> None:
    """Neither is touched."""
    into = tmp_path / "fleet.db"
    merged(into, host.index)
    before = contents(into)
    newer = tmp_path / "newer.db"
    shutil.copy(tmp_path / "beta.db", newer)
    change(newer, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(IndexVersionError, match=r"newer\.db was made by a newer dockidx"):
        merged(into, newer)
    assert contents(into) == before
    with pytest.raises(IndexVersionError, match=r"newer\.db was made by a newer dockidx"):
        merged(newer, into)


def test_two_machines_of_one_name(host: Host, tmp_path: Path) -> None:
    """They are not taken for one; the sentence says what to do, and the target stays."""
    one, other, into = (tmp_path / f"{name}.db" for name in ("one", "other", "into"))
    sync_roots(one, host.root.path, host="web", machine="a" * 16)
    sync_roots(other, host.root.path, host="web", machine="b" * 16)
    merged(into, one)
    before = contents(into)
    with pytest.raises(MergeConflictError, match="another machine that is called web too"):
        merged(into, other)
    done = dockidx("merge", "--into", into, tmp_path / "beta.db", other)
    assert done.code == 2
    assert "sync one of them again with --host and a name of its own." in done.err
    assert contents(into) == before


def test_a_machine_that_is_known_later(host: Host, tmp_path: Path) -> None:
    """An index that does not know its machine is joined with one of that name that does."""
    one, other, into = (tmp_path / f"{name}.db" for name in ("one", "other", "into"))
    sync_roots(one, host.root.path, host="web")
    sync_roots(other, host.root.path, host="web", machine="b" * 16)
    for order in ((one, other), (other, one)):
        into.unlink(missing_ok=True)
        merged(into, *order)
        assert select(into, "SELECT host, machine FROM hosts") == [("web", "b" * 16)]

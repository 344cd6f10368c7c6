"""Volumes with details that only `metadata.db` has."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.readers.encodings.bolt_writer import bolt_file
from tests.rootbuilder import RootBuilder
from tests.rootbuilder.files import go_json, replace_file
from tests.sync.index_files import problems, rows_of, select, sync_roots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLES = ("volumes", "volume_labels", "volume_options")
LABELLED = {"com.docker.volume.anonymous": ""}
DAMAGES: dict[str, Callable[[Path], object]] = {
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "a link": lambda path: path.symlink_to(path.rename(path.with_name("old.db")).name),
}


class Root:
    """A root with local volumes and a volume of a plugin, and its index."""

    def __init__(self, path: Path) -> None:
        self.index = path / "index.db"
        self.built = RootBuilder(path / "docker")
        self.built.volume("data")
        self.built.volume("scratch", {"type": "tmpfs"})
        self.built.volume("old")
        self.path = path / "docker/volumes"
        self.database = self.path / "metadata.db"
        self.describe(
            {"Name": "data", "Driver": "local", "Labels": LABELLED, "Options": {"size": "1g"}},
            {"Name": "old", "Driver": "local", "Labels": {"a": "b"}},
            {"Name": "scratch", "Driver": "local", "Options": {"type": "tmpfs"}},
            {"Name": "remote", "Driver": "nfs", "Labels": {"k": "v"}, "Options": {"o": "x"}},
        )
        self.sync()

    def describe(self, *entries: dict[str, Any]) -> None:
        """Replace `metadata.db`."""
        values = {entry["Name"].encode(): go_json(entry) for entry in entries}
        replace_file(self.database, bolt_file({b"volumes": values}))

    def sync(self) -> dict[str, list[tuple[Any, ...]]]:
        """Sync, and return all rows about volumes."""
        sync_roots(self.index, self.built.path)
        return {table: rows_of(self.index, table) for table in TABLES}


@pytest.mark.parametrize("damage", DAMAGES)
def test_rows_of_an_unreadable_database_stay(tmp_path: Path, damage: str) -> None:
    """Volumes of plugins, labels and options keep their rows if the database is unreadable."""
    root = Root(tmp_path)
    before = root.sync()
    DAMAGES[damage](root.database)
    assert root.sync() == root.sync() == before
    assert {path for _, _, path in problems(root.index)} >= {"volumes/metadata.db"}
    removed = "SELECT object_key FROM changes WHERE object_kind = 'volume' AND change <> 'added'"
    assert select(root.index, removed) == []


def test_folders_count_without_the_database(tmp_path: Path) -> None:
    """Without the database a volume and its options still appear and disappear with its folder."""
    root = Root(tmp_path)
    DAMAGES["zeros"](root.database)
    shutil.rmtree(root.path / "old")
    shutil.rmtree(root.path / "scratch")
    root.built.volume("scratch", {"type": "nfs"})
    root.built.volume("new", {"type": "tmpfs"})
    rows = root.sync()
    assert {row[1] for row in rows["volumes"]} == {"data", "new", "remote", "scratch"}
    assert {row[1] for row in rows["volume_labels"]} == {"data", "remote"}
    assert {row[1:] for row in rows["volume_options"]} == {
        ("data", "size", "1g"),
        ("new", "type", "tmpfs"),
        ("remote", "o", None),
        ("scratch", "type", "nfs"),
    }


def test_a_database_that_can_be_read_again_counts(tmp_path: Path) -> None:
    """Rows that the database no longer has are deleted, also if the file itself is gone."""
    root = Root(tmp_path)
    DAMAGES["zeros"](root.database)
    root.sync()
    root.describe({"Name": "data", "Driver": "local", "Labels": {"k": "new"}})
    rows = root.sync()
    assert {row[1] for row in rows["volumes"]} == {"data", "old", "scratch"}
    assert [row[1:] for row in rows["volume_labels"]] == [("data", "k", "new")]
    root.database.unlink()
    assert root.sync()["volume_labels"] == []

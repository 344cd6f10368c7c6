"""Every table is strict, explained, labelled, and indexed where another one is looked up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from indexer.schema import TABLES
from indexer.schema.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.schema.sample import Sample


@pytest.fixture
def connection(sample: Sample) -> Iterator[sqlite3.Connection]:
    """The sample's index, opened as any SQLite tool would."""
    with closing(sqlite3.connect(f"file:{sample.path}?mode=ro", uri=True)) as opened:
        yield opened


def test_the_named_tables_are_there(connection: sqlite3.Connection) -> None:
    """The tables that users were promised exist, and each view of ours does."""
    names = {row[1]: row[2] for row in connection.execute("PRAGMA table_list")}

    for name in ("repositories", "tags", "images", "layers", "digest_map", "mounts"):
        assert names[name] == "table"
    assert {name for name, kind in names.items() if kind == "view"} == set(VIEWS)


def test_a_table_is_strict(connection: sqlite3.Connection) -> None:
    """SQLite refuses a value of another type, and keeps rows by their natural key."""
    kinds = {
        name: (without_rowid, strict)
        for _, name, kind, _, without_rowid, strict in connection.execute("PRAGMA table_list")
        if kind == "table"
    }

    assert {table.name: kinds[table.name] for table in TABLES} == {
        table.name: (1, 1) for table in TABLES
    }


def test_a_foreign_key_can_be_followed_both_ways(connection: sqlite3.Connection) -> None:
    """An index or the primary key begins with the columns of every foreign key."""
    followed = 0
    for table in TABLES:
        indexes = index_columns(connection, table.name)
        for columns in foreign_keys(connection, table.name):
            followed += 1
            begun = [set(index[: len(columns)]) for index in indexes]
            assert columns in begun, (table.name, columns)

    assert followed > len(TABLES) // 2


def foreign_keys(connection: sqlite3.Connection, table: str) -> list[set[str]]:
    """The columns of each foreign key of a table."""
    keys: dict[int, set[str]] = {}
    for number, _, _, column, *_ in connection.execute(f"PRAGMA foreign_key_list({table})"):
        keys.setdefault(number, set()).add(column)
    return list(keys.values())


def index_columns(connection: sqlite3.Connection, table: str) -> list[list[str]]:
    """The columns of each index of a table, that of its primary key included."""
    names = [row[1] for row in connection.execute(f"PRAGMA index_list({table})")]
    query = "SELECT name FROM pragma_index_info(?)"
    return [[column for (column,) in connection.execute(query, (name,))] for name in names]


def test_a_table_is_explained() -> None:
    """The table and each of its columns has a comment."""
    for table in TABLES:
        assert table.comment, table.name
        assert [column.name for column in table.columns if not column.comment] == [], table.name


def test_a_table_names_its_label() -> None:
    """The column that names a row to people exists, and so do those to group by."""
    for table in TABLES:
        assert {table.label, *table.facets} <= set(table.names), table.name

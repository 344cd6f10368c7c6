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

    from indexer.schema.columns import Table
    from tests.schema.sample import Sample

EACH_TABLE = pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])


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


@EACH_TABLE
def test_a_table_is_strict(connection: sqlite3.Connection, table: Table) -> None:
    """SQLite refuses a value of another type, and keeps rows by their natural key."""
    without_rowid, strict = connection.execute(
        "SELECT wr, strict FROM pragma_table_list(?)", (table.name,)
    ).fetchone()

    assert (without_rowid, strict) == (1, 1)


@EACH_TABLE
def test_a_foreign_key_can_be_followed_both_ways(
    connection: sqlite3.Connection, table: Table
) -> None:
    """An index or the primary key begins with the columns of every foreign key."""
    keys: dict[int, set[str]] = {}
    for number, _, _, column, *_ in connection.execute(f"PRAGMA foreign_key_list({table.name})"):
        keys.setdefault(number, set()).add(column)
    indexes = [
        [
            column
            for (column,) in connection.execute("SELECT name FROM pragma_index_info(?)", (name,))
        ]
        for _, name, *_ in connection.execute(f"PRAGMA index_list({table.name})").fetchall()
    ]

    for columns in keys.values():
        assert any(set(index[: len(columns)]) == columns for index in indexes), columns


@EACH_TABLE
def test_a_table_is_explained(table: Table) -> None:
    """The table and each of its columns has a comment."""
    assert table.comment
    assert [column.name for column in table.columns if not column.comment] == []


@EACH_TABLE
def test_a_table_names_its_label(table: Table) -> None:
    """The column that names a row to people exists, and so do those to group by."""
    assert {table.label, *table.facets} <= set(table.names)

"""Every canned query gives the same rows on PostgreSQL as on SQLite, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.index.sqlite_file import reading_connection
from indexer.integrity.statements import statements
from indexer.queries.catalogue import catalogue, find_query
from indexer.queries.run import run_query
from indexer.schema import TABLES
from indexer.schema.views import VIEWS
from indexer.sync.disk_usage.partition import fact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.index.connection import Connection
    from indexer.queries.catalogue import Query
    from tests.postgres.conftest import Copy
    from tests.schema.sample import Sample

Answer = tuple[tuple[str, ...], list[str]]


def answer(connection: Connection, query: Query, values: Mapping[str, str]) -> Answer:
    """Columns and rows; rows as Python writes them, so that 1 is not 1.0 or Decimal(1)."""
    result = run_query(connection, query, values)
    return result.columns, [repr(row) for row in result.rows]


def questions(query: Query, sample: Sample) -> list[dict[str, str]]:
    """Parameters to ask a query with: none, blank ones, and those that say something."""
    names = [parameter.name for parameter in query.parameters]
    telling = [{name: value} for name in names for value in sample.telling(name)]
    return [{}, dict.fromkeys(names, ""), *telling]


@pytest.mark.parametrize("name", catalogue())
def test_a_query_answers_alike(copy: Copy, name: str) -> None:
    """Rows, their order and their types are equal, whatever parameters are given."""
    query = find_query(name)
    with reading_connection(str(copy.sample.path)) as ours:
        theirs = copy.database
        for values in questions(query, copy.sample):
            expected = answer(ours, query, values)
            assert expected[1] or not any(values.values()), values
            assert answer(theirs, query, values) == expected, values


def test_a_rule_judges_alike(copy: Copy) -> None:
    """Both find the same violations, in the same order."""
    with reading_connection(str(copy.sample.path)) as ours:
        root_ids = ours.column("SELECT root_id FROM roots")
        assert root_ids
        for rule in statements():
            for root_id in root_ids:
                values = {"root_id": root_id}
                expected = ours.rows(rule.sql, values)
                assert copy.database.rows(rule.sql, values) == expected, rule.rule


def test_a_view_or_table_holds_alike(copy: Copy) -> None:
    """The same rows, in no order, with the same types."""
    with reading_connection(str(copy.sample.path)) as ours:
        for name in (*VIEWS, *(it.name for it in TABLES)):
            assert rows_of(copy.database, name) == rows_of(ours, name), name


def rows_of(connection: Connection, name: str) -> list[str]:
    """The rows of a view or table, each with its columns in order of their names, sorted."""
    found = connection.dicts(f"SELECT * FROM {name}")
    return sorted(repr(sorted(row.items())) for row in found)


@pytest.mark.parametrize("name", ["measured_categories", "usage_by_category"])
def test_a_fact_is_settled_alike(copy: Copy, name: str) -> None:
    """Both come to the same rows of a fact, with types that its table takes."""
    sql = fact(name)
    with reading_connection(str(copy.sample.path)) as ours:
        for root_id in ours.column("SELECT root_id FROM roots"):
            values = {"root_id": root_id}
            expected = sorted(map(repr, ours.rows(sql, values)))
            assert expected
            assert sorted(map(repr, copy.database.rows(sql, values))) == expected

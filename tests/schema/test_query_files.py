"""The files of canned queries and views keep to one form, and any SQLite tool can run them."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from indexer.index.shipped import shipped
from indexer.integrity.statements import statements
from indexer.queries.catalogue import catalogue, find_query
from indexer.schema.views import VIEWS, view_source
from tests.schema.contract import COLUMNS, PARAMETERS

if TYPE_CHECKING:
    from tests.schema.sample import Sample

QUERIES: Final = tuple(catalogue())
SOURCES: Final = {
    **{name: (shipped("queries") / f"{name}.sql").read_text() for name in QUERIES},
    **{f"view {name}": view_source(name) for name in VIEWS},
    **{f"rule {statement.rule}": statement.sql for statement in statements()},
}
KEYWORDS: Final = (
    "ALL AND AS ASC BETWEEN BIGINT BY CASE CROSS DESC DISTINCT ELSE END EXCEPT EXISTS FIRST "
    "FOLLOWING FROM GROUP HAVING IN INTEGER INTERSECT IS JOIN LAST LEFT LIKE LIMIT "
    "MATERIALIZED NOT NULL NULLS OFFSET ON OR ORDER OVER PARTITION PRECEDING RECURSIVE ROWS "
    "SELECT TEXT THEN UNBOUNDED UNION USING VALUES WHEN WHERE WINDOW WITH"
)
ONE_DATABASE_ONLY: Final = (
    "CONCAT CONCAT_WS DATETIME GLOB GREATEST IFNULL IIF ILIKE INSTR JSON_EACH LATERAL LEAST "
    "NOW PRINTF REGEXP ROWID STRFTIME STRING_AGG STRPOS TOTAL UNNEST"
)
_COMMENT: Final = re.compile(r"--.*")
_STRING: Final = re.compile(r"'(?:[^']|'')*'")
_WORD: Final = re.compile(r"(?<![:\w.])[A-Za-z_]\w*\(?")
EACH_FILE = pytest.mark.parametrize("name", SOURCES)
EACH_QUERY = pytest.mark.parametrize("name", QUERIES)


def words(source: str) -> list[str]:
    """The words of SQL outside comments and strings, without parameters and `table.` columns."""
    return _WORD.findall(_STRING.sub("''", _COMMENT.sub("", source)))


@EACH_FILE
def test_a_head_comment_says_what_the_file_answers(name: str) -> None:
    """Title, description and parameters stand at the top, in this order and as sentences."""
    head = re.match(r"((?:--.*\n)+)(?!--)", SOURCES[name])
    assert head is not None
    lines = head[1].splitlines()

    assert re.fullmatch(r"-- title: [A-Z].*[^.]", lines[0])
    assert re.fullmatch(r"-- description: [A-Z].*", lines[1])
    rest = [line for line in lines[2:] if not line.startswith("--   ")]
    kinds = "text|integer|time|image|images|content|directory|source|host"
    assert all(re.fullmatch(rf"-- param: \w+ ({kinds}) [A-Z].*", line) for line in rest)
    for number, line in enumerate(lines[1:], start=2):
        if not lines[number : number + 1] or not lines[number].startswith("--   "):
            assert line.endswith("."), line


@EACH_FILE
def test_keywords_are_upper_case_and_names_lower_case(name: str) -> None:
    """Words of SQL and functions shout, names of ours do not."""
    for word in words(SOURCES[name]):
        is_ours = word.upper() not in KEYWORDS.split() and not word.endswith("(")
        assert word == (word.lower() if is_ours else word.upper())


@EACH_FILE
def test_a_file_is_one_text_for_both_databases(name: str) -> None:
    """No function or keyword that only one of SQLite and PostgreSQL has."""
    used = {word.upper().removesuffix("(") for word in words(SOURCES[name])}

    assert used.isdisjoint(ONE_DATABASE_ONLY.split())


@EACH_FILE
def test_a_file_is_laid_out(name: str) -> None:
    """One statement without a semicolon, and lines of at most 100 characters without tabs."""
    lines = SOURCES[name].split("\n")

    assert lines[-1] == ""
    assert all(line and line == line.rstrip() and len(line) <= 100 for line in lines[:-1])
    assert "\t" not in SOURCES[name]
    assert ";" not in _STRING.sub("''", _COMMENT.sub("", SOURCES[name]))


@EACH_QUERY
def test_parameters_are_declared(name: str) -> None:
    """The parameters in the head are those in the SQL, each of which is cast to a text.

    Where each use is cast, and not a row that has the value, names are looked up through indexes.
    """
    query = find_query(name)
    used = re.findall(r"(?<!:):(\w+)", _STRING.sub("''", _COMMENT.sub("", query.sql)))

    assert sorted(parameter.name for parameter in query.parameters) == sorted(set(used))
    for parameter in used:
        assert query.sql.count(f"CAST(:{parameter} AS TEXT)") == used.count(parameter)


@pytest.mark.parametrize("name", [name for name in QUERIES if name in PARAMETERS])
def test_a_query_takes_what_it_is_about(name: str) -> None:
    """The parameter that users were promised comes first."""
    assert find_query(name).parameters[0].name == PARAMETERS[name]


@EACH_QUERY
def test_a_query_runs_without_our_program(name: str, sample: Sample) -> None:
    """Python's sqlite3 alone runs it with named parameters, and it begins with its columns."""
    query = find_query(name)
    empty = {parameter.name: None for parameter in query.parameters}
    with closing(sqlite3.connect(f"file:{sample.path}?mode=ro", uri=True)) as connection:
        cursor = connection.execute(query.sql, empty)
        cursor.fetchall()
    columns = [column[0] for column in cursor.description]

    expected = COLUMNS[name].split(", ") if name in COLUMNS else ["host"]
    assert columns[: len(expected)] == expected
    assert len(set(columns)) == len(columns)


@EACH_QUERY
def test_a_telling_parameter_is_answered(name: str, sample: Sample) -> None:
    """Each way to say what to look for finds rows, and one that is not there finds none."""
    query = find_query(name)
    with closing(sqlite3.connect(f"file:{sample.path}?mode=ro", uri=True)) as connection:
        if not query.parameters:
            assert connection.execute(query.sql).fetchall()
        for parameter in query.parameters:
            others = {other.name: "" for other in query.parameters}
            for value in sample.telling(parameter.name):
                found = connection.execute(query.sql, {**others, parameter.name: value}).fetchall()
                assert found, value
            if parameter.type != "integer":
                nothing = {**others, parameter.name: "zz"}
                assert connection.execute(query.sql, nothing).fetchall() == []

"""The files of canned queries and views keep to one form, and any SQLite tool can run them."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

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


def words(source: str) -> list[str]:
    """The words of SQL outside comments and strings, without parameters and `table.` columns."""
    return _WORD.findall(_STRING.sub("''", _COMMENT.sub("", source)))


def opened(sample: Sample) -> closing[sqlite3.Connection]:
    """The sample, as a program that is not ours opens it."""
    return closing(sqlite3.connect(f"file:{sample.path}?mode=ro", uri=True))


def test_a_head_comment_says_what_the_file_answers() -> None:
    """Title, description and parameters stand at the top, in this order and as sentences."""
    for name, source in SOURCES.items():
        head = re.match(r"((?:--.*\n)+)(?!--)", source)
        assert head is not None, name
        lines = head[1].splitlines()
        rest = [line for line in lines[2:] if not line.startswith("--   ")]
        ends = [
            line
            for line, after in zip(lines[1:], [*lines[2:], ""], strict=True)
            if not after.startswith("--   ")
        ]

        assert re.fullmatch(r"-- title: [A-Z].*[^.]", lines[0]), name
        assert re.fullmatch(r"-- description: [A-Z].*", lines[1]), name
        kinds = "text|integer|time|image|images|content|directory|source|host"
        for line in rest:
            assert re.fullmatch(rf"-- param: \w+ ({kinds}) [A-Z].*", line), (name, line)
        assert [line for line in ends if not line.endswith(".")] == [], name


def test_keywords_are_upper_case_and_names_lower_case() -> None:
    """Words of SQL and functions shout, names of ours do not."""
    keywords = set(KEYWORDS.split())
    for name, source in SOURCES.items():
        for word in words(source):
            is_ours = word.upper() not in keywords and not word.endswith("(")
            assert word == (word.lower() if is_ours else word.upper()), name


def test_a_file_is_one_text_for_both_databases() -> None:
    """No function or keyword that only one of SQLite and PostgreSQL has."""
    for name, source in SOURCES.items():
        used = {word.upper().removesuffix("(") for word in words(source)}
        assert used & set(ONE_DATABASE_ONLY.split()) == set(), name


def test_a_file_is_laid_out() -> None:
    """One statement without a semicolon, and lines of at most 100 characters without tabs."""
    for name, source in SOURCES.items():
        lines = source.split("\n")
        assert lines[-1] == "", name
        for line in lines[:-1]:
            assert line, name
            assert line == line.rstrip(), (name, line)
            assert len(line) <= 100, (name, line)
        assert "\t" not in source, name
        assert ";" not in _STRING.sub("''", _COMMENT.sub("", source)), name


def test_parameters_are_declared() -> None:
    """The parameters in the head are those in the SQL, each of which is cast to a text.

    Where each use is cast, and not a row that has the value, names are looked up through indexes.
    """
    for name in QUERIES:
        query = find_query(name)
        used = re.findall(r"(?<!:):(\w+)", _STRING.sub("''", _COMMENT.sub("", query.sql)))

        assert sorted(parameter.name for parameter in query.parameters) == sorted(set(used)), name
        for parameter in used:
            count = query.sql.count(f"CAST(:{parameter} AS TEXT)")
            assert count == used.count(parameter), (name, parameter)


def test_a_query_takes_what_it_is_about() -> None:
    """The parameter that users were promised comes first."""
    promised = {name: PARAMETERS[name] for name in QUERIES if name in PARAMETERS}

    assert promised
    assert {name: find_query(name).parameters[0].name for name in promised} == promised


def test_a_query_runs_without_our_program(sample: Sample) -> None:
    """Python's sqlite3 alone runs it with named parameters, and it begins with its columns."""
    for name in QUERIES:
        query = find_query(name)
        empty = {parameter.name: None for parameter in query.parameters}
        with opened(sample) as connection:
            cursor = connection.execute(query.sql, empty)
            cursor.fetchall()
        columns = [column[0] for column in cursor.description]

        expected = COLUMNS[name].split(", ") if name in COLUMNS else ["host"]
        assert columns[: len(expected)] == expected, name
        assert len(set(columns)) == len(columns), name


def test_a_telling_parameter_is_answered(sample: Sample) -> None:
    """Each way to say what to look for finds rows, and one that is not there finds none."""
    for name in QUERIES:
        query = find_query(name)
        with opened(sample) as connection:
            if not query.parameters:
                assert connection.execute(query.sql).fetchall(), name
            for parameter in query.parameters:
                others = {other.name: "" for other in query.parameters}
                for value in sample.telling(parameter.name):
                    asked = {**others, parameter.name: value}
                    assert connection.execute(query.sql, asked).fetchall(), (name, asked)
                if parameter.type != "integer":
                    nothing = {**others, parameter.name: "zz"}
                    assert connection.execute(query.sql, nothing).fetchall() == [], name

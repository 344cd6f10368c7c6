"""Canned queries as their files have them: a head comment and one SELECT."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.index.shipped import shipped

if TYPE_CHECKING:
    from pathlib import Path

_FIELD: Final = re.compile(r"-- (title|description|param): (.*)")
_CONTINUED: Final = re.compile(r"--   (.*)")
_PARAMETER: Final = re.compile(
    r"(\w+) (text|integer|time|image|images|content|directory|source|host) (.*)"
)


class QueryFileError(Exception):
    """A file under `queries/` has no proper head comment; names the file."""


class UnknownQueryError(Exception):
    """There is no canned query of that name, or it has no such parameter."""


class Parameter(NamedTuple):
    """A parameter: its name, type, and what to give. Leaving it out is allowed.

    The type is `text`, `integer`, or `time`: UTC text as the index has it, or a beginning of that;
    or what it names: see `indexer.queries.names`.
    """

    name: str
    type: str
    description: str


class Query(NamedTuple):
    """A canned query: what it is called and answers, what it takes, and its SQL."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    sql: str


def catalogue() -> dict[str, Query]:
    """Every canned query by name, in order of the names. Raises `QueryFileError`."""
    return {path.stem: read_query(path) for path in sorted(shipped("queries").glob("*.sql"))}


def find_query(name: str) -> Query:
    """The query called `name`. Raises `UnknownQueryError` and `QueryFileError`."""
    path = shipped("queries") / f"{name}.sql"
    if not re.fullmatch(r"[a-z-]+", name) or not path.is_file():
        raise UnknownQueryError(f"There is no query {name!r}; {_advice(name)}.")
    return read_query(path)


def _advice(name: str) -> str:
    """What to do where no query is called `name`."""
    names = [path.stem for path in shipped("queries").glob("*.sql")]
    near = get_close_matches(name, names, n=3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}`dockidx query` without a name lists them"


def read_query(path: Path) -> Query:
    """The query in the file at `path`. Raises `QueryFileError`."""
    source = path.read_text(encoding="utf-8")
    fields = _head(source)
    parameters = [_parameter(path, value) for field, value in fields if field == "param"]
    named = {field: value for field, value in fields if field != "param"}
    if named.keys() != {"title", "description"}:
        raise QueryFileError(f"{path} lacks a title or a description in its head comment.")
    return Query(path.stem, named["title"], named["description"], tuple(parameters), source)


def _head(source: str) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in source.splitlines():
        if not line.startswith("--"):
            break
        if match := _FIELD.fullmatch(line):
            fields.append((match[1], match[2]))
        elif (match := _CONTINUED.fullmatch(line)) and fields:
            field, value = fields.pop()
            fields.append((field, f"{value} {match[1]}"))
    return fields


def _parameter(path: Path, value: str) -> Parameter:
    match = _PARAMETER.fullmatch(value)
    if match is None:
        raise QueryFileError(f"{path} has a param line without name, type and description.")
    return Parameter(match[1], match[2], match[3])

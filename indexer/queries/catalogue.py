"""Canned queries as their files have them: a head comment and one SELECT."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.errors import DockidxError
from indexer.index.shipped import shipped
from indexer.schema.sql_files import read_head, read_sql

if TYPE_CHECKING:
    from pathlib import Path

_PARAMETER: Final = re.compile(
    r"(\w+) (text|integer|time|image|images|content|directory|source|host) (.*)"
)


class QueryFileError(Exception):
    """A file under `queries/` has no proper head comment; names the file."""


class UnknownQueryError(DockidxError):
    """There is no canned query of that name, or it has no such parameter."""

    exit_code = 2


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
    source = read_sql(path)
    head = read_head(source)
    if head.title is None or head.description is None:
        raise QueryFileError(f"{path} lacks a title or a description in its head comment.")
    parameters = tuple(_parameter(path, value) for value in head.parameters)
    return Query(path.stem, head.title, head.description, parameters, source)


def _parameter(path: Path, value: str) -> Parameter:
    match = _PARAMETER.fullmatch(value)
    if match is None:
        raise QueryFileError(f"{path} has a param line without name, type and description.")
    return Parameter(match[1], match[2], match[3])

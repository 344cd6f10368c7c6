"""The integrity rules that are SQL over the index: one file each, `sql/<group>/<rule>-<slug>.sql`.

A statement takes `:root_id` and gives a row for each violation: the store (NULL for none), kind and
ID of the object, path, message, severity (NULL for that of the rule), and the name or path of what
is missing (NULL for none). The row does not count where that exists and could not be read.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer import VERSION
from indexer.schema.sql_files import sql_texts
from indexer.schema.views import VIEWS, view_source

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED: Final = re.compile(r"\b(?:FROM|JOIN) (\w+)")
_COMMENT: Final = re.compile(r"--.*")
_CACHE_TABLES: Final = frozenset({"build_snapshots", "build_records"})


class Statement(NamedTuple):
    """A rule as SQL.

    `tables` are all that it reads, directly or through views. `needed` are the tables and views
    that it cannot do without: a view reads the build cache only for what that holds besides.
    """

    rule: str
    sql: str
    tables: frozenset[str]
    needed: frozenset[str]


@cache
def statements() -> tuple[Statement, ...]:
    """All statements, in order of their rules."""
    return tuple(sorted(_read_all()))


@cache
def rules_key() -> str:
    """A hash of the version and of all statements, views and facts."""
    facts = sql_texts("schema", "facts").values()
    parts = [VERSION, *_texts().values(), *map(view_source, VIEWS), *facts]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _read_all() -> Iterator[Statement]:
    for rule, sql in _texts().items():
        direct = _named_in(sql)
        tables = _expanded(direct)
        yield Statement(rule, sql, tables, direct | (tables - _CACHE_TABLES))


@cache
def _texts() -> dict[str, str]:
    """The text of each statement by the code of its rule."""
    return {name.partition("-")[0]: text for name, text in sql_texts("integrity", "sql").items()}


def _named_in(sql: str) -> frozenset[str]:
    return frozenset(_NAMED.findall(_COMMENT.sub("", sql)))


@cache
def _expanded(names: frozenset[str]) -> frozenset[str]:
    """`names` with each view replaced by the tables that it reads."""
    views = names.intersection(VIEWS)
    if not views:
        return names
    below = frozenset().union(*(_expanded(_named_in(view_source(view))) for view in views))
    return (names - views) | below

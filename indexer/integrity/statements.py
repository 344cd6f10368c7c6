"""The integrity rules that are SQL over the index: one file each, `sql/<group>/<rule>.sql`.

A statement takes `:root_id` and gives a row for each violation: the store (NULL for none), kind and
ID of the object, path, message, severity (NULL for that of the rule), and the name of what is said
to be missing (NULL for none), which is not believed where that is there and cannot be read.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer import VERSION
from indexer.schema.views import VIEWS, view_source

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED: Final = re.compile(r"\b(?:FROM|JOIN) (\w+)")
_COMMENT: Final = re.compile(r"--.*")
_CACHE_TABLES: Final = frozenset({"build_snapshots", "build_records"})


class Statement(NamedTuple):
    """A rule as SQL.

    `tables` are all that it reads, also through views. `needed` are those, and the views, without
    which it tells nothing: a view that asks what the build cache holds can do without.
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
    """A hash of the version and of all statements, with the views that they build on."""
    parts = [VERSION, *(statement.sql for statement in statements()), *map(view_source, VIEWS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _read_all() -> Iterator[Statement]:
    for group in (importlib.resources.files("indexer.integrity") / "sql").iterdir():
        for file in group.iterdir():
            sql = file.read_text(encoding="utf-8")
            direct = _named_in(sql)
            tables = _expanded(direct)
            needed = direct | (tables - _CACHE_TABLES)
            yield Statement(file.name.removesuffix(".sql"), sql, tables, needed)


def _named_in(sql: str) -> frozenset[str]:
    return frozenset(_NAMED.findall(_COMMENT.sub("", sql)))


def _expanded(names: frozenset[str]) -> frozenset[str]:
    """`names` with each view replaced by the tables that it reads."""
    views = names.intersection(VIEWS)
    if not views:
        return names
    below = frozenset().union(*(_expanded(_named_in(view_source(view))) for view in views))
    return (names - views) | below

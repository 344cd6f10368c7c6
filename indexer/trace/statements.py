"""Loads the SQL of `dockidx trace`: a folder under `sql/` for each kind of object.

`itself.sql` returns one row with the fields of the object. Every other file returns the rows of
the list that it is named after. All take `:id`, `:store_id` and `:root_id`. The files in `find/`
look up names, and `problems.sql` returns the problems of an object of any kind.
"""

from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from indexer.schema.sql_files import sql_text, sql_texts


class Statements(NamedTuple):
    """The statement for an object of one kind, and the statements for its lists, by name."""

    itself: str
    lists: MappingProxyType[str, str]


@cache
def statements_for(kind: str) -> Statements:
    """The statements for objects of `kind`, which is the name of a folder under `sql/`."""
    texts = sql_texts("trace", "sql", kind)
    return Statements(texts.pop("itself"), MappingProxyType(texts))


def find_statement(name: str) -> str:
    """The lookup statement `name`, which is `names`, `files` or `problems`."""
    return sql_text("trace", "sql", "find", name)


def problems_statement() -> str:
    """The statement that returns the problems of an object; takes `:root_id`, `:id` and `:path`."""
    return sql_text("trace", "sql", "problems")

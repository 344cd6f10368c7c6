"""The SQL behind `dockidx trace`: a folder for each kind of thing under `sql/`.

`itself.sql` gives one row with the fields of the thing; every other file gives the rows of the
list that it is named after. All take `:id`, `:store_id` and `:root_id`. `find/` looks a
name up, and `problems.sql` gives what is reported of a thing of any kind.
"""

from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from indexer.schema.sql_files import sql_text, sql_texts


class Statements(NamedTuple):
    """The statement for a thing of some kind, and those for its lists, by name."""

    itself: str
    lists: MappingProxyType[str, str]


@cache
def statements_for(kind: str) -> Statements:
    """The statements for things of `kind`, a folder under `sql/`."""
    texts = sql_texts("trace", "sql", kind)
    return Statements(texts.pop("itself"), MappingProxyType(texts))


def find_statement(name: str) -> str:
    """The statement `name` of those that look something up: `names`, `files` or `problems`."""
    return sql_text("trace", "sql", "find", name)


def problems_statement() -> str:
    """The statement that gives what is reported of a thing; it takes `:root_id` and `:id` too."""
    return sql_text("trace", "sql", "problems")

"""The SQL behind `dockidx trace`: a folder for each kind of thing under `sql/`.

`itself.sql` gives one row with the fields of the thing; every other file gives the rows of the
list that it is named after. All take `:id`, `:store_id` and `:root_id`.
"""

import importlib.resources
from functools import cache
from types import MappingProxyType
from typing import NamedTuple


class Statements(NamedTuple):
    """The statement for a thing of some kind, and those for its lists, by name."""

    itself: str
    lists: MappingProxyType[str, str]


@cache
def statements_for(kind: str) -> Statements:
    """The statements for things of `kind`, a folder under `sql/`."""
    files = (importlib.resources.files("indexer.trace") / "sql" / kind).iterdir()
    texts = {file.name.removesuffix(".sql"): file.read_text() for file in files}
    itself = texts.pop("itself")
    return Statements(itself, MappingProxyType(dict(sorted(texts.items()))))


@cache
def find_statement() -> str:
    """The statement that looks a name up; it takes `:name` and `:prefix`."""
    return (importlib.resources.files("indexer.trace") / "sql" / "find.sql").read_text()

"""`make docs`: the schema as a page with pictures, written from the models and the views."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Integer, Table, create_engine, inspect

from indexer.schema import (
    containerd,
    content,
    directories,
    manifests,
    metadata,
    others,
    placement,
    records,
    runtime,
)
from indexer.schema.views import VIEWS, create_views, view_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from sqlalchemy import Column, ForeignKeyConstraint

_FIELD: Final = re.compile(r"-- (title|description): (.*(?:\n--   .*)*)")
_INTRODUCTION: Final = """\
# The schema of an index

Written by `make docs` from `indexer/schema`.

Content is what a digest determines: it is stored once and knows no host.
Placement and runtime are what one Docker root has of it.
Every key is a digest, a name or made from names: the same thing has the same key in every index,
so that two indexes can be joined as they are.
Times are UTC text of one width that sorts, sizes are bytes, and what is not known is NULL.

The pictures show keys only; a table without columns belongs to another picture.
"""


class Group(NamedTuple):
    """Tables that are shown in one picture."""

    title: str
    module: ModuleType

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables, in the order of the source."""
        return tuple(part for part in vars(self.module).values() if isinstance(part, Table))


GROUPS: Final = (
    Group("Content", content),
    Group("Manifests", manifests),
    Group("Placement", placement),
    Group("containerd", containerd),
    Group("Directories", directories),
    Group("Runtime", runtime),
    Group("Others", others),
    Group("Records", records),
)


def schema_page() -> str:
    """The whole page as Markdown: a picture and the columns of each group, then the views."""
    parts = [_INTRODUCTION]
    for group in GROUPS:
        parts += [f"## {group.title}\n", f"{group.module.__doc__}\n", _picture(group)]
        parts += [_table_section(table) for table in group.tables]
    return "\n".join([*parts, "## Views\n", *_view_sections()])


def _picture(group: Group) -> str:
    """The picture of the tables of a group that refer to others or are referred to."""
    keys = [key for table in group.tables for key in _foreign_keys(table)]
    tied = {table for key in keys for table in (key.parent, key.referred_table)}
    lines = ["```mermaid", "erDiagram", "    direction LR"]
    for table in group.tables:
        if table in tied:
            lines += [f"    {table.name} {{", *_key_lines(table), "    }"]
    return "\n".join([*lines, *map(_relation, keys), "```", ""])


def _key_lines(table: Table) -> Iterator[str]:
    for column in table.c:
        marks = ["PK"] * column.primary_key + ["FK"] * bool(column.foreign_keys)
        if marks:
            yield f"        {_type(column)} {column.name} {', '.join(marks)}"


def _relation(key: ForeignKeyConstraint) -> str:
    """One line of a picture: a row of the target has any number of rows of the table."""
    columns = list(key.columns)
    one = "|o" if any(column.nullable for column in columns) else "||"
    whole_key = all(column.primary_key == (column in columns) for column in key.parent.columns)
    many = "o|" if whole_key else "o{"
    label = ", ".join(column.name for column in columns)
    return f'    {key.referred_table.name} {one}--{many} {key.parent.name} : "{label}"'


def _foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    """The foreign keys in the order of their columns: a table keeps them in a set."""
    return sorted(table.foreign_key_constraints, key=lambda key: list(key.column_keys))


def _table_section(table: Table) -> str:
    rows = [
        (f"`{column.name}`", _type_words(column), _key_words(column), column.comment or "")
        for column in table.c
    ]
    head = ("column", "type", "key", "what it says")
    return f"### {table.name}\n\n{table.comment}\n\n{_markdown_table(head, rows)}"


def _key_words(column: Column[object]) -> str:
    words = ["key"] * column.primary_key
    targets = {f"`{key.column.table.name}.{key.column.name}`" for key in column.foreign_keys}
    words += [f"→ {target}" for target in sorted(targets)]
    return ", ".join(words)


def _type_words(column: Column[object]) -> str:
    return f"{_type(column)} or NULL" if column.nullable else _type(column)


def _view_sections() -> Iterator[str]:
    columns = _view_columns()
    for name in VIEWS:
        fields = dict(_FIELD.findall(view_source(name)))
        description = fields["description"].replace("\n--  ", "")
        names = ", ".join(f"`{column}`" for column in columns[name])
        yield f"### {name}\n\n{fields['title']}. {description}\n\nColumns: {names}.\n"


def _view_columns() -> dict[str, tuple[str, ...]]:
    """The columns of the views, which only a database can tell."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        create_views(connection)
        inspector = inspect(connection)
        columns = {
            name: tuple(str(column["name"]) for column in inspector.get_columns(name))
            for name in VIEWS
        }
    engine.dispose()
    return columns


def _type(column: Column[object]) -> str:
    return "integer" if isinstance(column.type, Integer) else "text"


def _markdown_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(map(_markdown_line, [head, ("---",) * len(head), *rows]))


def _markdown_line(cells: Iterable[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |\n"


if __name__ == "__main__":
    sys.stdout.write(schema_page())

"""`make docs`: writes docs/schema.md with diagrams, from the tables and the views."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.schema import (
    containerd,
    content,
    directories,
    manifests,
    others,
    placement,
    records,
    runtime,
    usage,
)
from indexer.schema.columns import Table
from indexer.schema.ddl import create_tables
from indexer.schema.sql_files import read_head
from indexer.schema.views import VIEWS, view_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from indexer.schema.columns import Column, ForeignKey

_INTRODUCTION: Final = """\
# The schema of an index

Written by `make docs` from `indexer/schema`.

Content is what a digest determines. It is stored once and does not refer to a host.
Placement and runtime describe which Docker root has which content, and its containers and volumes.
Every key is a digest, a name, or made from names. So the same object has the same key in every
index, and two indexes can be joined without conversion.
Times are UTC text of fixed width, which sorts by time. Sizes are in bytes. NULL means unknown or
none.

The diagrams show keys only. A table without columns belongs to another diagram.
"""


class Group(NamedTuple):
    """Tables that are shown in one diagram."""

    title: str
    module: ModuleType

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of the group, in the order of the source."""
        return tuple(part for part in vars(self.module).values() if isinstance(part, Table))


GROUPS: Final = (
    Group("Content", content),
    Group("Manifests", manifests),
    Group("Placement", placement),
    Group("containerd", containerd),
    Group("Directories", directories),
    Group("Runtime", runtime),
    Group("Others", others),
    Group("Disk usage", usage),
    Group("Records", records),
)


def schema_page() -> str:
    """The page as Markdown: a diagram and the columns of each group, then the views."""
    parts = [_INTRODUCTION]
    for group in GROUPS:
        parts += [f"## {group.title}\n", f"{group.module.__doc__}\n", _diagram(group)]
        parts += [_table_section(table) for table in group.tables]
    return "\n".join([*parts, "## Views\n", *_view_sections()])


def _diagram(group: Group) -> str:
    """The Mermaid diagram of the tables of a group that have or are targets of foreign keys."""
    keys = [(table, key) for table in group.tables for key in _foreign_keys(table)]
    tied = {name for table, key in keys for name in (table.name, key.table)}
    lines = ["```mermaid", "erDiagram", "    direction LR"]
    for table in group.tables:
        if table.name in tied:
            lines += [f"    {table.name} {{", *_key_lines(table), "    }"]
    return "\n".join([*lines, *(_relation(table, key) for table, key in keys), "```", ""])


def _key_lines(table: Table) -> Iterator[str]:
    referring = {name for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        marks = ["PK"] * column.primary_key + ["FK"] * (column.name in referring)
        if marks:
            yield f"        {column.type} {column.name} {', '.join(marks)}"


def _relation(table: Table, key: ForeignKey) -> str:
    """One line of a diagram: a row of the target has any number of rows of the table."""
    own = [column for column in table.columns if column.name in key.columns]
    one = "|o" if any(column.nullable for column in own) else "||"
    many = "o|" if set(table.key) == set(key.columns) else "o{"
    return f'    {key.table} {one}--{many} {table.name} : "{", ".join(key.columns)}"'


def _foreign_keys(table: Table) -> list[ForeignKey]:
    """The foreign keys, sorted by their columns."""
    return sorted(table.foreign_keys, key=lambda key: key.columns)


def _table_section(table: Table) -> str:
    rows = [
        (f"`{column.name}`", _type_words(column), _key_words(table, column), column.comment)
        for column in table.columns
    ]
    head = ("column", "type", "key", "meaning")
    return f"### {table.name}\n\n{table.comment}\n\n{_markdown_table(head, rows)}"


def _key_words(table: Table, column: Column) -> str:
    words = ["key"] * column.primary_key
    targets = {
        f"`{key.table}.{target}`"
        for key in table.foreign_keys
        for name, target in zip(key.columns, key.targets, strict=True)
        if name == column.name
    }
    words += [f"→ {target}" for target in sorted(targets)]
    return ", ".join(words)


def _type_words(column: Column) -> str:
    return f"{column.type} or NULL" if column.nullable else column.type


def _view_sections() -> Iterator[str]:
    columns = _view_columns()
    for name in VIEWS:
        head = read_head(view_source(name))
        names = ", ".join(f"`{column}`" for column in columns[name])
        yield f"### {name}\n\n{head.title}. {head.description}\n\nColumns: {names}.\n"


def _view_columns() -> dict[str, tuple[str, ...]]:
    """The columns of each view, from a temporary SQLite database that has all views."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in create_tables("sqlite"):
            connection.execute(statement)
        for name in VIEWS:
            connection.execute(f"CREATE VIEW {name} AS {view_source(name)}")
        return {
            name: tuple(
                column
                for (column,) in connection.execute(
                    "SELECT name FROM pragma_table_info(?)", (name,)
                )
            )
            for name in VIEWS
        }


def _markdown_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(map(_markdown_line, [head, ("---",) * len(head), *rows]))


def _markdown_line(cells: Iterable[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |\n"


if __name__ == "__main__":
    sys.stdout.write(schema_page())

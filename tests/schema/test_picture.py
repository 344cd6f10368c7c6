"""The page on the schema is that of the models, whole and current."""

from __future__ import annotations

import re
from pathlib import Path

from indexer.schema import TABLES
from indexer.schema.picture import GROUPS, schema_page
from indexer.schema.views import VIEWS

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"


def test_the_page_is_current() -> None:
    """`make docs` would change nothing."""
    assert PAGE.read_text() == schema_page()


def test_the_page_has_every_table_and_view() -> None:
    """Each is described once, with each of its columns."""
    sections = re.split(r"^### (\w+)$", schema_page(), flags=re.MULTILINE)
    described = dict(zip(sections[1::2], sections[2::2], strict=True))

    assert sorted(sections[1::2]) == sorted([*(it.name for it in TABLES), *VIEWS])
    for table in TABLES:
        for column in table.columns:
            assert f"| `{column.name}` | " in described[table.name]
            assert f" | {column.comment} |\n" in described[table.name]


def test_the_pictures_show_every_foreign_key() -> None:
    """Each is one line from the table it refers to to the one that has it."""
    lines = re.findall(r"^    (\w+) [|o]{2}--o[|{] (\w+) : ", schema_page(), flags=re.MULTILINE)
    keys = [(key.table, table.name) for table in TABLES for key in table.foreign_keys]

    assert sorted(lines) == sorted(keys)
    assert schema_page().count("```mermaid") == len(GROUPS)

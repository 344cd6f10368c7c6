"""The `.sql` files of the package and of `queries/`: their texts, and their head comments.

A head comment is `-- field: value` lines at the top of a file; a line that begins with `--` and
three spaces goes on with the value above it. Every file has a title and a description.
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import Final, NamedTuple

_PACKAGE: Final = os.path.dirname(os.path.dirname(__file__))
_FIELD: Final = re.compile(r"-- (title|description|param): (.*)")
_CONTINUED: Final = re.compile(r"--   (.*)")


class Head(NamedTuple):
    """The head comment of a file; None for what it does not say, `parameters` as they stand."""

    title: str | None
    description: str | None
    parameters: tuple[str, ...]


@cache
def sql_text(*path: str) -> str:
    """The text of the file at `path`, as parts below the package, the last without `.sql`."""
    return read_sql(os.path.join(_PACKAGE, *path) + ".sql")


def sql_texts(*path: str) -> dict[str, str]:
    """The texts of all files in the folder at `path` and below, by their names without `.sql`."""
    texts: dict[str, str] = {}
    for folder, _, names in os.walk(os.path.join(_PACKAGE, *path)):
        for name in names:
            texts[name.removesuffix(".sql")] = read_sql(os.path.join(folder, name))
    return dict(sorted(texts.items()))


def read_sql(path: str | os.PathLike[str]) -> str:
    """The text of the file at `path`."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_head(text: str) -> Head:
    """The head comment of the file with `text`."""
    fields: list[tuple[str, str]] = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        if match := _FIELD.fullmatch(line):
            fields.append((match[1], match[2]))
        elif (match := _CONTINUED.fullmatch(line)) and fields:
            field, value = fields.pop()
            fields.append((field, f"{value} {match[1]}"))
    named = {field: value for field, value in fields if field != "param"}
    parameters = tuple(value for field, value in fields if field == "param")
    return Head(named.get("title"), named.get("description"), parameters)

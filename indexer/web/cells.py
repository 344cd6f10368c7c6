"""Turns a value into the HTML of a table cell: short IDs with links, readable sizes, folded text.

A Docker root can contain any text, even HTML. So every value is escaped here.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from indexer.web.links import link

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID: Final = re.compile(r"((?:[^\s@]+@)?)(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}(-init|)")
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_LONGEST: Final = 200
_SUMMARY: Final = 80
_MOST_DECODED: Final = 100_000


def cell(value: object, column: str, database: str, *, whole: bool = False) -> Markup | None:
    """The HTML for `value` in `column`; None lets Datasette show it in its own way.

    `database` is the path of the index's page. A `value` that is a mapping is a foreign key with
    its label. IDs and times are shortened unless `whole` is true.
    """
    if isinstance(value, dict):
        return _reference(value, column, database)
    if isinstance(value, int):
        return _size(value) if column.endswith("_bytes") else None
    if not isinstance(value, str) or not value:
        return None
    words = value.split(" ")
    if all(map(_ID.fullmatch, words)):
        shown = words if whole else map(_short, words)
        targets = [link(column, word, database) for word in words]
        return Markup(" ").join(map(_element, shown, words, targets))
    if not whole and (time := _TIME.fullmatch(value)):
        return _element(f"{time[1]} {time[2]}", value)
    if target := link(column, value, database):
        return _element(value, value, target)
    return _folded(value)


def human_size(size: int) -> str:
    """`size` in bytes as text in decimal units with three digits, as `docker images` prints it."""
    value = float(size)
    for unit in _UNITS[:-1]:
        if abs(value) < 999.5:
            return f"{value:.3g}{unit}"
        value /= 1000
    return f"{value:.4g}{_UNITS[-1]}"


def _reference(key: Mapping[str, object], column: str, database: str) -> Markup | None:
    value = str(key["value"])
    target = link(column, value, database)
    return _element(_short(str(key["label"] or value)), value, target) if target else None


def _short(word: str) -> str:
    match = _ID.fullmatch(word)
    return "".join(match.groups()) if match else word


def _size(size: int) -> Markup:
    return _element(human_size(size), f"{size:,} bytes")


def _element(shown: str, whole: str, target: str | None = None) -> Markup:
    if target is not None:
        return Markup('<a href="{}" title="{}">{}</a>').format(target, whole, shown)
    return Markup('<span title="{}">{}</span>').format(whole, shown)


def _folded(value: str) -> Markup | None:
    text = _pretty(value) or value
    if text is value and len(value) <= _LONGEST:
        return None
    return Markup('<details class="fold"><summary>{}…</summary><pre>{}</pre></details>').format(
        value[:_SUMMARY], text
    )


def _pretty(value: str) -> str | None:
    """`value` as indented JSON; None if it is not an array or object, is short, or is too long."""
    if not value.startswith(("[", "{")) or not _SUMMARY < len(value) < _MOST_DECODED:
        return None
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None

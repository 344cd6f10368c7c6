"""A value as a table cell: short IDs, sizes for people, nothing that a terminal would obey."""

from __future__ import annotations

import re
from typing import Final

_ID: Final = re.compile(r"(?<!\S)(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}(?!\S)")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FRACTION: Final = re.compile(r"(?<=\d\d:\d\d:\d\d)\.\d{9}(?=Z)")
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_STEP: Final = 1000
_ELLIPSIS: Final = "…"
_COMBINING: Final = frozenset({"Mn", "Me", "Cf"})


def escaped(text: str) -> str:
    """`text` with each control character as its code, because a terminal would obey it."""
    return _CONTROL.sub(_code, text)


def human_size(size: int) -> str:
    """`size` as Docker prints it (go-units size.go, HumanSize): four digits, units of 1000."""
    amount, unit = float(abs(size)), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount /= _STEP
        unit += 1
    sign = "-" if size < 0 else ""
    return f"{sign}{amount:.4g}{_UNITS[unit]}"


def is_size(column: str) -> bool:
    """Whether the numbers in `column` are sizes in bytes."""
    return column.endswith("_bytes") or column == "running_total"


def short_ids(text: str) -> str:
    """`text` with its first 12 digits in place of each whole ID, as Docker prints IDs."""
    return _ID.sub(r"\1", text)


def whole_seconds(text: str) -> str:
    """`text` without the fractions of the times in it."""
    return _FRACTION.sub("", text)


def width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def shortened(text: str, most: int) -> str:
    """`text` in at most `most` columns: the middle of a longer one is left out."""
    if width(text) <= most:
        return text
    room = max(most - 1, 0)
    head = _begin(text, room - room // 2)
    tail = _begin(text[::-1], room // 2)[::-1]
    return f"{head}{_ELLIPSIS}{tail}"


def _begin(text: str, most: int) -> str:
    taken = 0
    for place, sign in enumerate(text):
        taken += _width(sign)
        if taken > most:
            return text[:place]
    return text


def _width(sign: str) -> int:
    import unicodedata

    if unicodedata.category(sign) in _COMBINING:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _code(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

"""Reads JSON as the engine does (Go `encoding/json`), and is as lenient.

Keys match without regard to case, the last of duplicate keys wins, bytes that are not UTF-8 become
U+FFFD, unknown keys are ignored, and `null` means that the key is absent.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn, TypeAlias

from indexer.docker.encodings.times import utc_text

Object: TypeAlias = dict[str, Any]

_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_MOST_VALUES: Final = 1 << 20
_MOST_TEXT: Final = 256 << 20
_WHITE: Final = re.compile(r"[ \t\r\n]*")
_WIDEST: Final = re.compile(rb"[\xf0-\xff]|\\u[dD][89abAB]")
_WIDE: Final = re.compile(rb"[\x80-\xff]|\\u(?!00)")


class JsonError(ValueError):
    """The engine would not accept these bytes; the message is why, to be put after the path."""


def decode_object(data: bytes, *, stream: bool = False) -> Object:
    """The JSON object in `data`.

    With `stream`, bytes after the first value are ignored. Go's `json.Decoder`, with which the
    engine reads repositories.json and the files of containers, does so. Raises `JsonError`.
    """
    value, has_more = decode_first(data)
    if has_more and not stream:
        raise JsonError("is not valid JSON: Extra data after its value")
    return value


def decode_first(data: bytes) -> tuple[Object, bool]:
    """The JSON object at the start of `data`, and whether more than white space follows it.

    Raises `JsonError`.
    """
    value, has_more = _decode(data)
    if not isinstance(value, dict):
        raise JsonError("is not a JSON object")
    return value, has_more


def decode_array(data: bytes) -> list[Any]:
    """The JSON array in `data`, empty for `null`. Raises `JsonError`."""
    value, has_more = _decode(data)
    if has_more:
        raise JsonError("is not valid JSON: Extra data after its value")
    if value is None:
        return []
    if not isinstance(value, list):
        raise JsonError("is not a JSON array")
    return value


def get(table: Object, key: str) -> Any:  # noqa: ANN401 - a JSON value is what it is
    """The value of `key`; None if it is absent. An exact match wins over one in another case."""
    if key in table:
        return table[key]
    length = len(key)
    last = None
    # Comparing lengths first is cheap, and this runs for every absent key of every file.
    for name, value in table.items():
        if len(name) == length and name.casefold() == key.casefold():
            last = value
    return last


def text(table: Object, key: str) -> str | None:
    """The string at `key`; None if it is absent, null or empty. Raises `JsonError`."""
    value = get(table, key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise JsonError(f"has a {_name(value)} at {key!r}, not a string")
    return value


def integer(table: Object, key: str) -> int | None:
    """The whole number at `key`; None if it is absent or null. Raises `JsonError`."""
    value = get(table, key)
    if value is None:
        return None
    # In Python a bool is an int.
    if isinstance(value, bool) or not isinstance(value, int):
        raise JsonError(f"has a {_name(value)} at {key!r}, not a whole number")
    if not -(2**63) <= value < 2**63:
        raise JsonError(f"has a number at {key!r} that does not fit in 64 bits")
    return value


def boolean(table: Object, key: str) -> bool:
    """The boolean at `key`; False if it is absent or null. Raises `JsonError`."""
    value = get(table, key)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise JsonError(f"has a {_name(value)} at {key!r}, not a boolean")
    return value


def table(parent: Object, key: str) -> Object:
    """The object at `key`; empty if it is absent or null. Raises `JsonError`."""
    value = get(parent, key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise JsonError(f"has a {_name(value)} at {key!r}, not an object")
    return value


def array(parent: Object, key: str) -> list[Any]:
    """The array at `key`; empty if it is absent or null. Raises `JsonError`."""
    value = get(parent, key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise JsonError(f"has a {_name(value)} at {key!r}, not an array")
    return value


def texts(parent: Object, key: str) -> tuple[str, ...]:
    """The strings of the array at `key`, with '' for null. Raises `JsonError`."""
    values = array(parent, key)
    for value in values:
        if value is not None and not isinstance(value, str):
            raise JsonError(f"has a {_name(value)} in {key!r}, not a string")
    return tuple(value or "" for value in values)


def text_table(parent: Object, key: str) -> tuple[tuple[str, str], ...]:
    """The strings of the object at `key`, as pairs sorted by key. Raises `JsonError`."""
    strings = table(parent, key)
    for name, value in strings.items():
        if value is not None and not isinstance(value, str):
            raise JsonError(f"has a {_name(value)} at {key!r} {name!r}, not a string")
    return tuple(sorted((name, value or "") for name, value in strings.items()))


def time(parent: Object, key: str) -> str | None:
    """The RFC 3339 time at `key` as UTC text; None if it is absent or Go's zero time.

    Raises `JsonError`.
    """
    value = text(parent, key)
    if value is None:
        return None
    try:
        return utc_text(value)
    except ValueError as error:
        raise JsonError(f"has a bad time at {key!r}: {error}") from error


def storable(value: str) -> str:
    """`value` with U+FFFD for NUL and lone surrogates, which databases do not accept in text."""
    return _UNSTORABLE.sub("\ufffd", value)


def _decode(data: bytes) -> tuple[Any, bool]:
    """The first value in `data`, and whether more than white space follows it."""
    # A decoded value takes about a hundred times the memory of its two bytes in the file.
    if sum(map(data.count, b",[{")) > _MOST_VALUES:
        raise JsonError(f"holds more than {_MOST_VALUES} values")
    if len(data) * 4 > _MOST_TEXT and len(data) * _width(data) > _MOST_TEXT:
        raise JsonError(f"holds text that takes more than {_MOST_TEXT} bytes of memory")
    source = data.decode("utf-8", "replace")
    try:
        value, end = _DECODER.raw_decode(source, _after_white(source, 0))
        has_more = _after_white(source, end) < len(source)
        # Few files have such escapes, and visiting every value of the others would cost time.
        is_suspect = _SUSPECT.search(source) is not None
        del source
        return _storable(value) if is_suspect else value, has_more
    except RecursionError as error:
        raise JsonError("is nested too deeply") from error
    except ValueError as error:
        raise JsonError(f"is not valid JSON: {error}") from error


def _width(data: bytes) -> int:
    """The bytes of memory that one character takes in CPython once `data` is decoded: 1, 2 or 4."""
    if _WIDEST.search(data):
        return 4
    return 2 if _WIDE.search(data) else 1


def _after_white(source: str, start: int) -> int:
    match = _WHITE.match(source, start)
    return start if match is None else match.end()


def _storable(value: Any) -> Any:  # noqa: ANN401 - a JSON value is what it is
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): _storable(item) for key, item in value.items()}
    return value


def _name(value: object) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean"}
    return names.get(type(value), "number")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)

"""What mutations do to the bytes of a file: any file, text with IDs, JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

_HEX: Final = re.compile(rb"[0-9a-f]{64}")
_PAGE: Final = 4096
_RAW: Final = "\ue000raw\ue000"
_RAW_VALUES: Final = (
    "1e400",
    "-1",
    "9" * 400,
    "18446744073709551616",
    "-9223372036854775809",
    "0.1",
    "[" * 3000 + "]" * 3000,
    '{"a":' * 2000 + "1" + "}" * 2000,
    "[" * 200_000,
    '"\\ud800"',
    '"\\u0000"',
    '"\\x"',
    '"a\nb"',
    '{"Name":1,"name":2,"NAME":3,"Name":4}',
    "NaN",
    "",
    "nul",
)
_VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    "",
    [],
    {},
    [None],
    [[]],
    {"": None},
    "../../../../etc/passwd",
    "/etc",
    "a\x00b",
    'it\'s "quoted"\n\r\t',
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999+23:59",
    "2026-02-30T25:61:61Z",
    "sha256:" + "0" * 64,
    "SHA256:" + "A" * 64,
    "sha512:" + "0" * 128,
    "x" * 70_000,
    ["x"] * 5_000,
    {str(number): number for number in range(2_000)},
    "docker.io/library/UPPER:tag",
    "::::",
    "\ufffd\U0001f600",
)


def changed(rng: random.Random, data: bytes, ids: Sequence[str]) -> tuple[str, bytes]:
    """The bytes `data` changed in one way, and its name; `ids` are 64 hex digits known here."""
    ways = [*_BYTES, *(_TEXT if len(data) < _PAGE else ())]
    if _HEX.search(data):
        ways += [_other_id, _other_id, _same_id]
    if data[:1] in b"{[" and data:
        ways += [_json] * 8
    way = rng.choice(ways)
    return way.__name__.lstrip("_"), way(rng, data, ids)


def changed_json(rng: random.Random, data: bytes, ids: Sequence[str]) -> bytes:
    """The JSON document `data` with one value or key of it changed; the same where it is none."""
    return _json(rng, data, ids)


def _flip(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    flipped = bytearray(data)
    for _number in range(rng.choice((1, 1, 2, 8, 64)) if data else 0):
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def _cut(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    return data[: rng.randrange(len(data))] if data else b""


def _empty(_: random.Random, __: bytes, ___: Sequence[str]) -> bytes:
    return b""


def _grow(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    return data + rng.randbytes(rng.choice((1, 100, 5_000, 200_000)))


def _insert(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    place = rng.randrange(len(data) + 1)
    junk = rng.choice((b"\0", b"\xff\xfe", b"\n", b'"', b"\\", b"}", rng.randbytes(16)))
    return data[:place] + junk + data[place:]


def _repeat(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    start = rng.randrange(len(data) + 1)
    part = data[start : start + rng.randrange(1, 200)]
    return data[:start] + part * rng.choice((2, 3, 50)) + data[start:]


def _swap_pages(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    pages = [data[start : start + _PAGE] for start in range(0, len(data), _PAGE)]
    if len(pages) < 2:
        return data[::-1]
    one, other = rng.sample(range(len(pages)), 2)
    pages[one], pages[other] = pages[other], pages[one]
    return b"".join(pages)


def _zero_page(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    start = rng.randrange(0, max(len(data), 1), _PAGE)
    return data[:start] + bytes(len(data[start : start + _PAGE])) + data[start + _PAGE :]


def _number(rng: random.Random, _: bytes, __: Sequence[str]) -> bytes:
    return rng.choice((b"-1", b"0", b"9" * 30, b"1e9", b"0x10", b" 7 ", b"7\n", b"%d" % (1 << 63)))


def _case(_: random.Random, data: bytes, __: Sequence[str]) -> bytes:
    return data.swapcase()


def _line_end(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    return data + rng.choice((b"\n", b"\r\n", b"\0", b" "))


def _other_id(rng: random.Random, data: bytes, ids: Sequence[str]) -> bytes:
    """One ID becomes another that is known in this root: wrong parents, circles, twins."""
    found = rng.choice(list(_HEX.finditer(data)))
    return data[: found.start()] + rng.choice(ids).encode() + data[found.end() :]


def _same_id(rng: random.Random, data: bytes, _: Sequence[str]) -> bytes:
    """Every ID of the file becomes the same."""
    return _HEX.sub(rng.choice(_HEX.findall(data)), data)


def _json(rng: random.Random, data: bytes, ids: Sequence[str]) -> bytes:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _flip(rng, data, ids)
    raw = ""
    for _number in range(rng.choice((1, 1, 1, 3))):
        raw = rng.choice(_RAW_VALUES)
        document = _changed_value(rng, document, ids)
    text = json.dumps(document, ensure_ascii=rng.random() < 0.5, separators=(",", ":"))
    text = text.replace(json.dumps(_RAW), raw).replace(f'"{_RAW}"', raw)
    if rng.random() < 0.1:
        text = text.replace("{", '{"Twice":1,"twice":2,', 1)
    return text.encode("utf-8", "surrogatepass")


def _changed_value(rng: random.Random, document: Any, ids: Sequence[str]) -> Any:
    places: list[tuple[Any, Any]] = []
    _collect(document, places)
    if not places:
        return rng.choice(_VALUES)
    holder, key = rng.choice(places)
    way = rng.randrange(6)
    if way == 0:
        del holder[key]
    elif way == 1:
        other, other_key = rng.choice(places)
        holder[key] = json.loads(json.dumps(other[other_key]))
    elif way == 2 and isinstance(holder, dict):
        holder[rng.choice((str(key).lower(), str(key).upper(), "", "x\n"))] = holder.pop(key)
    elif way == 3:
        holder[key] = rng.choice((f"sha256:{rng.choice(ids)}", rng.choice(ids)))
    elif way == 4:
        holder[key] = _RAW
    else:
        holder[key] = rng.choice(_VALUES)
    return document


def _collect(value: Any, places: list[tuple[Any, Any]]) -> None:
    keys: Sequence[Any] = ()
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = range(len(value))
    for key in keys:
        places.append((value, key))
        _collect(value[key], places)


_BYTES: Final[tuple[Callable[[random.Random, bytes, Sequence[str]], bytes], ...]] = (
    _flip,
    _cut,
    _empty,
    _grow,
    _insert,
    _repeat,
    _swap_pages,
    _zero_page,
)
_TEXT: Final[tuple[Callable[[random.Random, bytes, Sequence[str]], bytes], ...]] = (
    _number,
    _case,
    _line_end,
)

"""Decodes the values that containerd writes into its bbolt databases.

A value that cannot be decoded is None, so that one bad value does not hide the object that has it.
Source: containerd `core/metadata/boltutil/helpers.go`; Go `encoding/binary`, `time.MarshalBinary`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from indexer.docker.encodings.gojson import storable
from indexer.docker.encodings.sizes import plausible_size
from indexer.docker.encodings.times import utc_from_ns, utc_text

if TYPE_CHECKING:
    from indexer.docker.encodings.bolt import Bucket

Values: TypeAlias = Mapping[bytes, bytes]
"""The plain values of a bucket by key."""

# Go counts seconds from the year 1, so this is the number of them up to 1970.
_YEAR_1: Final = 62_135_596_800
_TIME: Final = struct.Struct(">BqI")
_TIME_LENGTHS: Final = {1: 15, 2: 16}
_SECOND_NS: Final = 1_000_000_000
_VARINT_BYTES: Final = 10
_NOTHING: Final = MappingProxyType[str, str]({})


def decode_time(data: bytes) -> str | None:
    """A time as UTC text; None for Go's zero time, a year after 9999, and bytes that are no time.

    Byte 0 is the version. Big-endian numbers follow: seconds since the year 1 (8 bytes),
    nanoseconds (4), the offset of the time zone in minutes (2), and in version 2 its seconds (1).
    The offset is for display only, since the seconds are in UTC.
    """
    if not data or len(data) != _TIME_LENGTHS.get(data[0]):
        return None
    _, seconds, nanoseconds = _TIME.unpack_from(data)
    if nanoseconds >= _SECOND_NS or (seconds, nanoseconds) == (0, 0):
        return None
    try:
        return utc_from_ns((seconds - _YEAR_1) * _SECOND_NS + nanoseconds)
    except OverflowError:
        return None


def decode_uvarint(data: bytes) -> int | None:
    """The unsigned varint at the start of `data`; None if there is none of up to 64 bits."""
    value = 0
    # Seven bits a byte, lowest first; the top bit says that another byte follows.
    for position, byte in enumerate(data[:_VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return value if value < 1 << 64 else None
    return None


def decode_varint(data: bytes) -> int | None:
    """The signed (zig-zag) varint at the start of `data`; None if there is none of 64 bits."""
    # Zig-zag: 0, -1, 1, -2, … are written as 0, 1, 2, 3, …
    value = decode_uvarint(data)
    return None if value is None else (value >> 1) ^ -(value & 1)


def stored_text(data: bytes) -> str:
    """Bytes of a database as text; bytes that are not UTF-8 become `\\xNN`."""
    return storable(data.decode("utf-8", "backslashreplace"))


def values_of(bucket: Bucket) -> Values:
    """All plain values of a bucket. Raises `BoltError`."""
    return dict(bucket.items())


def text_at(values: Values, key: bytes) -> str | None:
    """The text at `key`; None if it is absent or empty."""
    data = values.get(key)
    return stored_text(data) if data else None


def time_at(values: Values, key: bytes) -> str | None:
    """The time at `key` as UTC text; None if it is absent or as in `decode_time`."""
    return decode_time(values.get(key, b""))


def number_at(values: Values, key: bytes) -> int | None:
    """The signed number at `key`; None if it is absent or not a number."""
    return decode_varint(values.get(key, b""))


def size_at(values: Values, key: bytes) -> int | None:
    """The size in bytes at `key`; None if it is absent or not plausible (`plausible_size`)."""
    size = number_at(values, key)
    return None if size is None else plausible_size(size)


def labels_of(bucket: Bucket) -> Mapping[str, str]:
    """The labels in the bucket of an object, by name; empty if it has none. Raises `BoltError`."""
    labels = bucket.bucket(b"labels")
    if labels is None:
        return _NOTHING
    return MappingProxyType({stored_text(key): stored_text(value) for key, value in labels.items()})


def moment(text: str | None) -> str | None:
    """An RFC 3339 time of a label or file as UTC text; None if `text` is None or is not a time."""
    try:
        return None if text is None else utc_text(text.strip())
    except ValueError:
        return None

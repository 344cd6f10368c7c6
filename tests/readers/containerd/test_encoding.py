"""Values as containerd writes them, with those of real databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.docker.encodings.boltutil import (
    decode_time,
    decode_uvarint,
    decode_varint,
    moment,
)
from tests.rootbuilder.containerd import go_time, uvarint, varint

REAL = bytes.fromhex("010000000ee2973dce1006e9b6ffff")


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ("8412", 1154),
        ("00", 0),
        ("01", -1),
        ("02", 1),
        ("08", 4),
        ("d08431", 401704),
        ("feffffffffffffffff01", 2**63 - 1),
        ("ffffffffffffffffff01", -(2**63)),
    ],
)
def test_a_signed_number_is_zig_zag(data: str, number: int) -> None:
    assert decode_varint(bytes.fromhex(data)) == number


@pytest.mark.parametrize(
    "data", ["", "80", "ffff", "80808080808080808002", "ffffffffffffffffffff01"]
)
def test_what_is_cut_short_or_beyond_64_bits_is_no_number(data: str) -> None:
    assert decode_uvarint(bytes.fromhex(data)) is None
    assert decode_varint(bytes.fromhex(data)) is None


def test_a_time_is_read_to_the_nanosecond() -> None:
    assert decode_time(REAL) == "2026-11-24T08:11:58.268888502Z"


def test_a_time_is_in_utc_whatever_its_zone() -> None:
    """The offset only says how it was shown; version 2 has its seconds in one more byte."""
    two_hours_east = REAL[:13] + (120).to_bytes(2, "big")
    assert decode_time(two_hours_east) == "2026-11-24T08:11:58.268888502Z"
    assert decode_time(b"\2" + two_hours_east[1:] + b"\x1e") == "2026-11-24T08:11:58.268888502Z"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\1",
        REAL[:-1],
        REAL + b"\0",
        b"\2" + REAL[1:],
        b"\3" + REAL[1:],
        b"\0" * 15,
        REAL[:9] + (10**9).to_bytes(4, "big") + REAL[13:],
        b"\1" + b"\x7f" * 8 + REAL[9:],
        b"\1" + b"\xff" * 8 + REAL[9:],
    ],
)
def test_other_bytes_are_no_time(data: bytes) -> None:
    assert decode_time(data) is None


def test_the_zero_time_is_none() -> None:
    """Go's `time.Time{}` stands for a time that is not known."""
    assert decode_time(go_time(-62_135_596_800)) is None


@given(st.binary(max_size=40))
def test_no_bytes_raise(data: bytes) -> None:
    number = decode_varint(data)
    assert number is None or -(2**63) <= number < 2**63
    unsigned = decode_uvarint(data)
    assert unsigned is None or 0 <= unsigned < 2**64
    time = decode_time(data)
    assert time is None or len(time) == len("2026-11-24T08:11:58.268888502Z")


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_signed_number_comes_back(number: int) -> None:
    assert decode_varint(varint(number)) == number


@given(st.integers(0, 2**64 - 1))
def test_every_unsigned_number_comes_back(number: int) -> None:
    assert decode_uvarint(uvarint(number)) == number


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 31), timezones=st.just(UTC)),
    st.integers(0, 999_999_999),
)
def test_every_time_comes_back(time: datetime, nanoseconds: int) -> None:
    time = time.replace(microsecond=0)
    seconds = int((time - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    text = f"{time.replace(tzinfo=None).isoformat()}.{nanoseconds:09d}Z"
    assert decode_time(go_time(seconds, nanoseconds)) == text


@given(st.text(max_size=40))
def test_any_text_may_stand_for_a_time(text: str) -> None:
    found = moment(text)
    assert found is None or found.endswith("Z")


def test_a_time_in_a_label_is_brought_to_utc() -> None:
    assert moment("2026-11-25T10:25:29+02:00\n") == "2026-11-25T08:25:29.000000000Z"
    assert moment(None) is None

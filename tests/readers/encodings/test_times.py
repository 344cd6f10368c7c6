"""Times in any RFC 3339 form become UTC text that sorts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.docker.encodings.times import utc_from_ns, utc_of_file, utc_text

WIDTH = len("2026-11-24T08:11:45.133770837Z")

TIMES = [
    ("2026-11-24T08:11:45.133770837Z", "2026-11-24T08:11:45.133770837Z"),
    ("2026-11-24T08:11:45Z", "2026-11-24T08:11:45.000000000Z"),
    ("2026-11-24T08:11:45.1Z", "2026-11-24T08:11:45.100000000Z"),
    ("2026-11-24T08:11:45,25Z", "2026-11-24T08:11:45.250000000Z"),
    ("2026-11-24T8:11:45Z", "2026-11-24T08:11:45.000000000Z"),
    ("2026-11-24T08:11:45.1234567891Z", "2026-11-24T08:11:45.123456789Z"),
    ("2026-11-24T08:11:45+24:60", "2026-11-23T07:11:45.000000000Z"),
    ("2026-11-24T08:11:45.000000001+00:00", "2026-11-24T08:11:45.000000001Z"),
    ("2026-11-24T00:11:45.5+02:30", "2026-11-23T21:41:45.500000000Z"),
    ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000000000Z"),
    ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z"),
    ("0001-01-01T00:00:01Z", "0001-01-01T00:00:01.000000000Z"),
    ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
    ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000000Z"),
    ("0001-01-01T00:00:00Z", None),
    ("0001-01-01T01:00:00+01:00", None),
    ("9999-12-31T23:59:59-01:00", None),
    ("0001-01-01T00:00:00+01:00", None),
    ("0000-01-01T00:00:00Z", None),
    ("0000-02-29T00:00:00+24:00", None),
    ("0000-12-31T23:00:00-02:00", "0001-01-01T01:00:00.000000000Z"),
]

NO_TIMES = [
    "",
    "yesterday",
    "2026-11-24",
    "2026-11-24 08:11:45Z",
    "2026-11-24T08:11:45",
    "2026-11-24T08:11Z",
    "2026-13-01T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-11-24T24:00:01Z",
    "2026-11-24T08:61:00Z",
    "2026-11-24T08:11:60Z",
    "2026-11-24T08:11:45.Z",
    "2026-11-24T08:11:45+0100",
    "2026-11-24T08:11:45Z\n",
    "2026-11-24T08:11:45.\u0663Z",
    "\u0662026-11-24T08:11:45Z",
    "2026-11-24t08:11:45Z",
    "2026-11-24T08:11:45z",
    "2026-11-24T:11:45Z",
    "2026-11-24T08:1:45Z",
    "2026-11-24T08:11:45+25:00",
    "2026-11-24T08:11:45+00:61",
    "0000-02-30T00:00:00Z",
    "0001-02-29T00:00:00Z",
]

_offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)
_moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
_fractions = st.text("0123456789", max_size=9)


def written(moment: datetime, fraction: str, minutes: int) -> str:
    """The text of a moment as a clock `minutes` away from UTC shows it."""
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    sign = "-" if minutes < 0 else "+"
    offset = f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    clock = local.replace(tzinfo=None).isoformat(timespec="seconds")
    return clock + (f".{fraction}" if fraction else "") + offset


@pytest.mark.parametrize(("text", "expected"), TIMES)
def test_times_become_utc_of_one_width(text: str, expected: str | None) -> None:
    """Offsets are applied and fractions padded; Go's zero time and times out of range are None."""
    assert utc_text(text) == expected


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_refused(text: str) -> None:
    """A text that is not an RFC 3339 time, or is outside the calendar, is an error."""
    with pytest.raises(ValueError, match=r"\S"):
        utc_text(text)


@given(_moments, _fractions, _offsets)
def test_any_offset_gives_the_moment(moment: datetime, fraction: str, minutes: int) -> None:
    """The same moment has the same text whatever clock it was read from."""
    expected = f"{moment.replace(tzinfo=None).isoformat()}.{fraction:0<9}Z"
    assert utc_text(written(moment, fraction, minutes)) == expected
    assert len(expected) == WIDTH


@given(st.lists(st.tuples(_moments, _fractions, _offsets), min_size=2, max_size=5))
def test_texts_sort_as_moments_do(times: list[tuple[datetime, str, int]]) -> None:
    """Sorting the texts puts the moments in order."""
    ordered = sorted(times, key=lambda time: (time[0], time[1].ljust(9, "0")))
    texts = [utc_text(written(*time)) or "" for time in ordered]
    assert texts == sorted(texts)


@given(st.text())
def test_any_text_is_a_time_or_refused(text: str) -> None:
    """No text makes the parser fail in any other way."""
    try:
        result = utc_text(text)
    except ValueError:
        return
    assert result is None or len(result) == WIDTH


@given(st.integers(-(2**55), 2**62))
def test_nanoseconds_become_the_same_kind_of_text(nanoseconds: int) -> None:
    """A time of the file system has the width of all others and means the same moment."""
    text = utc_from_ns(nanoseconds)
    assert len(text) == WIDTH
    seconds = datetime.fromisoformat(text[:19] + "+00:00") - datetime(1970, 1, 1, tzinfo=UTC)
    assert seconds // timedelta(seconds=1) * 10**9 + int(text[20:29]) == nanoseconds


@pytest.mark.parametrize("nanoseconds", [-(2**200), -(2**66), 2**68, 2**200])
def test_nanoseconds_outside_the_calendar(nanoseconds: int) -> None:
    """A time outside the years 1 to 9999 is an error, or None for a file."""
    assert utc_of_file(nanoseconds) is None
    with pytest.raises(OverflowError):
        utc_from_ns(nanoseconds)


def test_early_years_have_four_digits() -> None:
    """A time before the year 1000 keeps its width, so that it sorts before the others."""
    assert utc_from_ns(-40_000_000_000 * 10**9) == "0702-06-15T00:53:20.000000000Z"

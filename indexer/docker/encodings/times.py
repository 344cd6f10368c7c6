"""Converts times as Go writes them to UTC text of one form, which sorts in the order of time."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

_RFC3339: Final = re.compile(
    r"(\d{4})(-\d\d-\d\dT)(\d?\d)(:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?"
    r"(?:(Z)|([+-])([01]\d|2[0-4]):([0-5]\d|60))",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1)
_ZERO: Final = "0001-01-01T00:00:00.000000000Z"


@lru_cache(maxsize=65536)
def utc_text(text: str) -> str | None:
    """An RFC 3339 time as UTC text of fixed width, such as `2026-11-24T08:11:45.133770837Z`.

    None for Go's zero time, which means "never" or "not known" (Go `time.Time.IsZero`), and for a
    time outside the years 1 to 9999 in UTC, which does not fit the width. Raises ValueError if Go
    does not accept `text`. `time.Parse` accepts an hour of one digit, a comma before the fraction
    and offsets up to 24:60, but not `t` and `z`.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an RFC 3339 time")
    year, date, hour, rest, fraction, utc, sign, hours, minutes = match.groups()
    # Python has no year 0. The calendar repeats after 400 years, so the year 400 stands in for it.
    is_zero = year == "0000"
    moment = datetime.fromisoformat(f"{'0400' if is_zero else year}{date}{hour:0>2}{rest}")
    try:
        if utc is None:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment - offset if sign == "+" else moment + offset
        if is_zero:
            moment = moment.replace(year=moment.year - 400)
    except (OverflowError, ValueError):
        return None
    return _fixed(moment, int((fraction or "").ljust(9, "0")))


def utc_from_ns(nanoseconds: int) -> str:
    """Nanoseconds since 1970, as file systems count, in the form of `utc_text`.

    Raises OverflowError outside the years 1 to 9999.
    """
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{_whole(seconds)}.{rest:09d}Z"


def utc_of_file(nanoseconds: int) -> str | None:
    """As `utc_from_ns`, but None outside the years 1 to 9999, as damaged files can have."""
    try:
        return utc_from_ns(nanoseconds)
    except OverflowError:
        return None


@lru_cache(maxsize=4096)
def _whole(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def _fixed(moment: datetime, nanoseconds: int) -> str | None:
    text = f"{moment.isoformat(timespec='seconds')}.{nanoseconds:09d}Z"
    return None if text == _ZERO else text

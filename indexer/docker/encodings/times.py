"""Times as Go writes them, brought to one form that sorts as text."""

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
    """An RFC 3339 time as UTC text of the width of `2026-11-24T08:11:45.133770837Z`.

    None for Go's zero time, which stands for "never" or "not known" (Go `time.Time.IsZero`), and
    for what lies outside the years 1 to 9999 in UTC, which a text of that width cannot say. Raises
    ValueError where Go takes `text` for no time (`time.Parse`, as `UnmarshalJSON` does: an hour of
    one digit, a comma before the fraction and offsets up to 24:60 are taken, `t` and `z` are not).
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an RFC 3339 time")
    year, date, hour, rest, fraction, utc, sign, hours, minutes = match.groups()
    # Calendars repeat after 400 years: a year that can be counted with stands for year 0.
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
    """A count of nanoseconds since 1970, as the file system gives it, as the same UTC text.

    Raises OverflowError outside the years 1 to 9999.
    """
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{_whole(seconds)}.{rest:09d}Z"


def utc_of_file(nanoseconds: int) -> str | None:
    """As `utc_from_ns`, but None where a file has a time outside the years 1 to 9999."""
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

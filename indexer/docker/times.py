"""Times as Go writes them, brought to one form that sorts as text."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

_RFC3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?(?:([Zz])|([+-])(\d\d):(\d\d))",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1)
_ZERO: Final = "0001-01-01T00:00:00.000000000Z"


@lru_cache(maxsize=65536)
def utc_text(text: str) -> str | None:
    """An RFC 3339 time as UTC text of the width of `2026-11-24T08:11:45.133770837Z`.

    None for Go's zero time, which stands for "never" or "not known" (Go `time.Time.IsZero`).
    Raises ValueError where `text` is no RFC 3339 time.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an RFC 3339 time")
    date, clock, fraction, utc, sign, hours, minutes = match.groups()
    moment = datetime.fromisoformat(f"{date}T{clock}")
    if utc is None:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        try:
            moment = moment - offset if sign == "+" else moment + offset
        except OverflowError as error:
            raise ValueError(f"{text!r} is outside the years 1 to 9999") from error
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

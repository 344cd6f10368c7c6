"""Times on the command line: UTC times, dates and ages."""

import re
import time
from datetime import datetime
from typing import Final

import click

from indexer.docker.encodings.times import utc_from_ns

_AGE: Final = re.compile(r"0*(\d+)\s*([mhdw])", re.ASCII)
_SECONDS: Final = (("m", 60), ("h", 3600), ("d", 86400), ("w", 604800))
_MOMENT: Final = re.compile(
    r"(\d{4})(?:(-\d\d)(?:(-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.\d+)?Z?)?)?)?",
    re.ASCII,
)
_BEFORE_ALL: Final = "0001"
_WIDTH: Final = len("2026-11-24T08:11:45.133770837")
# An age of more digits is more than 19,000 years, even in minutes.
_MOST_DIGITS: Final = 10


def is_moment(text: str) -> bool:
    """Whether `text` has the form of a UTC time, a date, or an age."""
    return bool(_AGE.fullmatch(text) or _MOMENT.fullmatch(text))


def moment(text: str, parameter: str) -> str:
    """The time that `text` means, as the index writes it, or the beginning of one; '' for ''.

    Raises `click.BadParameter`, which names `parameter`.
    """
    if not text:
        return ""
    age = _AGE.fullmatch(text)
    if age is not None:
        return _ago(age[1], dict(_SECONDS)[age[2]])
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise click.BadParameter(
            f"{text!r} is neither a UTC time like 2026-11-24T08:00 nor an age like 30m, 24h, 7d.",
            param_hint=parameter,
        )
    year, month, day, clock = match.groups()
    try:
        datetime.fromisoformat(f"{year}{month or '-01'}{day or '-01'}T{clock or '00:00'}")
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no time: {error}.", param_hint=parameter) from error
    at = text.replace(" ", "T").removesuffix("Z")
    # The added Z sorts after the time itself, because a change at that time is not after it.
    return f"{at}Z" if len(at) == _WIDTH else at


def _ago(number: str, seconds: int) -> str:
    """The time `number` times `seconds` ago, or the year 1 where no calendar has that time."""
    if len(number) > _MOST_DIGITS:
        return _BEFORE_ALL
    try:
        return utc_from_ns(time.time_ns() - int(number) * seconds * 1_000_000_000)
    except OverflowError:
        return _BEFORE_ALL

"""Times as people give them on the command line."""

import re
import time
from typing import Final

import click

from indexer.docker.times import utc_from_ns

_AGE: Final = re.compile(r"(\d+)\s*([mhdw])")
_SECONDS: Final = (("m", 60), ("h", 3600), ("d", 86400), ("w", 604800))
_MOMENT: Final = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?)?)?")
_BEFORE_ALL: Final = "0001"
_WIDTH: Final = len("2026-11-24T08:11:45.133770837")


def is_moment(text: str) -> bool:
    """Whether `text` is a UTC time, a date, or an age."""
    return bool(_AGE.fullmatch(text) or _MOMENT.fullmatch(text))


def moment(text: str, parameter: str) -> str:
    """The time that `text` means as the index has it, or its beginning; '' for ''.

    Raises `click.BadParameter`, which names `parameter`.
    """
    age = _AGE.fullmatch(text)
    if age is not None:
        seconds = int(age[1]) * dict(_SECONDS)[age[2]]
        try:
            return utc_from_ns(time.time_ns() - seconds * 1_000_000_000)
        except OverflowError:
            return _BEFORE_ALL
    if text and not _MOMENT.fullmatch(text):
        raise click.BadParameter(
            f"{text!r} is neither a UTC time like 2026-11-24T08:00 nor an age like 30m, 24h, 7d.",
            param_hint=parameter,
        )
    at = text.replace(" ", "T").removesuffix("Z")
    # What happened just then is not after it.
    return f"{at}Z" if len(at) == _WIDTH else at

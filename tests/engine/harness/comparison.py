"""Counts which fields of an index and of an engine are equal, and says which are not."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.engine.harness.index_answers import Row

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")
_NEVER = "0001-01-01T00:00:00.000000000Z"


class Comparison:
    """What was compared so far.

    `fields` counts every value that was laid beside the engine's; `mismatches` has one sentence
    for each that differs and for each object that only one side has.
    """

    def __init__(self) -> None:
        """Start with nothing compared."""
        self.fields = 0
        self.mismatches: list[str] = []

    def equal(self, thing: str, field: str, ours: object, theirs: object) -> None:
        """Compare one field of one object."""
        self.fields += 1
        if ours != theirs:
            self.mismatches.append(f"{thing}: {field} is {ours!r}, the engine says {theirs!r}.")

    def fields_equal(self, thing: str, ours: Row, theirs: Row) -> None:
        """Compare the fields that `theirs` has; the columns of `ours` bear the same names."""
        for field, value in theirs.items():
            self.equal(thing, field, ours[field], value)

    def same_things(self, kind: str, ours: Iterable[Any], theirs: Iterable[Any]) -> list[Any]:
        """Compare which objects there are, each once, and give those of both sides in order."""
        mine, engines = list(ours), list(theirs)
        for name, things in (("The index", mine), ("The engine", engines)):
            twice = sorted({str(thing) for thing in things if things.count(thing) > 1})
            self.mismatches += [f"{name} has {kind} {thing} more than once." for thing in twice]
        self.fields += len(set(mine) | set(engines))
        self.mismatches += [
            f"{kind} {thing}: only the index has it." for thing in sorted(set(mine) - set(engines))
        ]
        self.mismatches += [
            f"{kind} {thing}: only the engine has it." for thing in sorted(set(engines) - set(mine))
        ]
        return sorted(set(mine) & set(engines))


def known(value: Any) -> Any:
    """Give what an engine says as an index keeps it: empty text, lists and objects are None."""
    return None if value in ("", [], {}) else value


def known_number(value: int | None) -> int | None:
    """Give a number that an engine leaves at 0 for none as an index keeps it: as None."""
    return value or None


def utc(text: str | None) -> str | None:
    """Give an engine's time as UTC with nine digits; None for Go's zero time, which is no time.

    Raises `ValueError` for what is not a time.
    """
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"The engine gives {text!r} as a time.")
    moment = datetime.fromisoformat(f"{match[1]}{match[3]}").astimezone(UTC)
    padded = f"{moment.replace(tzinfo=None).isoformat()}.{match[2] or '':0<9}Z"
    return None if padded == _NEVER else padded


def variables(lines: Iterable[str] | None) -> dict[str, str | None]:
    """Give the variables of an `Env`, of which the last of a name counts."""
    pairs = [line.partition("=") for line in lines or ()]
    return {name: value if equals else None for name, equals, value in pairs}


def moved(path: str, data_root: str, root: Path) -> str:
    """Give a path below the data root of an engine as one below the root that was read."""
    return f"{root}{path.removeprefix(data_root)}"


def seconds(text: str | None) -> int:
    """Give a time of an index in whole seconds since 1970, the zero time where it is unknown."""
    whole = (text or _NEVER).partition(".")[0]
    return int(datetime.fromisoformat(f"{whole}+00:00").timestamp())


def chain_ids(diff_ids: Iterable[str]) -> list[str]:
    """Name each layer together with those below it, as the image specification says."""
    names: list[str] = []
    for diff_id in diff_ids:
        below = f"{names[-1]} {diff_id}".encode() if names else b""
        names.append(f"sha256:{hashlib.sha256(below).hexdigest()}" if below else diff_id)
    return names

"""Parses files of shell assignments: systemd's `EnvironmentFile=`, /etc/default, /etc/sysconfig."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ASSIGNMENT: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)", re.ASCII)
_COMMENT: Final = re.compile(r"^\s*[#;].*$", re.MULTILINE)
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)
_BRACED: Final = re.compile(r"\$(?:\$|\{(\w+)\})", re.ASCII)
_BARE: Final = re.compile(r"\$(\w+)", re.ASCII)


def parse_assignments(data: bytes) -> dict[str, str]:
    """The variables that a file sets, by name.

    The last assignment of a name wins, and a value may refer to variables set before it. A value
    with an open quote is kept as it is written, so that the caller's splitting fails and is noted.
    """
    values: dict[str, str] = {}
    # Comments are removed before lines are joined: a backslash at their end does not continue them.
    text = _COMMENT.sub("", data.decode("utf-8", "surrogateescape").replace("\r\n", "\n"))
    for line in text.replace("\\\n", "").split("\n"):
        match = _ASSIGNMENT.match(line)
        if match is None:
            continue
        name, raw = match.groups()
        try:
            values[name] = _filled(" ".join(shlex.split(raw)), values)
        except ValueError:
            values[name] = raw
    return values


def expand_words(words: Iterable[str], variables: Mapping[str, str]) -> Iterator[str]:
    """The words of a command line after systemd's expansion (systemd.service, "Command lines").

    A word `$NAME` becomes the words of the variable's value. `${NAME}` within a word becomes the
    value, and `$$` a dollar sign. A variable that is not set is empty. Raises `ValueError` if a
    value that must be split has an open quote.
    """
    for word in words:
        bare = _BARE.fullmatch(word)
        if bare:
            yield from shlex.split(variables.get(bare[1], ""))
        else:
            yield _BRACED.sub(lambda match: _braced(match, variables), word)


def _braced(match: re.Match[str], variables: Mapping[str, str]) -> str:
    return "$" if match[1] is None else variables.get(match[1], "")


def _filled(value: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: known.get(match[1] or match[2], match[0]), value)

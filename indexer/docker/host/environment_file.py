"""Files of shell-like assignments: `EnvironmentFile=` of systemd, /etc/default, /etc/sysconfig."""

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
    """The variables a file sets; the last assignment wins and may use the ones before it.

    A value with an open quote is kept as written, so that splitting it into words fails too.
    """
    values: dict[str, str] = {}
    # Comments go first, since a backslash at their end continues nothing.
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
    """The words of a command line as systemd starts it (systemd.service, "Command lines").

    `$NAME` as a word of its own becomes the words of its value, `${NAME}` anywhere the value,
    `$$` a dollar sign; a variable that is not set is empty. Raises `ValueError` where a value that
    is to be split has an open quote.
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

"""The fenced blocks of a page: commands with the output that is shown, and SQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_LANGUAGES: Final = frozenset({"console", "sh", "sql"})
"""Languages of blocks that are run."""


class Example(NamedTuple):
    """One thing to run: a command line or a statement.

    `output` is what the page shows of it, empty where it shows nothing; `span` is where `output`
    stands in the text of the page.
    """

    language: str
    source: str
    output: str
    span: tuple[int, int]


def languages(page: str) -> Iterator[str]:
    """The language of each fenced block of the text `page`."""
    return (match[1] for match in _FENCE.finditer(page))


def examples(page: str) -> Iterator[Example]:
    """Everything in the text `page` that is to be run, in order.

    In a `console` block a line that begins with `$ ` is a command and what follows is its output.
    Each line of an `sh` block is a command. An `sql` block is one statement.
    """
    for match in _FENCE.finditer(page):
        if match[1] == "console":
            yield from _console(match[2], match.start(2))
        elif match[1] == "sh":
            lines = (line for line in match[2].splitlines() if line and not line.startswith("#"))
            yield from (Example("sh", line, "", (match.end(), match.end())) for line in lines)
        elif match[1] == "sql":
            yield Example("sql", match[2].strip().rstrip(";"), "", (match.end(), match.end()))


def _console(block: str, offset: int) -> Iterator[Example]:
    starts = [match.start() for match in re.finditer(r"^\$ ", block, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(block)], strict=True):
        line, _, output = block[start:end].partition("\n")
        source = re.sub(r"\s+# .*", "", line.removeprefix("$ "))
        yield Example("console", source, output, (offset + end - len(output), offset + end))


def with_outputs(page: str, outputs: list[tuple[Example, str]]) -> str:
    """The text `page` with the shown output of each example replaced by what it printed."""
    for example, output in reversed(outputs):
        if example.output:
            start, end = example.span
            page = page[:start] + output + page[end:]
    return page

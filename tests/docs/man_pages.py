"""`make docs`: a man page for dockidx and for each of its commands, under docs/man/."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import TYPE_CHECKING, Final

import click

from indexer import VERSION
from indexer.cli import main
from tests.docs import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = PROJECT / "docs/man"
_EXAMPLES: Final = re.compile(r"\n*\x08\nExamples:\n(.*)\Z", re.DOTALL)
_FILES: Final = (
    ("/var/lib/dockidx/index.db", "The index of root."),
    ("~/.local/share/dockidx/index.db", "The index of anyone else (or under $XDG_DATA_HOME)."),
)


def man_pages() -> dict[str, str]:
    """All man pages, by file name."""
    names = [f"dockidx-{name}" for name in sorted(main.commands)]
    pages = {"dockidx.1": _page("dockidx", main, (*_command_list(), *_environment(), *_see(names)))}
    for name, command in sorted(main.commands.items()):
        pages[f"dockidx-{name}.1"] = _page(f"dockidx-{name}", command, _see(["dockidx"]))
    return pages


def _page(name: str, command: click.Command, end: Iterator[str] | tuple[str, ...]) -> str:
    # click keeps the help option that it makes first, so the context has to be the program's.
    top = click.Context(main, info_name="dockidx", **main.context_settings)
    context = top if command is main else click.Context(command, parent=top, info_name=command.name)
    about, examples = _parts(cleandoc(command.help or ""))
    first, *others = about
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [
        f'.TH "{_escaped(name.upper())}" "1" "" "dockidx {VERSION}" "dockidx"',
        ".SH NAME",
        f"{_escaped(name)} \\- {_escaped(first.rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_escaped(context.command_path)}",
        _escaped(usage),
        ".SH DESCRIPTION",
        *(line for text in (first, *others) for line in (_escaped(text), ".PP")),
        *_options(command, context),
        *(() if not examples else (".SH EXAMPLES", ".nf", *map(_escaped, examples), ".fi")),
        *end,
    ]
    return "".join(f"{line}\n" for line in lines)


def _parts(text: str) -> tuple[list[str], list[str]]:
    """The paragraphs of a help text, and its examples."""
    match = _EXAMPLES.search(text)
    examples = [] if match is None else [line.strip() for line in match[1].splitlines()]
    about = text if match is None else text[: match.start()]
    return [" ".join(part.split()) for part in about.split("\n\n")], examples


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    records = [param.get_help_record(context) for param in command.get_params(context)]
    yield ".SH OPTIONS"
    for record in records:
        if record is not None:
            yield from _entry(*record)


def _command_list() -> Iterator[str]:
    yield ".SH COMMANDS"
    for name, command in sorted(main.commands.items()):
        yield from _entry(name, command.get_short_help_str(200))


def _environment() -> Iterator[str]:
    yield ".SH ENVIRONMENT"
    yield from _entry("DOCKIDX_DB", "The index to use where --db is not given.")
    yield ".SH FILES"
    for path, text in _FILES:
        yield from _entry(path, text)


def _see(names: list[str]) -> Iterator[str]:
    yield ".SH SEE ALSO"
    yield " ,\n".join(f".BR {_escaped(name)} (1)" for name in names)


def _entry(term: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield f".B {_escaped(term)}"
    yield _escaped(" ".join(text.split()))


def _escaped(text: str) -> str:
    """`text` as roff shows it: no control line, and a minus that can be copied."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.1"):
        old.unlink()
    for name, text in man_pages().items():
        (FOLDER / name).write_text(text)

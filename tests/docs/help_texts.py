"""`make docs`: the help texts of all commands, in docs/cli.md."""

from typing import Final

import click
from click.testing import CliRunner

from indexer.cli import main
from tests.docs import PROJECT

PAGE: Final = PROJECT / "docs/cli.md"
_BEGIN: Final = "<!-- help: written by `make docs`, kept current by a test -->\n"
_END: Final = "<!-- end of help -->\n"


def page_with_help(text: str) -> str:
    """The page `text` with the help texts of today between its two marks."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{_sections()}{_END}{after}"


def _sections() -> str:
    commands = [[]] + [[name] for name in sorted(main.commands)]
    return "".join(f"\n### {_call(words)}\n\n```text\n{_help(words)}```\n" for words in commands)


def _call(words: list[str]) -> str:
    return " ".join(["dockidx", *words])


def _help(words: list[str]) -> str:
    settings = {"terminal_width": 100, "max_content_width": 100}
    result = CliRunner().invoke(main, [*words, "--help"], prog_name="dockidx", **settings)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise click.ClickException(f"The help of {words} cannot be made: {result.exception}")
    return result.stdout


if __name__ == "__main__":
    PAGE.write_text(page_with_help(PAGE.read_text()))

"""`make docs`: the help texts of all commands, in the README."""

from pathlib import Path

import click
from click.testing import CliRunner

from indexer.cli import main

README = Path(__file__).parents[2] / "README.md"
BEGIN = "<!-- help: written by `make docs`, kept current by a test -->\n"
END = "<!-- end of help -->\n"


def readme_with_help(text: str) -> str:
    """The README `text` with the help texts of today between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{_blocks()}{END}{after}"


def _blocks() -> str:
    commands = [[]] + [[name] for name in sorted(main.commands)]
    return "".join(f"```console\n$ {_call(words)}\n{_help(words)}```\n\n" for words in commands)


def _call(words: list[str]) -> str:
    return " ".join(["dockidx", *words, "--help"])


def _help(words: list[str]) -> str:
    settings = {"terminal_width": 100, "max_content_width": 100}
    result = CliRunner().invoke(main, [*words, "--help"], prog_name="dockidx", **settings)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise click.ClickException(f"The help of {words} cannot be made: {result.exception}")
    return result.stdout


if __name__ == "__main__":
    README.write_text(readme_with_help(README.read_text()))

"""Help: every command has an example, and asking for help is quick."""

from __future__ import annotations

import subprocess
import sys

import pytest

from indexer import VERSION
from indexer.cli import main
from indexer.cli.commands import SHORT_HELPS
from indexer.queries.catalogue import catalogue
from tests.cli.commands import dockidx

COMMANDS = sorted(main.commands)
HEAVY = ("sqlalchemy", "alembic", "datasette", "uvicorn", "sqlite3", "tabulate")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    """The help says what the command does and shows how it is typed."""
    done = dockidx(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert "Examples:\n" in done.out
    examples = done.out.split("Examples:\n")[1].split("\nOptions:")[0]
    assert f"dockidx {command}" in examples
    assert dockidx(command, "-h").out == done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    """No option stands without a word about it."""
    for parameter in main.commands[command].params:
        words = getattr(parameter, "help", "") if parameter.param_type_name == "option" else "x"
        assert words, parameter.name


def test_the_help_of_all() -> None:
    """Each command is listed with words about it."""
    done = dockidx("--help")
    assert done.code == 0
    listed = done.out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS
    assert all(len(line.split()) > 3 for line in listed)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_all_says_what_the_command_says(command: str) -> None:
    """The list has words of its own, so that it needs no import; they are the command's."""
    assert main.commands[command].get_short_help_str(200).removesuffix(".") == SHORT_HELPS[command]


def test_a_command_alone_is_loaded() -> None:
    """The list of commands loads none of them, and a command loads itself only."""
    script = (
        "import sys\n"
        "from indexer.cli import main\n"
        "for words in (['--help'], ['query']):\n"
        "    try:\n"
        "        main(words)\n"
        "    except SystemExit:\n"
        f"        names = [n for n in {COMMANDS!r} if 'indexer.cli.' + n in sys.modules]\n"
        "        sys.stderr.write(f'{words} {names}\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.splitlines() == ["['--help'] []", "['query'] ['query']"]


def test_no_command_at_all() -> None:
    """Without a command the help is shown."""
    done = dockidx()
    assert "Commands:" in done.out + done.err


def test_the_version() -> None:
    """The version is that of the package."""
    assert dockidx("--version").out == f"dockidx, version {VERSION}\n"


def test_what_is_not_needed_is_not_loaded() -> None:
    """The libraries that take their time are loaded only where they are needed."""
    asked = [["--help"], ["--version"], ["query"], ["query", "--format", "json"], ["bogus"]]
    asked += [[command, "--help"] for command in COMMANDS]
    script = (
        "import sys\n"
        "from indexer.cli import main\n"
        f"for words in {asked!r}:\n"
        "    try:\n"
        "        main(words)\n"
        "    except SystemExit:\n"
        f"        loaded = [n for n in {HEAVY!r} if n in sys.modules]\n"
        "        sys.stderr.write(f'\\nafter {words}: {loaded}\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    told = [line for line in done.stderr.splitlines() if line.startswith("after ")]
    assert told == [f"after {words}: []" for words in asked]


def test_every_query_explains_itself() -> None:
    """Each canned query has a title, a description and words about its parameters."""
    for query in catalogue().values():
        assert query.title
        assert query.description.endswith(".")
        assert all(parameter.description for parameter in query.parameters)

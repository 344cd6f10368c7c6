"""docs/cli.md and the man pages say what the program says of itself."""

import re
import shutil
import subprocess

import pytest

from indexer.cli import main
from tests.docs.help_texts import PAGE, page_with_help
from tests.docs.man_pages import FOLDER, man_pages
from tests.requirements import need


def test_the_help_texts_are_current() -> None:
    """`make docs` would change nothing."""
    text = PAGE.read_text()

    assert page_with_help(text) == text


def test_the_man_pages_are_current() -> None:
    """`make docs` would change none, add none and remove none."""
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == man_pages()


@pytest.mark.parametrize("name", sorted(man_pages()))
def test_a_man_page_is_sound(name: str) -> None:
    """groff has no complaint, and shows every option and every example on a line of its own."""
    groff = shutil.which("groff")
    need(groff is not None, "groff is not installed.")
    command = [groff, "-man", "-Tascii", "-ww", "-P-c", "-rLL=200n", FOLDER / name]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    shown = [line.strip() for line in re.sub(".\x08", "", done.stdout).splitlines()]
    page = name.removesuffix(".1").partition("-")[2]
    known = main.commands[page] if page else main
    options = [option for param in known.params for option in param.opts if option[:2] == "--"]
    assert not done.stderr
    terms = [line for line in shown if line.startswith("-")]
    assert all(any(option in line.split() for line in terms) for option in options)
    examples = re.findall(
        r"^ *((?:sudo )?dockidx .*)$", known.help.partition("Examples:")[2], re.MULTILINE
    )
    assert examples
    assert set(examples) <= {line.replace("...", "…") for line in shown}

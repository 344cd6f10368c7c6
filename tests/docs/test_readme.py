"""The README says what is so: its help texts are current and its examples run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.help_texts import README, readme_with_help
from tests.roots import unpack

DOCKIDX = Path(sys.executable).with_name("dockidx")
EXAMPLES = re.findall(r"^\$ (dockidx (?:query|sql) .*)$", README.read_text(), re.MULTILINE)


def test_the_help_texts_in_the_readme_are_current() -> None:
    """`make docs` would change nothing."""
    text = README.read_text()

    assert readme_with_help(text) == text


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the root that `make demo` reads."""
    folder = tmp_path_factory.mktemp("readme")
    root = unpack("26.1.5-overlay2", folder)
    path = folder / "index.db"
    command = [DOCKIDX, "sync", "--root", root, "--host", "demo", "--db", path]
    subprocess.run(command, check=True)
    return path


@pytest.mark.parametrize("example", [line for line in EXAMPLES if "--db" not in line])
def test_an_example_of_the_readme_answers(example: str, index: Path) -> None:
    """The command runs on the root of `make demo` and prints at least one row."""
    words = shlex.split(example)
    command = [DOCKIDX, *words[1:], "--db", index, "--format", "ndjson"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()

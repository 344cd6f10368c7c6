"""CONTRIBUTING.md: the reader of the worked example works, and the files it names are there."""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs import PROJECT
from tests.readers.reading import opened, write

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (PROJECT / "CONTRIBUTING.md").read_text()
NEW_FILES = {"indexer/docker/swarm.py", "tests/readers/test_swarm.py"}


@pytest.fixture
def swarm(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module that the example shows."""
    match = re.search(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert match is not None
    module = ModuleType("swarm_of_the_example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(match[1], module.__dict__)
    return module


def test_the_reader_of_the_example_reads(swarm: Any, tmp_path: Path) -> None:
    """A sound file gives a record and no finding."""
    write(tmp_path / "swarm/docker-state.json", '{"AdvertiseAddr": "192.0.2.1"}')

    with opened(tmp_path) as root:
        found = swarm.read_swarm(root)

    assert found == (("192.0.2.1",), ())


def test_the_reader_of_the_example_raises_nothing(swarm: Any, tmp_path: Path) -> None:
    """No file is no finding; damage and a link are one each."""
    path = tmp_path / "swarm/docker-state.json"
    with opened(tmp_path) as root:
        assert swarm.read_swarm(root) == (None, ())
        write(path, "{")
        assert [it.rule for it in swarm.read_swarm(root).findings] == ["S1"]
        path.unlink()
        path.symlink_to("/etc/hostname")
        assert len(swarm.read_swarm(root).findings) == 1


def test_the_files_that_it_names_are_there() -> None:
    """Every path in backquotes that has a folder exists, but for what the example adds."""
    paths = set(re.findall(r"`((?:indexer|tests|docs|queries|migrations|\.ci)/[\w./-]*)`", TEXT))

    assert paths >= NEW_FILES
    assert {path for path in paths if not (PROJECT / path).exists()} == NEW_FILES

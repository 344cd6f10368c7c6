"""Fixtures for tests of all kinds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.engine.harness.index_answers import Index
from tests.roots import unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xdist.scheduler import LoadScopeScheduling

_NAME = "agreement"
_TOGETHER = ("tests/engine/", "tests/postgres/")
_LONGEST = ("tests/engine/", "tests/trust/")

# `make test` has to say the same each time, and a time that runs out is no fault of the program.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
# What `make fuzz` chooses.
settings.register_profile("random", max_examples=1000, deadline=None)
settings.load_profile("same")


@pytest.fixture(scope="session")
def golden_root(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the path of an unpacked root of `tests.roots` by name, to read and never to change."""

    @cache
    def unpacked(name: str) -> Path:
        return unpack(name, tmp_path_factory.mktemp(name))

    return unpacked


@pytest.fixture(scope="session")
def golden_index(
    golden_root: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Index]:
    """Give the index of an unpacked root of `tests.roots` by name, to ask and never to change."""

    @cache
    def synced(name: str) -> Index:
        index = Index(tmp_path_factory.mktemp(f"index-{name}") / "index.db", golden_root(name))
        index.sync()
        return index

    return synced


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process works alone at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Give the tests of one file to one process, and all that ask an engine to one."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            together = (folder for folder in _TOGETHER if nodeid.startswith(folder))
            return next(together, nodeid.partition("::")[0])

    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as `agreement`: how many fields were laid beside an engine's."""
    passed = terminalreporter.getreports("passed")
    found = [text for report in passed for name, text in report.user_properties if name == _NAME]
    if found:
        terminalreporter.section("agreement with Docker engines")
        for text in sorted(set(found)):
            terminalreporter.line(str(text))

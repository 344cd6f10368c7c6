"""Fixtures for tests of all kinds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.roots import unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NAME = "agreement"


@pytest.fixture(scope="session")
def golden_root(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the path of an unpacked root of `tests.roots` by name, to read and never to change."""

    @cache
    def unpacked(name: str) -> Path:
        return unpack(name, tmp_path_factory.mktemp(name))

    return unpacked


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as `agreement`: how many fields were laid beside an engine's."""
    passed = terminalreporter.getreports("passed")
    found = [text for report in passed for name, text in report.user_properties if name == _NAME]
    if found:
        terminalreporter.section("agreement with Docker engines")
        for text in sorted(set(found)):
            terminalreporter.line(str(text))

"""Captured roots to trace in, each indexed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.roots import GOLDEN_ROOTS
from tests.trace.traced_root import TracedRoot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="package", params=GOLDEN_ROOTS)
def traced(
    request: pytest.FixtureRequest,
    golden_root: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> TracedRoot:
    """A root with its index."""
    folder = tmp_path_factory.mktemp("traced")
    return TracedRoot.of(request.param, golden_root(request.param), folder)

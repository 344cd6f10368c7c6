"""Captured roots to trace in, each indexed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.roots import GOLDEN_ROOTS
from tests.trace.traced_root import TracedRoot

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.harness.index_answers import Index


@pytest.fixture(scope="package", params=GOLDEN_ROOTS)
def traced(request: pytest.FixtureRequest, golden_index: Callable[[str], Index]) -> TracedRoot:
    """A root with its index."""
    index = golden_index(request.param)
    return TracedRoot(request.param, index.root, index.path)

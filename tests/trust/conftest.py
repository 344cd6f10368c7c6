"""Fixtures of the tests of what the index promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.trust.places import in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory."""
    with in_memory() as folder:
        yield folder

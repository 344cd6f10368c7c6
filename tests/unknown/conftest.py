"""The root that each test damages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unknown.site import Site, build

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A sound root."""
    return build(tmp_path / "docker")

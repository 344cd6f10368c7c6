"""A containerd root in the making, in a Docker root."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.readers.containerd.reading import OWN
from tests.rootbuilder.containerd import ContainerdBuilder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """Give the path of a Docker root."""
    path = tmp_path / "docker"
    path.mkdir()
    return path


@pytest.fixture
def store(docker: Path) -> ContainerdBuilder:
    """Give the containerd root of `docker`, with nothing in it yet."""
    return ContainerdBuilder(docker / OWN)

"""A root with one image and its index, for tests of what commands take and print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import sync
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with one image."""
    built = RootBuilder(tmp_path_factory.mktemp("commands") / "docker")
    built.image([b"base"], tag="base:1")
    return built.path


@pytest.fixture(scope="module")
def index(root: Path) -> Path:
    """An index of the root, which is only read."""
    path = root.parent / "index.db"
    sync(root, path)
    return path

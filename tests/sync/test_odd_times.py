"""Times that are in order for the engine and that no column holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rootbuilder import RootBuilder
from tests.sync.index_files import problems, select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "time", ["0000-06-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"]
)
def test_times_outside_the_calendar(tmp_path: Path, time: str) -> None:
    """An image and a container with such a time are indexed, without it."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"one"], tag="app:1", fields={"created": time})
    root.container("web", image, fields={"Created": time})
    sync_roots(tmp_path / "index.db", root.path)
    assert problems(tmp_path / "index.db") == []
    sql = "SELECT image_id, created_at FROM images"
    assert select(tmp_path / "index.db", sql) == [(image.image_id, None)]
    assert select(tmp_path / "index.db", "SELECT name, created_at FROM containers") == [
        ("web", None)
    ]

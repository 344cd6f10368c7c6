"""Times that the engine accepts but no column can store."""

from __future__ import annotations

import os
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
    """An image and a container with such a time are indexed without the time."""
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


@pytest.mark.parametrize("ctime_ns", [2**63, 2**70, -(2**63) - 1])
def test_changes_at_no_time_of_64_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ctime_ns: int
) -> None:
    """A file with such a change time is indexed, and the next sync reads it again."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"one"], tag="app:1")
    root.container("web", image)

    class Odd:
        """What is known of a file, but for its ctime."""

        st_ctime_ns = ctime_ns

        def __init__(self, found: os.stat_result) -> None:
            self._found = found

        def __getattr__(self, name: str) -> int:
            return int(getattr(self._found, name))

    stat, fstat = os.stat, os.fstat
    monkeypatch.setattr("indexer.docker.files.folder.os.stat", lambda *a, **k: Odd(stat(*a, **k)))
    monkeypatch.setattr("indexer.docker.files.folder.os.fstat", lambda fd: Odd(fstat(fd)))
    sync_roots(tmp_path / "index.db", root.path)
    sync_roots(tmp_path / "index.db", root.path)
    assert problems(tmp_path / "index.db") == []
    sql = "SELECT section FROM fingerprints WHERE ctime_ns NOT BETWEEN 0 AND 4102444800000000000"
    assert select(tmp_path / "index.db", sql) == []

"""Drivers that store the metadata of a directory beside it, not in it."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from tests.rootbuilder import BuiltImage, RootBuilder
from tests.sync.index_files import disk_contents, problems, select, sync_roots
from tests.sync.operations import SETTLE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path


def aufs_root(path: Path) -> BuiltImage:
    """Create a root of aufs with an image of three layers."""
    image = RootBuilder(path).image([b"one", b"two", b"three"], tag="app:1")
    (path / "image/overlay2").rename(path / "image/aufs")
    shutil.rmtree(path / "overlay2")
    for name in ("diff", "layers", "mnt"):
        (path / "aufs" / name).mkdir(parents=True)
    ancestors = ""
    for cache_id in image.cache_ids:
        (path / "aufs/diff" / cache_id).mkdir()
        (path / "aufs/layers" / cache_id).write_text(ancestors)
        ancestors = f"{cache_id}\n{ancestors}"
    return image


def synced(tmp_path: Path) -> None:
    """Sync the root after its last change is old enough."""
    time.sleep(SETTLE_SECONDS)
    sync_roots(tmp_path / "index.db", tmp_path / "docker")


def assert_as_new(tmp_path: Path) -> None:
    """After another sync the index equals a new one."""
    for index in ("index.db", "new.db"):
        sync_roots(tmp_path / index, tmp_path / "docker")
    assert disk_contents(tmp_path / "index.db") == disk_contents(tmp_path / "new.db")


def test_ancestors_of_aufs(tmp_path: Path) -> None:
    """A layer's file of parents is read again although the layer's folder has not changed."""
    bottom, middle, top = aufs_root(tmp_path / "docker").cache_ids
    synced(tmp_path)
    layers = tmp_path / "docker/aufs/layers"
    (layers / middle).unlink()
    (layers / top).write_text(f"{bottom}\n")
    assert_as_new(tmp_path)
    sql = "SELECT lower_directory FROM directories WHERE directory = ?"
    assert select(tmp_path / "index.db", sql, top) == [(bottom,)]
    assert ("G2", middle, f"aufs/layers/{middle}") in problems(tmp_path / "index.db")


def test_limits_of_btrfs(tmp_path: Path) -> None:
    """An unreadable limit is found although the subvolume has not changed."""
    image = RootBuilder(tmp_path / "docker", "btrfs").image([b"one"], tag="app:1")
    synced(tmp_path)
    (tmp_path / "docker/btrfs/quotas").mkdir()
    limit = f"btrfs/quotas/{image.cache_ids[0]}"
    (tmp_path / "docker" / limit).write_text("much")
    assert_as_new(tmp_path)
    assert problems(tmp_path / "index.db") == [("G2", image.cache_ids[0], limit)]

"""An index that follows a containerd says what a new index says of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from indexer.docker import read_root
from tests.containerd.hosts import Host
from tests.roots import CONTAINERD_ROOTS, unpack
from tests.sync.index_files import disk_contents, select, sync_roots
from tests.sync.operations import SETTLE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

TAGS = "SELECT tag FROM tags ORDER BY tag"
BUILD_CACHE = "SELECT (SELECT COUNT(*) FROM build_records), (SELECT COUNT(*) FROM build_parents)"
NEEDLESS = "SELECT severity FROM problems WHERE rule = 'K11' AND object_id = ?"
_LASTS_SECONDS = 2


def test_what_never_rests_is_read_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that changed just now at each sync has no fingerprint that proves anything."""
    monkeypatch.setattr(read_root, "RACY_NS", 3_600_000_000_000)
    host = Host(tmp_path)
    manifest = host.containerd.manifest([b"base"])
    for number in range(3):
        host.containerd.name(f"docker.io/library/web:{number}", manifest)
        host.containerd.write()
        sync_roots(host.index, host.docker.path)
        assert select(host.index, TAGS) == [(str(tag),) for tag in range(number + 1)]


@pytest.mark.parametrize("what", ["lease", "image"])
def test_what_ends_between_two_syncs(tmp_path: Path, what: str) -> None:
    """That it is over now changes nothing on the disk, and is found all the same."""
    host = Host(tmp_path)
    ends = datetime.now(UTC) + timedelta(seconds=_LASTS_SECONDS)
    label = {"containerd.io/gc.expire": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
    manifest = host.containerd.manifest([b"base"])
    if what == "image":
        host.containerd.name("docker.io/library/web:1", manifest, labels=label)
    else:
        host.containerd.lease("soon", content=[manifest["digest"]], labels=label)
    host.containerd.write()
    time.sleep(SETTLE_SECONDS)
    sync_roots(host.index, host.docker.path)
    assert select(host.index, NEEDLESS, manifest["digest"]) == []
    time.sleep(_LASTS_SECONDS)
    sync_roots(host.index, host.docker.path)
    new = tmp_path / "new.db"
    sync_roots(new, host.docker.path)
    assert disk_contents(host.index) == disk_contents(new)
    assert select(host.index, NEEDLESS, manifest["digest"]) == [("warning",)]


@pytest.mark.parametrize("name", CONTAINERD_ROOTS)
def test_a_damaged_database_hides_no_build_cache(tmp_path: Path, name: str) -> None:
    """What the build cache held before containerd's database was damaged stays known."""
    root = unpack(name, tmp_path / "root")
    index = tmp_path / "index.db"
    time.sleep(SETTLE_SECONDS)
    sync_roots(index, root)
    before = select(index, BUILD_CACHE)
    (database,) = tmp_path.rglob("io.containerd.metadata.v1.bolt/meta.db")
    database.write_bytes(bytes(database.stat().st_size))
    sync_roots(index, root)
    assert select(index, BUILD_CACHE) == before != [(0, 0)]

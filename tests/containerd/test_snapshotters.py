"""Several snapshotters in one containerd, as after a change of the engine's storage driver."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import dockidx
from tests.containerd.hosts import Host
from tests.rootbuilder.containerd import NOW, ContainerdBuilder, go_time
from tests.sync.index_files import assert_sound, select

if TYPE_CHECKING:
    from pathlib import Path

WEB = "docker.io/library/web:1"
LATE = "2026-11-25T08:00:00Z"
EARLY = "2026-11-24T08:00:00Z"
_LABEL = "containerd.io/gc.ref.snapshot."
_STORES = "SELECT driver, active FROM stores ORDER BY driver"


class Switched:
    """A host whose engine has the image `web:1` unpacked by overlayfs and by native.

    Numbers of directories are the same in both.
    """

    def __init__(self, folder: Path, *, native_at: int = 0) -> None:
        self.host = Host(folder)
        self.native = ContainerdBuilder(self.host.containerd.top, snapshotter="native")
        store = self.host.containerd
        self.target = store.image(WEB, [b"base", b"web"])
        self.top = self.host.top_chain(self.target)
        self.native.tree = store.tree
        self.native.manifest([b"base", b"web"])
        for bucket in self.native.space("snapshots", "native").values():
            bucket[b"createdat"] = go_time(NOW + native_at)
        config = store.space("content", "blob")[store.config_of(self.target).encode()]
        names = (store.snapshotter, "native")
        config[b"labels"] = {f"{_LABEL}{name}".encode(): self.top.encode() for name in names}

    def sync(self, *options: str) -> None:
        self.native.write()
        done = self.host.sync(*options)
        assert done.code == 0, done.err
        assert_sound(self.host.index)

    def stores(self) -> dict[str, int]:
        """Each snapshotter, and whether the engine uses it."""
        return dict(select(self.host.index, _STORES))

    def problems(self) -> list[tuple[str, str]]:
        query = "SELECT rule, severity FROM problems WHERE rule LIKE 'K%' ORDER BY rule"
        return select(self.host.index, query)


def test_each_snapshotter_is_a_store(tmp_path: Path) -> None:
    switched = Switched(tmp_path)
    switched.host.container("box", switched.target, LATE, Driver="overlayfs")
    (switched.native.snapshot_path("2") / "file").parent.mkdir(parents=True)
    (switched.native.snapshot_path("2") / "file").write_bytes(b"x" * 9000)
    switched.sync("--du")
    assert switched.stores() == {"native": 0, "overlayfs": 1}
    rows = switched.host.query("directories")
    found = {(row["driver"], row["directory"]): row for row in rows}
    folder = "io.containerd.snapshotter.v1"
    for driver, inner in (("native", ""), ("overlayfs", "/fs")):
        row = found[driver, "2"]
        assert (row["owner_kind"], row["owner_id"]) == ("image-layer", switched.top)
        assert row["path"].endswith(f"/{folder}.{driver}/snapshots/2{inner}")
    assert found["native", "2"]["disk_bytes"] > 9000
    assert switched.problems() == []


@pytest.mark.parametrize("driver", ["native", "overlayfs"])
def test_a_directory_is_found_by_its_snapshotter_and_number(tmp_path: Path, driver: str) -> None:
    switched = Switched(tmp_path, native_at=-60)
    switched.sync()
    path = f"/var/lib/containerd/io.containerd.snapshotter.v1.{driver}/snapshots/2/etc"
    (found,) = switched.host.query("directory-owner", directory=path)
    assert (found["driver"], found["chain_id"]) == (driver, switched.top)
    assert found["tags"] == "web:1"
    numbered = switched.host.query("directory-owner", directory="2")
    assert [row["driver"] for row in numbered] == ["overlayfs", "native"]


@pytest.mark.parametrize(
    ("container", "native_at", "used"),
    [
        ("overlayfs", 0, "overlayfs"),
        ("native", 0, "native"),
        (None, 60, "native"),
        (None, -60, "overlayfs"),
        ("overlayfs", 999_999_999, "native"),
    ],
)
def test_the_engine_uses_the_snapshotter_that_was_used_last(
    tmp_path: Path, container: str | None, native_at: int, used: str
) -> None:
    """By a container, or to make a snapshot; the images and blobs are in that store."""
    switched = Switched(tmp_path, native_at=native_at)
    if container is not None:
        switched.host.container("box", switched.target, LATE, Driver=container)
    switched.sync()
    assert [name for name, active in switched.stores().items() if active] == [used]
    (image,) = switched.host.query("images")
    assert image["tags"] == "web:1"
    assert image["size_bytes"] > 2 * 4096
    (hidden,) = switched.host.query("hidden-images")
    assert hidden["size_bytes"] == 2 * 4096
    (holder,) = select(
        switched.host.index,
        "SELECT DISTINCT s.driver FROM store_blobs AS b JOIN stores AS s USING (store_id)",
    )
    assert holder == (used,)


def test_what_only_the_other_snapshotter_lacks_stops_nothing(tmp_path: Path) -> None:
    """Its folder was removed by hand: a warning, as the engine does not need it."""
    switched = Switched(tmp_path)
    switched.host.container("box", switched.target, LATE, Driver="overlayfs")
    switched.native.write()
    shutil.rmtree(switched.native.snapshot_path("").parent)
    switched.host.sync()
    assert switched.problems() == [("K6", "warning")]
    assert dockidx("check", "--db", switched.host.index).code == 0


def test_a_snapshot_of_the_other_one_that_nothing_holds_is_needless(tmp_path: Path) -> None:
    switched = Switched(tmp_path)
    switched.native.snapshot("needless")
    switched.sync()
    query = "SELECT object_id, path FROM problems WHERE rule = 'K11'"
    ((key, path),) = select(switched.host.index, query)
    assert key == "needless"
    assert path.endswith("io.containerd.snapshotter.v1.native/snapshots/3")


def test_a_container_of_the_other_snapshotter_is_hidden_and_whole(tmp_path: Path) -> None:
    """The engine loads those of its own driver alone."""
    switched = Switched(tmp_path)
    host, native = switched.host, switched.native
    host.container("new", switched.target, LATE, Driver="overlayfs")
    old = host.container("old", switched.target, EARLY, Driver="native")
    snapshots = native.space("snapshots", "overlayfs")
    for key in (f"{old}-init", old):
        del snapshots[key.encode()]
        host.containerd.backends = {
            name: it
            for name, it in host.containerd.backends.items()
            if not name.endswith(f"/{key}".encode())
        }
    snapshots[switched.top.encode()][b"children"].pop(f"{old}-init".encode())
    native.snapshot(f"{old}-init", switched.top)
    native.snapshot(old, f"{old}-init", "active")
    native.lease(old, snapshots=[old, f"{old}-init"])
    switched.sync()
    assert [row["name"] for row in host.query("containers")] == ["new"]
    (hidden,) = host.query("hidden-containers")
    assert hidden["name"] == "old"
    faults = [rule for rule, _ in switched.problems() if rule not in ("K7", "K11")]
    assert faults == []


def test_a_snapshotter_whose_snapshots_are_gone_is_a_store_no_more(tmp_path: Path) -> None:
    switched = Switched(tmp_path)
    switched.sync()
    del switched.native.space("snapshots")[b"native"]
    switched.host.sync()
    assert switched.stores() == {"overlayfs": 1}
    (image,) = switched.host.query("images")
    assert image["tags"] == "web:1"

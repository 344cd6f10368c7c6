"""The folder of a graph driver without image/<driver> is a store without sure owners."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.cli.commands import dockidx, sync
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import assert_sound, disk_contents, select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

ID, OTHER = "a1" * 32, "b2" * 32
STORES = "SELECT driver, active, has_images FROM stores ORDER BY driver"
OWNERS = """
SELECT DISTINCT s.driver, o.owner_kind, o.confidence
FROM directory_owners AS o
JOIN stores AS s ON s.store_id = o.store_id
ORDER BY 1, 2
"""
FOUND = "SELECT rule, severity, object_id, path FROM problems WHERE rule LIKE 'G%' ORDER BY path"


def asked(index: Path, query: str, *words: str) -> list[dict[str, Any]]:
    """The rows of a canned query."""
    done = dockidx("query", query, *words, "--format", "json", "--db", index)
    assert done.code == 0, done.err
    return list(json.loads(done.out))


def put(root: Path, path: str, text: str) -> None:
    """Write a file and create the folders above it."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def lost(tmp_path: Path) -> RootBuilder:
    """A root with an image, a container and a volume, without its folder image/."""
    root = RootBuilder(tmp_path / "docker")
    root.container("web", root.image([b"one", b"two"], tag="app:1"))
    root.volume("data")
    shutil.rmtree(root.path / "image")
    return root


def former(root: Path) -> None:
    """A root with leftovers of aufs, devicemapper, vfs and an engine before 1.10."""
    put(root, f"aufs/diff/{ID}/f", "x" * 100_000)
    put(root, f"aufs/diff/{OTHER}-removing/f", "x")
    put(root, f"vfs/dir/{ID}/f", "x")
    put(root, f"graph/{ID}/json", "{}")
    put(root, "devicemapper/devicemapper/data", "x" * 200_000)
    with open(root / "devicemapper/devicemapper/data", "r+b") as file:
        file.truncate(100 << 30)


def test_image_was_removed(tmp_path: Path) -> None:
    """The directories have their sizes, one finding says what happened, and no owner is sure."""
    root = lost(tmp_path)
    index = tmp_path / "index.db"
    assert sync(root.path, index, "--du").code == 0
    assert select(index, STORES) == [("overlay2", 1, 0)]
    assert select(index, OWNERS) == [("overlay2", "undetermined", "likely")]
    assert select(index, FOUND) == [("G9", "error", "overlay2", "overlay2")]
    on_disk = {it.name for it in (root.path / "overlay2").iterdir()} - {"l"}
    for query in ("directories", "orphan-directories"):
        rows = asked(index, query)
        assert {row["directory"] for row in rows} == on_disk
        assert all(row["disk_bytes"] > 0 for row in rows)
    reason = "image/overlay2, which says whose it is, is missing"
    assert {(row["reason"], row["confidence"]) for row in rows} == {(reason, "likely")}
    assert select(index, "SELECT COUNT(*) FROM containers WHERE store_id IS NOT NULL") == [(1,)]
    assert not select(index, "SELECT * FROM problems WHERE rule IN ('M1', 'C3')")
    assert dockidx("check", "--db", index).code == 1
    assert_sound(index)


def test_the_engine_was_started_again(tmp_path: Path) -> None:
    """The new image/overlay2 names no layer, so a container may still need a directory."""
    root = lost(tmp_path)
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    put(root.path, "image/overlay2/repositories.json", '{"Repositories":{}}')
    for name in ("sha256", "mounts"):
        (root.path / "image/overlay2/layerdb" / name).mkdir(parents=True)
    sync_roots(index, root.path)
    assert select(index, STORES) == [("overlay2", 1, 1)]
    assert select(index, OWNERS) == [
        ("overlay2", "orphan", "certain"),
        ("overlay2", "orphan", "likely"),
    ]
    assert {row[0] for row in select(index, FOUND)} >= {"G1"}
    assert not select(index, "SELECT * FROM problems WHERE rule = 'G9'")
    fresh = tmp_path / "fresh.db"
    sync_roots(fresh, root.path)
    assert disk_contents(index) == disk_contents(fresh)


def test_image_that_cannot_be_read_is_not_gone(tmp_path: Path) -> None:
    """What lies behind the link may name the directories, so they are not a leftover store."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"one"], tag="app:1")
    (root.path / "image").rename(tmp_path / "elsewhere")
    (root.path / "image").symlink_to(tmp_path / "elsewhere")
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    assert select(index, STORES) == []
    assert select(index, "SELECT path FROM problems WHERE rule = 'U4'") == [("image",)]


def test_trees_of_former_drivers(tmp_path: Path) -> None:
    """Each is an inactive store with a finding and its disk space."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"one"], tag="app:1")
    former(root.path)
    index = tmp_path / "index.db"
    assert sync(root.path, index, "--du").code == 0
    names = ["aufs", "devicemapper", "graph", "overlay2", "vfs"]
    assert [row[0] for row in select(index, STORES)] == names
    assert select(index, "SELECT driver FROM stores WHERE active = 1") == [("overlay2",)]
    assert select(index, FOUND) == [
        ("G9", "warning", name, name) for name in names if name != "overlay2"
    ]
    taken: dict[str, int] = dict(select(index, "SELECT driver, disk_bytes FROM stores"))
    assert taken["overlay2"] is None
    for name in set(names) - {"overlay2"}:
        files = [root.path / name, *(root.path / name).rglob("*")]
        assert taken[name] == sum(it.lstat().st_blocks for it in files) * 512
    assert 200_000 < taken["devicemapper"] < 1 << 20
    assert asked(index, "orphan-directories") == []
    rows = [row for row in asked(index, "directories") if row["driver"] == "aufs"]
    assert {(row["directory"], row["owner_kind"]) for row in rows} == {
        (ID, "undetermined"),
        (f"{OTHER}-removing", "removing"),
    }
    assert max(row["disk_bytes"] for row in rows) > 100_000
    assert dockidx("check", "--db", index).code == 0
    traced = dockidx("trace", f"aufs/diff/{ID}", "--db", index)
    assert "image/aufs, which says whose it is, is missing" in traced.out
    owner = asked(index, "directory-owner", "-p", f"directory={OTHER}-removing")
    assert [row["owner_kind"] for row in owner] == ["removing"]
    # A sync without --du removes sizes that may have changed since.
    shutil.rmtree(root.path / "aufs")
    assert sync(root.path, index).code == 0
    assert select(index, "SELECT DISTINCT disk_bytes FROM stores") == [(None,)]
    assert [row[0] for row in select(index, STORES)] == names[1:]


def test_empty_folders_of_drivers_are_no_stores(tmp_path: Path) -> None:
    root = RootBuilder(tmp_path / "docker")
    root.image([b"one"], tag="app:1")
    for name in ("aufs/diff", "aufs/mnt", "vfs/dir", "btrfs", "zfs/graph", "overlay", "graph/_tmp"):
        (root.path / name).mkdir(parents=True)
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    assert select(index, STORES) == [("overlay2", 1, 1)]
    assert select(index, FOUND) == []


def test_devices_have_no_bytes_of_their_own(tmp_path: Path) -> None:
    """With devicemapper one file has all layers. Its disk space is known, that of a layer never."""
    root = RootBuilder(tmp_path / "docker", "vfs")
    root.image([b"one"], tag="app:1")
    names = [it.name for it in (root.path / "vfs/dir").iterdir()]
    shutil.rmtree(root.path / "vfs")
    (root.path / "image/vfs").rename(root.path / "image/devicemapper")
    for name in (*names, ID):
        put(root.path, f"devicemapper/metadata/{name}", '{"device_id":1,"deleted":false}')
    former(root.path)
    index = tmp_path / "index.db"
    assert sync(root.path, index, "--du").code == 0
    (taken,) = select(index, "SELECT disk_bytes FROM stores WHERE driver = 'devicemapper'")[0]
    assert 200_000 < taken < 1 << 20
    rows = [row for row in asked(index, "orphan-directories") if row["driver"] == "devicemapper"]
    assert [(row["directory"], row["disk_bytes"]) for row in rows] == [(ID, None)]
    assert not select(index, "SELECT * FROM problems WHERE rule IN ('S1', 'U1', 'U2')")
    (usage,) = (row for row in asked(index, "disk-usage") if row["category"] == "orphans")
    assert usage["size_bytes"] is None


def test_lost_and_found_has_no_owner(tmp_path: Path) -> None:
    """A folder that is its own file system has `lost+found`, which belongs to fsck."""
    root = RootBuilder(tmp_path / "docker")
    root.container("web", root.image([b"one"], tag="app:1"))
    root.volume("data")
    former(root.path)
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    before = select(index, "SELECT rule, path FROM problems ORDER BY 1, 2")
    folders = [it for it in [root.path, *root.path.rglob("*")] if it.is_dir()]
    for folder in folders:
        if "diff" not in folder.relative_to(root.path).parts:
            (folder / "lost+found").mkdir(mode=0o700)
    (root.path / "aufs/diff/lost+found").mkdir()
    fresh = tmp_path / "fresh.db"
    sync_roots(fresh, root.path)
    assert select(fresh, "SELECT rule, path FROM problems ORDER BY 1, 2") == before
    for table, column in (("volumes", "name"), ("directories", "directory")):
        assert not select(fresh, f"SELECT * FROM {table} WHERE {column} LIKE 'lost%'")

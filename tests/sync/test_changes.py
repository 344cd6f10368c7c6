"""The change log has what appeared, disappeared or changed between two syncs."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.rootbuilder import BuiltImage, RootBuilder
from tests.rootbuilder.files import replace_file
from tests.sync.index_files import select, sync_roots
from tests.sync.operations import SETTLE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

APP = "docker.io/library/app"


class Watched:
    """A root after its first sync, so that everything later is a change."""

    def __init__(self, path: Path) -> None:
        self.root = RootBuilder(path / "docker")
        self.index = path / "index.db"
        self.old = self.root.image([b"old"], tag="app:1")
        self.new = self.root.image([b"new"], tag="app:2")
        self.web = self.root.container("web", self.old, started=False)
        self.root.volume("data")
        time.sleep(SETTLE_SECONDS)
        self.sync()

    def sync(self) -> list[tuple[Any, ...]]:
        """Sync, and give what that sync logged."""
        before = select(self.index, "SELECT MAX(at) FROM changes") if self.index.exists() else []
        sync_roots(self.index, self.root.path)
        last = before[0][0] if before and before[0][0] else ""
        columns = "object_kind, object_key, change, field, before, after"
        sql = f"SELECT {columns} FROM changes WHERE at > ? ORDER BY at, position"
        return select(self.index, sql, last)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A root after its first sync."""
    return Watched(tmp_path)


def of(image: BuiltImage, kind: str, change: str) -> set[tuple[Any, ...]]:
    """The changes for an image of one layer that was added or removed."""
    return {
        ("image", image.image_id, change, None, None, None),
        ("layer", image.chain_ids[0], change, None, None, None),
        (kind, APP + ":3", change, None, None, None),
    }


def test_the_first_sync_is_the_base_line(watched: Watched) -> None:
    """The first sync logs no changes, and neither does the second one of the same root."""
    assert select(watched.index, "SELECT * FROM changes") == []
    assert watched.sync() == []


def test_a_tag_that_moves(watched: Watched) -> None:
    """The change names both images, and `first_seen_at` of the tag is that of this sync."""
    watched.root.references.add("app:1", watched.new.image_id)
    (change,) = watched.sync()
    ids = (watched.old.image_id, watched.new.image_id)
    assert change == ("tag", f"{APP}:1", "changed", "image_id", *ids)
    (moved,) = select(watched.index, "SELECT first_seen_at FROM tags WHERE tag = '1'")
    (stayed,) = select(watched.index, "SELECT first_seen_at FROM tags WHERE tag = '2'")
    assert moved > stayed


def test_tags_and_digests_that_come_and_go(watched: Watched) -> None:
    """Each name is logged in its full form."""
    digest = f"sha256:{'a' * 64}"
    watched.root.digest_reference(watched.old, f"app@{digest}")
    watched.root.untag("app:2")
    assert set(watched.sync()) == {
        ("digest", f"{APP}@{digest}", "added", None, None, None),
        ("tag", f"{APP}:2", "removed", None, None, None),
    }


def test_an_image_that_comes_and_goes(watched: Watched) -> None:
    """With an image its layers and names appear and disappear."""
    image = watched.root.image([b"third"], tag="app:3")
    assert set(watched.sync()) == of(image, "tag", "added")
    watched.root.remove_image(image)
    assert set(watched.sync()) == of(image, "tag", "removed")


def test_tagging_changes_the_image(watched: Watched) -> None:
    """A new tag changes the image's time of tagging."""
    watched.root.tag(watched.old, "app:4")
    changes = watched.sync()
    assert ("tag", f"{APP}:4", "added", None, None, None) in changes
    (noted,) = [change for change in changes if change[0] == "image"]
    assert noted[:5] == ("image", watched.old.image_id, "changed", "last_tagged_at", None)
    assert noted[5].startswith("2026-")


def test_a_container_that_is_started(watched: Watched) -> None:
    """Each changed field is logged, except those that always change."""
    path = watched.web.directory / "config.v2.json"
    config = json.loads(path.read_bytes())
    config["State"] |= {"Running": True, "Pid": 7, "StartedAt": "2026-02-01T00:00:00Z"}
    replace_file(path, json.dumps(config).encode())
    key = ("container", watched.web.container_id, "changed")
    assert set(watched.sync()) == {
        (*key, "state", "created", "running"),
        (*key, "started_at", None, "2026-02-01T00:00:00.000000000Z"),
    }
    assert select(watched.index, "SELECT pid FROM containers") == [(7,)]


def test_a_log_that_grows_is_no_change(watched: Watched) -> None:
    """The index has the new length, and the change log has no change."""
    log = watched.web.directory / f"{watched.web.container_id}-json.log"
    log.write_bytes(b"x" * 1000)
    assert watched.sync() == []
    assert select(watched.index, "SELECT log_bytes FROM containers") == [(1000,)]


def test_a_container_that_goes(watched: Watched) -> None:
    """The mount of a removed container is removed too."""
    watched.root.remove_container(watched.web)
    container_id = watched.web.container_id
    assert set(watched.sync()) == {
        ("container", container_id, "removed", None, None, None),
        ("mount", container_id, "removed", None, None, None),
    }


def test_volumes_that_come_and_go(watched: Watched) -> None:
    """Each volume is logged by its name."""
    shutil.rmtree(watched.root.path / "volumes/data")
    watched.root.volume("more")
    assert set(watched.sync()) == {
        ("volume", "data", "removed", None, None, None),
        ("volume", "more", "added", None, None, None),
    }


def test_a_second_driver(watched: Watched) -> None:
    """A new store is logged, and so is everything in it."""
    other = RootBuilder(watched.root.path, "vfs")
    image = other.image([b"vfs"])
    assert set(watched.sync()) == {
        ("store", "vfs", "added", None, None, None),
        ("image", image.image_id, "added", None, None, None),
        ("layer", image.chain_ids[0], "added", None, None, None),
    }


def test_a_damaged_config_removes_the_image(watched: Watched) -> None:
    """The engine ignores an invalid image, so the image is removed, and a problem says why."""
    path = watched.root.image_path(watched.new.image_id)
    replace_file(path, watched.new.config + b" ")
    assert watched.sync() == [("image", watched.new.image_id, "removed", None, None, None)]
    replace_file(path, watched.new.config)
    assert watched.sync() == [("image", watched.new.image_id, "added", None, None, None)]


def test_what_cannot_be_read_is_not_gone(watched: Watched) -> None:
    """Names, images and volumes keep their rows while a link hides them."""
    hidden = ["image/overlay2/repositories.json", "image/overlay2/imagedb/content/sha256"]
    hidden += ["image/overlay2/layerdb/sha256", "containers", "volumes"]
    for name in hidden:
        path = watched.root.path / name
        path.rename(path.with_name(f"hidden-{path.name}"))
        path.symlink_to(f"hidden-{path.name}")
    assert watched.sync() == []
    rows = select(watched.index, "SELECT rule, path FROM problems ORDER BY path")
    assert rows == [("S1" if "/" in name else "U4", name) for name in sorted(hidden)]
    for table in ("tags", "images", "store_layers", "containers", "volumes"):
        assert select(watched.index, f"SELECT * FROM {table}") != []

"""Roots with several stores, roots below roots, and stores that cannot be read."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from indexer.docker.root.layout import LayoutError
from tests.readers.reading import plant, write
from tests.rootbuilder import RootBuilder
from tests.roots import unpack
from tests.sync.index_files import (
    assert_sound,
    contents,
    disk_contents,
    problems,
    select,
    sync_roots,
)
from tests.sync.operations import SETTLE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

ACTIVE = "SELECT driver, active FROM stores ORDER BY driver"
IMAGES = "SELECT driver, image_id FROM store_images JOIN stores USING (store_id) ORDER BY driver"
PATHS = "SELECT path FROM roots ORDER BY path"


def test_several_drivers_are_several_stores(tmp_path: Path) -> None:
    """An image of two drivers is one image in two stores."""
    overlay, vfs = RootBuilder(tmp_path / "docker"), RootBuilder(tmp_path / "docker", "vfs")
    image = overlay.image([b"same"], created="2026-01-01T00:00:00Z", tag="app:1")
    vfs.image([b"same"], created="2026-01-01T00:00:00Z", tag="app:1")
    index = tmp_path / "index.db"
    sync_roots(index, tmp_path / "docker")
    assert select(index, IMAGES) == [("overlay2", image.image_id), ("vfs", image.image_id)]
    assert select(index, "SELECT COUNT(*) FROM images") == [(1,)]
    assert_sound(index)


def test_the_store_whose_names_changed_last_is_active(tmp_path: Path) -> None:
    """Without containers the active store is the one that the engine wrote last."""
    overlay = RootBuilder(tmp_path / "docker")
    RootBuilder(tmp_path / "docker", "vfs").image([b"vfs"], tag="app:1")
    index = tmp_path / "index.db"
    sync_roots(index, tmp_path / "docker")
    assert select(index, ACTIVE) == [("overlay2", 0), ("vfs", 1)]
    overlay.image([b"overlay"], tag="app:1")
    sync_roots(index, tmp_path / "docker")
    assert select(index, ACTIVE) == [("overlay2", 1), ("vfs", 0)]


def test_the_store_of_the_newest_container_is_active(tmp_path: Path) -> None:
    """The store of the container that ran last is active."""
    vfs = RootBuilder(tmp_path / "docker", "vfs")
    vfs.container("web", vfs.image([b"vfs"]), running=True)
    RootBuilder(tmp_path / "docker").image([b"overlay"], tag="app:1")
    index = tmp_path / "index.db"
    sync_roots(index, tmp_path / "docker")
    assert select(index, ACTIVE) == [("overlay2", 0), ("vfs", 1)]


def test_a_driver_that_is_gone(tmp_path: Path) -> None:
    """All rows of its store are deleted. Its containers stay, without a store and an image."""
    vfs = RootBuilder(tmp_path / "docker", "vfs")
    vfs.container("web", vfs.image([b"vfs"], tag="app:1"))
    overlay = RootBuilder(tmp_path / "docker")
    kept = overlay.image([b"overlay"])
    index = tmp_path / "index.db"
    sync_roots(index, tmp_path / "docker")
    shutil.rmtree(tmp_path / "docker/image/vfs")
    shutil.rmtree(tmp_path / "docker/vfs")
    sync_roots(index, tmp_path / "docker")
    assert select(index, IMAGES) == [("overlay2", kept.image_id)]
    assert select(index, "SELECT name, driver, store_id, image_id FROM containers") == [
        ("web", "vfs", None, None)
    ]
    assert select(index, "SELECT * FROM fingerprints WHERE section LIKE 'vfs/%'") == []
    assert_sound(index)
    sync_roots(tmp_path / "fresh.db", tmp_path / "docker")
    assert disk_contents(index) == disk_contents(tmp_path / "fresh.db")


@pytest.mark.parametrize(
    ("part", "problem"),
    [("image", ("U4", "image", "image")), ("image/overlay2", ("S1", None, "image/overlay2"))],
)
def test_a_store_that_cannot_be_read_is_not_gone(
    tmp_path: Path, part: str, problem: tuple[str, str | None, str]
) -> None:
    """It is reported as unknown, and its rows stay as they were, including the active store."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"base"], tag="app:1")
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    before = disk_contents(index)
    (root.path / part).rename(tmp_path / "aside")
    plant(root.path / part, "link")
    sync_roots(index, root.path)
    assert problems(index) == [problem]
    assert select(index, "SELECT active, images_known, layers_known FROM stores") == [(1, 0, 0)]
    unknown = ("stores", "usage_by_category")
    of_rows = {"problems": [], "doubts": [], **{name: before[name] for name in unknown}}
    assert disk_contents(index) | of_rows == before
    assert select(index, "SELECT * FROM changes") == []
    (root.path / part).unlink()
    (tmp_path / "aside").rename(root.path / part)
    sync_roots(index, root.path)
    assert disk_contents(index) == before
    assert select(index, "SELECT * FROM changes") == []


def test_images_without_their_metadata(tmp_path: Path) -> None:
    """If only the metadata of the images cannot be read, the images are indexed."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base"])
    root.tag(image, "app:1")
    notes = root.store / "imagedb/metadata/sha256"
    notes.rename(tmp_path / "aside")
    plant(notes, "link")
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    noted = "SELECT image_id, last_tagged_at IS NOT NULL FROM store_images"
    assert select(index, noted) == [(image.image_id, 0)]
    notes.unlink()
    (tmp_path / "aside").rename(notes)
    sync_roots(index, root.path)
    assert select(index, noted) == [(image.image_id, 1)]
    notes.rename(tmp_path / "aside")
    plant(notes, "link")
    root.image([b"more"])
    sync_roots(index, root.path)
    assert sorted(row[1] for row in select(index, noted)) == [0, 1]


def test_metadata_of_an_image_that_was_damaged(tmp_path: Path) -> None:
    """After a damaged config is restored, the image has its metadata again."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base"])
    root.tag(image, "app:1")
    index = tmp_path / "index.db"
    path = root.image_path(image.image_id)
    for config in (image.config, image.config + b" ", image.config):
        time.sleep(SETTLE_SECONDS)
        path.write_bytes(config)
        sync_roots(index, root.path)
    assert select(index, "SELECT last_tagged_at IS NOT NULL FROM store_images") == [(1,)]


def test_metadata_that_changes_while_the_images_are_hidden(tmp_path: Path) -> None:
    """Metadata that could not be written to the index is read again."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base"])
    root.tag(image, "app:1")
    configs = root.store / "imagedb/content/sha256"
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    configs.rename(tmp_path / "aside")
    plant(configs, "link")
    root.tag(image, "app:2")
    time.sleep(SETTLE_SECONDS)
    sync_roots(index, root.path)
    configs.unlink()
    (tmp_path / "aside").rename(configs)
    sync_roots(index, root.path)
    sync_roots(tmp_path / "fresh.db", root.path)
    assert disk_contents(index) == disk_contents(tmp_path / "fresh.db")


def test_roots_of_user_namespaces(tmp_path: Path) -> None:
    """Roots below a root are separate roots, even if the outer folder is not a root."""
    outer = RootBuilder(tmp_path / "docker")
    outer.image([b"outer"])
    RootBuilder(tmp_path / "docker/100000.100000").image([b"inner"])
    RootBuilder(tmp_path / "only/5.5").image([b"only"])
    index = tmp_path / "index.db"
    summary = sync_roots(index, tmp_path / "docker", tmp_path / "only")
    paths = [str(tmp_path / name) for name in ("docker", "docker/100000.100000", "only/5.5")]
    assert [root.path for root in summary.roots] == paths
    assert select(index, PATHS) == [(path,) for path in paths]
    assert len(select(index, IMAGES)) == 3


def test_a_folder_that_only_looks_like_a_root_below(tmp_path: Path) -> None:
    """The outer root is still read. Without any root there is the usual error."""
    RootBuilder(tmp_path / "docker")
    (tmp_path / "docker/1.1/image").mkdir(parents=True)
    index = tmp_path / "index.db"
    summary = sync_roots(index, tmp_path / "docker")
    assert [root.path for root in summary.roots] == [str(tmp_path / "docker")]
    (tmp_path / "none/1.1/image").mkdir(parents=True)
    with pytest.raises(LayoutError, match=f"{tmp_path}/none is not a Docker root"):
        sync_roots(index, tmp_path / "none")


def test_a_root_that_is_given_twice(tmp_path: Path) -> None:
    """It is read once, even if it lies below another given root."""
    RootBuilder(tmp_path / "docker")
    inner = RootBuilder(tmp_path / "docker/5.5").path
    index = tmp_path / "index.db"
    roots = (inner, tmp_path / "docker", tmp_path / "docker", inner)
    summary = sync_roots(index, *roots)
    assert len(summary.roots) == 2
    assert len(select(index, "SELECT * FROM syncs")) == 2


def test_two_hosts_in_one_index(tmp_path: Path) -> None:
    """The same path on another host is another root with separate rows."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"base"], tag="app:1")
    index = tmp_path / "index.db"
    sync_roots(index, root.path, host="a")
    before = contents(index)
    root.untag("app:1")
    sync_roots(index, root.path, host="b")
    assert select(index, "SELECT host FROM roots ORDER BY host") == [("a",), ("b",)]
    assert contents(index)["tags"] == before["tags"]
    assert select(index, "SELECT COUNT(*) FROM images") == [(1,)]


def test_an_engine_id_that_cannot_be_read(tmp_path: Path) -> None:
    """The root is indexed without the ID."""
    root = RootBuilder(tmp_path / "docker")
    write(root.path / "engine-id", "x" * 5000)
    sync_roots(tmp_path / "index.db", root.path)
    assert problems(tmp_path / "index.db") == [("U2", None, "engine-id")]


@pytest.mark.parametrize(
    ("hidden", "rule", "known"), [("image", "U4", []), ("image/overlay2", "S1", [("overlay2", 0)])]
)
def test_a_first_sync_where_a_store_is_hidden(
    tmp_path: Path, hidden: str, rule: str, known: list[tuple[str, int]]
) -> None:
    """The unreadable folder is reported, not as missing, and its images are unknown."""
    root = unpack("26.1.5-overlay2", tmp_path / "root")
    (root / hidden).rename(tmp_path / "aside")
    plant(root / hidden, "link")
    index = tmp_path / "index.db"
    sync_roots(index, root)
    assert select(index, "SELECT rule, path FROM problems WHERE cause = 1") == [(rule, hidden)]
    assert select(index, "SELECT path FROM problems WHERE rule = 'C4'") == []
    assert select(index, "SELECT driver, images_known FROM stores") == known
    assert select(index, "SELECT COUNT(*) > 0 FROM containers") == [(1,)]

"""Parts that are missing, denied, a link or cut: what is computed from them is unknown."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.readers.encodings.bolt_writer import bolt_file
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unknown.site import Site


def removed(path: Path) -> None:
    """Take a folder away."""
    shutil.rmtree(path)


def replaced(path: Path) -> None:
    """Put something in the place of a folder that is none."""
    shutil.rmtree(path)
    os.mkfifo(path)


def linked(path: Path) -> None:
    """Move a folder elsewhere and leave a link to it."""
    outside = next(it.parent for it in path.parents if it.name == "docker")
    moved = path.rename(outside / "elsewhere")
    path.symlink_to(moved)


WAYS = pytest.mark.parametrize("damage", [removed, replaced, linked])
SOUND_SIZES = (2, 1)


def test_sound_root(site: Site) -> None:
    """Everything is known of a root without fault."""
    site.sync()
    assert site.problems() == []
    for category in ("images", "containers", "volumes", "build-cache", "logs", "orphans"):
        assert None not in site.usage(category)
    assert site.usage("images")[:2] == SOUND_SIZES
    assert site.column("images", "containers") == {0, 1}


@WAYS
def test_containers(site: Site, damage: Callable[[Path], None]) -> None:
    """Without containers/ nothing says what is in use: no image and no volume is called unused."""
    damage(site.path / "containers")
    site.sync()
    rule, path, message = site.cause()
    assert (rule, path) in {("U5", "containers"), ("S1", "containers"), ("U4", "containers")}
    assert "nothing removes it" not in message
    items, active, size, reclaimable = site.usage("images")
    assert items == 2
    assert size is not None
    assert (active, reclaimable) == (None, None)
    assert site.usage("containers") == site.usage("logs") == (None,) * 4
    assert site.usage("volumes")[0] == 2
    assert site.usage("volumes")[1::2] == (None, None)
    assert site.column("images", "containers") == {None}
    assert site.column("volumes", "containers") == {None}
    assert site.column("hosts-with-image", "containers") == {None}
    assert site.query("unused-images") == []
    assert site.column("reclaim", "freed_bytes", "-p", "images=other:1") == {None}
    summary = site.query("host-summary")[0]
    assert (summary["containers"], summary["reclaimable_bytes"]) == (None, None)
    assert summary["images"] == 2


def test_second_sync_without_containers(site: Site) -> None:
    """What was known of containers before tells nothing once the folder is gone."""
    site.sync()
    shutil.rmtree(site.path / "containers")
    for _ in range(2):
        site.sync()
        assert site.cause()[0] == "U5"
        assert site.usage("containers") == (None,) * 4
        assert site.query("unused-images") == []


def test_empty_containers(site: Site) -> None:
    """A folder that is there and empty is known to be so, and its read-write layers are leaked."""
    shutil.rmtree(site.container.directory)
    site.sync()
    assert site.usage("containers") == (0, 0, 0, 0)
    assert {rule for rule, _, _ in site.problems()} == {"M5", "V4"}


def test_one_container(site: Site) -> None:
    """One container that cannot be read may have any image and any volume."""
    linked(site.container.directory / "config.v2.json")
    site.sync()
    assert site.cause()[0] == "S1"
    assert site.usage("images")[1] is None
    assert site.query("unused-images") == []


@WAYS
def test_volumes(site: Site, damage: Callable[[Path], None]) -> None:
    """Without volumes/ there is no telling how many there are, and none is missing."""
    damage(site.path / "volumes")
    site.sync()
    assert site.cause()[1] == "volumes"
    assert site.usage("volumes") == (None,) * 4
    assert None not in site.usage("images")


def test_volumes_are_missed_again(site: Site) -> None:
    """Containers that have not changed still say which volumes there were."""
    site.sync()
    shutil.rmtree(site.path / "volumes")
    for _ in range(2):
        site.sync()
        assert site.cause()[0] == "U5"


@pytest.mark.parametrize("damage", [replaced, linked])
def test_store(site: Site, damage: Callable[[Path], None]) -> None:
    """Where image/<driver> is no good, no image is listed and no directory called an orphan."""
    damage(site.path / "image/overlay2")
    site.sync()
    assert site.cause()[:2] == ("S1", "image/overlay2")
    assert site.usage("images") == site.usage("orphans") == (None,) * 4
    assert site.query("orphan-directories") == []
    assert site.column("directories", "owner_kind") == {"undetermined"}
    summary = site.query("host-summary")[0]
    assert [summary[key] for key in ("images", "layers", "size_bytes")] == [None] * 3
    assert summary["containers"] == 1


def test_images_folder(site: Site) -> None:
    """Where image/ itself cannot be looked into, images are unknown and not none."""
    linked(site.path / "image")
    site.sync()
    assert site.cause()[:2] == ("U4", "image")
    assert site.usage("images") == site.usage("build-cache") == (None,) * 4
    assert site.query("host-summary")[0]["images"] is None


@WAYS
def test_layers(site: Site, damage: Callable[[Path], None]) -> None:
    """Without layerdb/sha256 sizes are unknown, and no directory is an orphan."""
    site.sync()
    damage(site.path / "image/overlay2/layerdb/sha256")
    for _ in range(2):
        site.sync()
        assert site.cause()[1] == "image/overlay2/layerdb/sha256"
        items, active, size, reclaimable = site.usage("images")
        assert (items, active) == SOUND_SIZES
        assert (size, reclaimable) == (None, None)
        assert site.column("images", "size_bytes") == {None}
        assert site.query("orphan-directories") == []
        assert site.usage("orphans") == (None,) * 4


@WAYS
def test_mounts(site: Site, damage: Callable[[Path], None]) -> None:
    """Without layerdb/mounts it is unknown what containers wrote, and whose directories are."""
    damage(site.path / "image/overlay2/layerdb/mounts")
    site.sync()
    assert site.cause()[1] == "image/overlay2/layerdb/mounts"
    assert site.usage("containers") == (1, 0, None, None)
    assert site.query("orphan-directories") == []
    assert site.column("reclaim", "freed_bytes", "-p", "images=other:1") == {None}


@WAYS
def test_configs(site: Site, damage: Callable[[Path], None]) -> None:
    """Without the configs it is unknown which images there are."""
    damage(site.path / "image/overlay2/imagedb/content/sha256")
    site.sync()
    assert site.cause()[1] == "image/overlay2/imagedb/content/sha256"
    assert site.usage("images") == (None,) * 4


def test_names(site: Site) -> None:
    """Where repositories.json is cut, no image is known to be dangling or pruned."""
    file = site.path / "image/overlay2/repositories.json"
    file.write_bytes(file.read_bytes()[:-9])
    site.sync()
    assert site.cause()[0] == "R1"
    assert site.column("images", "dangling") == {None}
    unused = site.query("unused-images")
    assert [(it["dangling"], bool(it["reason_kept"])) for it in unused] == [(None, True)]
    assert site.usage("images") == (None,) * 4


def test_directories(site: Site) -> None:
    """A driver's folder on which nothing is mounted any more has no orphans known."""
    shutil.rmtree(site.path / "overlay2")
    (site.path / "overlay2").mkdir()
    site.sync()
    assert site.cause()[:2] == ("L6", "overlay2")
    assert site.usage("orphans") == (None,) * 4


def test_build_cache(site: Site) -> None:
    """A cut database of the build cache leaves it unknown, and what it may hold."""
    (site.path / "buildkit").mkdir()
    (site.path / "buildkit/snapshots.db").write_bytes(bolt_file({})[:5000])
    (site.path / "buildkit/metadata_v2.db").write_bytes(bolt_file({}))
    site.sync()
    assert site.cause()[0] == "B1"
    assert site.usage("build-cache") == site.usage("orphans") == (None,) * 4
    assert site.column("reclaim", "freed_bytes", "-p", "images=other:1") == {None}


def test_labels_of_volumes(site: Site) -> None:
    """Without labels only a name of 64 digits tells that the engine made it up."""
    (site.path / "volumes/metadata.db").write_bytes(b"cut")
    site.sync()
    assert site.cause()[0] == "V1"
    found = {row["name"]: row["anonymous"] for row in site.query("volumes")}
    assert found == {"data": None, "a" * 64: 1}


def test_cause_stands_first(site: Site) -> None:
    """What kept a part from being read stands before what is worse and has another reason."""
    RootBuilder(site.path).image([b"third"], tag="third:1")
    (site.path / "image/overlay2/imagedb/content/sha256" / site.unused.image_id[7:]).unlink()
    linked(site.path / "containers")
    site.sync()
    rows = site.query("problems")
    assert rows[0]["rule"] == "U4"
    assert {row["severity"] for row in rows[1:]} >= {"error"}

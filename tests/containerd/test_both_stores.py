"""Roots that hold a graph driver's store and one of containerd, and fleets that have both."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import dockidx
from tests.containerd.hosts import Host
from tests.rootbuilder import RootBuilder, layer
from tests.rootbuilder.containerd import CONFIG, MANIFEST, METADATA
from tests.sync.index_files import assert_sound, disk_contents, select

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rootbuilder import BuiltImage

LATE = "2026-11-25T08:00:00Z"
BASE = b"base"
_UNUSED = "SELECT path, message FROM problems WHERE rule = 'X1'"


def switched(folder: Path) -> tuple[Host, BuiltImage]:
    """A host that went over to the containerd store; the image it had before."""
    host = Host(folder, graph_driver=True)
    old = host.docker.image([layer({"bin/sh": b"sh"})], tag="old:1")
    host.docker.container("left", old, image_name="old:1")
    host.docker.volume("data")
    new = host.containerd.image("docker.io/library/new:1", [BASE, b"new"])
    host.container("current", new, LATE)
    return host, old


def test_the_store_in_use_is_the_one_that_is_shown(tmp_path: Path) -> None:
    """Images and containers are those of the newer store; nothing of the other one is lost."""
    host, old = switched(tmp_path)
    assert host.sync().code == 0
    assert [row["tags"] for row in host.query("images")] == ["new:1"]
    assert [row["name"] for row in host.query("containers")] == ["current"]
    assert [row["name"] for row in host.query("volumes")] == ["data"]
    (hidden,) = host.query("hidden-images")
    assert (hidden["image_id"], hidden["tags"]) == (old.image_id, "old:1")
    assert hidden["size_bytes"] > 0
    assert "uses overlayfs and not overlay2" in hidden["reason"]
    (left,) = host.query("hidden-containers")
    assert (left["name"], left["driver"]) == ("left", "overlay2")
    assert left["rw_directory"].startswith(f"{host.docker.path}/overlay2/")
    assert_sound(host.index)


def test_a_switch_is_followed(tmp_path: Path) -> None:
    """An index made before the switch ends like one made after it, and says what appeared."""
    host = Host(tmp_path, graph_driver=True)
    old = host.docker.image([layer({"bin/sh": b"sh"})], tag="old:1")
    host.docker.container("left", old, image_name="old:1")
    host.containerd.write()
    assert host.sync().code == 0
    assert [row["tags"] for row in host.query("images")] == ["old:1"]
    new = host.containerd.image("docker.io/library/new:1", [BASE, b"new"])
    host.container("current", new, LATE)
    assert host.sync().code == 0
    assert [row["tags"] for row in host.query("images")] == ["new:1"]
    appeared = {(row["object_kind"], row["object_key"]) for row in host.query("changes")}
    assert {("store", "containerd overlayfs"), ("image", new)} <= appeared
    followed = disk_contents(host.index)
    host.index.unlink()
    host.sync()
    assert disk_contents(host.index) == followed


def test_a_store_that_is_gone_leaves_the_index(tmp_path: Path) -> None:
    """Where containerd's root is taken away the graph driver's store is in use again."""
    host, _ = switched(tmp_path)
    host.sync()
    shutil.rmtree(host.containerd.top)
    shutil.rmtree(host.docker.path / "containers" / host.docker.new_id("container", "current"))
    words = ("sync", "--root", host.docker.path, "--db", host.index, "--host", host.name)
    assert dockidx(*words).code == 0
    assert [row["tags"] for row in host.query("images")] == ["old:1"]
    assert host.query("hidden-images") == []
    assert select(host.index, "SELECT COUNT(*) FROM snapshots") == [(0,)]
    assert select(host.index, "SELECT COUNT(*) FROM manifests") == [(0,)]
    assert_sound(host.index)


def test_a_remapped_root_with_a_graph_driver_has_its_own_images_alone(tmp_path: Path) -> None:
    """It shares the namespace of the root around it, and has just what it pulled in there."""
    host = Host(tmp_path)
    host.containerd.image("docker.io/library/outer:1", [BASE])
    inner = RootBuilder(host.docker.path / "100000.100000")
    image = inner.image([layer({"bin/sh": b"sh"})], tag="inner:1")
    inner.container("left", image)
    config = {"mediaType": CONFIG, "digest": image.image_id, "size": 1}
    manifest = {"mediaType": MANIFEST, "config": config, "layers": []}
    pulled = host.containerd.document(manifest, MANIFEST)["digest"]
    host.containerd.lease(f"moby-image-{image.image_id}", content=[pulled])
    assert host.sync().code == 0
    tags = (
        "SELECT r.path, s.kind, s.active, t.tag FROM tags AS t JOIN stores AS s USING (store_id) "
        "JOIN roots AS r USING (root_id) ORDER BY r.path"
    )
    assert select(host.index, tags) == [
        (str(host.docker.path), "containerd", 1, "1"),
        (str(inner.path), "graphdriver", 1, "1"),
    ]
    assert select(host.index, "SELECT COUNT(*) FROM stores") == [(2,)]
    own = "SELECT engine_image_id FROM image_manifests WHERE manifest_digest = ?"
    assert select(host.index, own, pulled) == [(image.image_id,)]
    assert_sound(host.index)


@pytest.mark.parametrize("inside", [True, False])
def test_a_containerd_that_is_not_in_use_is_named_by_its_place(
    tmp_path: Path, inside: bool
) -> None:
    """Relative to the Docker root inside of it, else as a whole path."""
    host = Host(tmp_path, graph_driver=True)
    if inside:
        host.containerd.top = host.docker.path / "containerd/daemon"
    host.containerd.image("docker.io/library/old:1", [BASE])
    new = host.docker.image([layer({"bin/sh": b"sh"})], tag="new:1")
    late = {"Created": "2027-01-01T00:00:00Z"}
    host.docker.container("current", new, started=False, fields=late)
    host.sync()
    place = "containerd/daemon" if inside else str(host.containerd.top)
    path = f"{place}/{METADATA}"
    ((named, message),) = select(host.index, _UNUSED)
    assert named == path
    assert message.startswith("It is not the store in use; its 1 images, of which 0 are")


def test_an_image_that_the_store_in_use_shows_twice_counts_once(tmp_path: Path) -> None:
    """By a manifest and by an index of it, as two images of one config."""
    host = Host(tmp_path, graph_driver=True)
    store = host.containerd
    manifest = store.manifest([BASE])
    store.name("docker.io/library/app:1", manifest)
    store.name("docker.io/library/app:2", store.index(manifest))
    config = store.config_of(manifest["digest"])
    host.docker.image_path(config).write_bytes(store.files[config])
    host.container("current", manifest["digest"], LATE)
    host.sync()
    ((path, message),) = select(host.index, _UNUSED)
    assert path == "image/overlay2"
    assert "its 1 images, of which 1 are in the other one too" in message


def test_one_image_on_both_kinds_of_host_is_one_image(tmp_path: Path) -> None:
    """A classic host and one with containerd that pulled the same image share its row."""
    new = Host(tmp_path / "new", "new")
    target = new.containerd.image("docker.io/library/app:1", [BASE])
    new.sync()
    config = new.containerd.files[new.containerd.config_of(target)]
    old = Host(tmp_path / "old", "old", graph_driver=True)
    built = old.docker.image([layer({"bin/sh": b"sh"})], tag="app:1")
    digest = new.containerd.config_of(target)
    old.docker.image_path(digest).write_bytes(config)
    old.docker.references.add("same:1", digest)
    old.sync()
    fleet = tmp_path / "fleet.db"
    assert dockidx("merge", "--into", fleet, new.index, old.index).code == 0
    words = ("query", "hosts-with-image", "-p", f"image={digest}", "--db", fleet)
    rows = json.loads(dockidx(*words, "--format", "json").out)
    assert [(row["host"], row["image_id"], row["tags"]) for row in rows] == [
        ("new", digest, "app:1"),
        ("old", digest, "same:1"),
    ]
    assert rows[0]["engine_image_id"] == target
    drift = json.loads(dockidx("query", "tag-drift", "--db", fleet, "--format", "json").out)
    assert {row["image_id"] for row in drift} == {digest, built.image_id}
    again = disk_contents(fleet)
    assert dockidx("merge", "--into", fleet, old.index, new.index).code == 0
    assert disk_contents(fleet) == again
    assert_sound(fleet)


@pytest.mark.parametrize("given", [False, True], ids=["found", "given"])
def test_a_containerd_beside_the_root(tmp_path: Path, given: bool) -> None:
    """It is found where the system has it, and anywhere else with --containerd-root."""
    host = Host(tmp_path)
    host.containerd.image("docker.io/library/app:1", [BASE])
    host.containerd.write()
    options: tuple[str, ...] = ()
    if given:
        moved = host.containerd.top.rename(tmp_path / "elsewhere")
        options = ("--containerd-root", str(moved))
    words = ("sync", "--root", host.docker.path, "--db", host.index, "--host", "h", "--json")
    done = dockidx(*words, *options)
    (root,) = json.loads(done.out)["roots"]
    assert root["stores"] == ["containerd overlayfs"]
    assert root["notice"] is None
    (row,) = host.query("image-layers")
    place = tmp_path / ("elsewhere" if given else "containerd")
    assert row["directory"].startswith(f"{place}/io.containerd.snapshotter.v1.overlayfs/snapshots/")
    assert row["directory"].endswith("/fs")


def test_a_containerd_root_that_is_none(tmp_path: Path) -> None:
    """The sentence names the folder and what was looked for in it."""
    host = Host(tmp_path)
    host.containerd.write()
    (tmp_path / "empty").mkdir()
    done = host.sync("--containerd-root", str(tmp_path / "empty"))
    assert done.code == 3
    assert f"{tmp_path}/empty is not a containerd root: looked for io.containerd" in done.err


def test_containers_without_the_containerd_they_need(tmp_path: Path) -> None:
    """It is said where containerd was looked for, and containers and volumes are there."""
    host, _ = switched(tmp_path)
    shutil.rmtree(host.containerd.top, ignore_errors=True)
    words = ("sync", "--root", host.docker.path, "--db", host.index, "--host", "h")
    done = dockidx(*words)
    assert done.code == 0
    assert "has containers of overlayfs, but no containerd was found at" in done.err
    assert f"{tmp_path}/containerd" in done.err
    assert len(select(host.index, "SELECT * FROM containers")) == 2


def test_a_containerd_root_in_the_place_of_the_docker_root(tmp_path: Path) -> None:
    """The sentence says what it is and how to name both."""
    host = Host(tmp_path)
    host.containerd.write()
    done = dockidx("sync", "--root", host.containerd.top, "--db", host.index)
    assert done.code == 3
    assert "is a containerd root; name the Docker root with --root" in done.err

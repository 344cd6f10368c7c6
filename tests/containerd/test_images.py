"""What the queries say of images of several platforms, parts of images, and their names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.containerd.hosts import Host
from tests.rootbuilder.containerd import AMD64, ARM64, varint
from tests.sync.index_files import assert_sound, disk_contents, select

if TYPE_CHECKING:
    from pathlib import Path

LATE = "2026-11-25T08:00:00Z"
BASE = b"base"
# What changed later than this before a sync is read again by the next one.
_SETTLE_SECONDS = 0.06


def test_every_platform_on_the_disk_is_an_image(tmp_path: Path) -> None:
    """The engine shows one ID; each platform has an image behind it, attestations have none."""
    host = Host(tmp_path)
    store = host.containerd
    store.image("docker.io/library/other:1", [BASE])
    amd64, arm64 = store.manifest([BASE, b"x"], AMD64), store.manifest([b"arm"], ARM64)
    index = store.index(arm64, amd64, store.attestation(amd64))
    store.name("docker.io/library/multi:1", index)
    host.sync()
    (row,) = [row for row in host.query("images") if row["tags"] == "multi:1"]
    assert row["engine_image_id"] == index["digest"]
    assert row["image_id"] == store.config_of(amd64["digest"])
    assert row["digests"] == f"multi@{index['digest']}"
    platforms = host.query("image-platforms", image="multi:1")
    assert [(it["architecture"], it["attestation"], it["chosen"]) for it in platforms] == [
        ("arm64", 0, 0),
        ("amd64", 0, 1),
        ("unknown", 1, 0),
    ]
    assert platforms[2]["image_id"] is None
    for manifest in (amd64, arm64):
        image_id = store.config_of(manifest["digest"])
        assert {r["image_id"] for r in host.query("image-layers", image=image_id)} == {image_id}
        (held,) = host.query("hosts-with-image", image=manifest["digest"])
        assert held["engine_image_id"] == index["digest"]


def test_a_platform_that_was_not_pulled(tmp_path: Path) -> None:
    """It is listed as absent, is no problem, and counts for nothing."""
    host = Host(tmp_path)
    store = host.containerd
    here = store.manifest([BASE], AMD64)
    before = set(store.files)
    absent = store.manifest([b"arm"], ARM64, unpacked=False)
    of_absent = set(store.files) - before
    size = sum(len(store.files[it]) for it in (here["digest"], store.config_of(here["digest"])))
    index = store.index(here, absent)
    store.name("docker.io/library/multi:1", index)
    for digest in of_absent:
        store.forget(digest)
    host.sync()
    platforms = host.query("image-platforms", image="multi:1")
    assert [(it["architecture"], it["present"]) for it in platforms] == [("amd64", 1), ("arm64", 0)]
    assert host.query("problems") == []
    (row,) = host.query("images")
    assert row["size_bytes"] == size + len(BASE) + 4096


def test_an_image_without_a_platform_on_the_disk(tmp_path: Path) -> None:
    """Its name and its ID are there; what it is made of is not known."""
    host = Host(tmp_path)
    store = host.containerd
    absent = store.manifest([b"arm"], ARM64, unpacked=False)
    index = store.index(absent)
    store.name("docker.io/library/away:1", index)
    store.forget(absent["digest"])
    host.sync()
    (tag,) = host.query("tags")
    assert (tag["image_id"], tag["engine_image_id"]) == (None, index["digest"])
    (row,) = host.query("images")
    assert (row["image_id"], row["size_bytes"], row["layers"]) == (None, 0, None)


def test_names_of_the_containerd_store(tmp_path: Path) -> None:
    """Two names of one target are one image; dangling and parents are what the engine says."""
    host = Host(tmp_path)
    store = host.containerd
    base = store.manifest([BASE])
    store.name("docker.io/library/app:1", base)
    store.name("localhost:5000/app:2", base)
    step = store.manifest([BASE, b"step"])
    child = store.manifest([BASE, b"step", b"child"])
    store.name(f"moby-dangling@{step['digest']}", step)
    parent = {"org.mobyproject.image.parent": step["digest"]}
    store.name("docker.io/library/child:1", child, labels=parent)
    host.sync()
    images = {row["engine_image_id"]: row for row in host.query("images")}
    assert images[base["digest"]]["tags"] == "app:1 localhost:5000/app:2"
    assert images[step["digest"]]["dangling"] == 1
    assert images[step["digest"]]["tags"] is None
    assert images[child["digest"]]["engine_parent_id"] == step["digest"]
    assert images[child["digest"]]["parent_id"] == store.config_of(step["digest"])
    (based,) = host.query("base-image", image="child:1")
    assert based["base_tags"] == "app:1 localhost:5000/app:2"


def test_a_name_by_digest_is_the_digest_reference_as_it_is(tmp_path: Path) -> None:
    """After a migration the target is another manifest than the registry's; a tag has that."""
    host = Host(tmp_path)
    registry = f"sha256:{'5a' * 32}"
    target = host.containerd.manifest([BASE])
    host.containerd.name(f"docker.io/lab/web@{registry}", target)
    host.containerd.name("docker.io/lab/web:1", target)
    host.containerd.name(f"localhost:5000/web@{registry}", target)
    host.sync()
    digests = f"lab/web@{registry} lab/web@{target['digest']} localhost:5000/web@{registry}"
    (image,) = host.query("images")
    assert (image["digests"], image["tags"]) == (" ".join(sorted(digests.split())), "lab/web:1")
    for name in (f"lab/web@{registry}", registry, f"docker.io/lab/web@{target['digest']}"):
        (found,) = host.query("hosts-with-image", image=name)
        assert (found["host"], found["digests"]) == ("web-1", image["digests"])


def test_damage_names_the_tags_and_containers_that_it_stops(tmp_path: Path) -> None:
    """A config and a layer of one image, the target of another, and a snapshot of a third."""
    host = Host(tmp_path)
    store = host.containerd
    lost = {}
    for name in ("config", "target", "snapshot", "whole"):
        layers = [f"only {name}".encode()]
        lost[name] = store.image(f"docker.io/lab/{name}:1", layers)
        host.container(f"{name}-user", lost[name], LATE)
    store.forget(store.config_of(lost["config"]))
    number = [key.decode() for key in store.space("snapshots", "overlayfs")].index(
        host.top_chain(lost["snapshot"])
    )
    store.forget(lost["target"])
    store.write()
    store.snapshot_path(str(number + 1)).joinpath("fs").rmdir()
    store.snapshot_path(str(number + 1)).rmdir()
    host.sync_as_it_is()
    query = "SELECT rule, severity, message FROM problems WHERE rule IN ('K2', 'K4', 'K6')"
    found = {rule: (severity, message) for rule, severity, message in select(host.index, query)}
    for rule, name in (("K4", "config"), ("K2", "target"), ("K6", "snapshot")):
        severity, message = found[rule]
        assert severity == "error"
        assert message.endswith(f"Concerned: image lab/{name}:1. Concerned: container {name}-user.")


def test_other_namespaces_are_not_dockers(tmp_path: Path) -> None:
    """Images, blobs and snapshots of another client of the same containerd are left out."""
    host = Host(tmp_path)
    store = host.containerd
    store.image("docker.io/library/app:1", [BASE])
    theirs = store.snapshot("sha256:" + "5" * 64, namespace="k8s.io")
    blob = store.blob(b"theirs", namespace="k8s.io")
    host.sync()
    assert len(host.query("images")) == 1
    assert theirs not in {row["directory"] for row in host.query("directories")}
    blobs = select(host.index, "SELECT blob_digest FROM store_blobs")
    assert (blob["digest"],) not in blobs
    assert host.query("orphan-directories") == []


def test_a_container_has_its_directory_and_its_image(tmp_path: Path) -> None:
    """The read-write snapshot and the one below are the container's; layers are the image's."""
    host = Host(tmp_path)
    target = host.containerd.image("docker.io/library/app:1", [BASE])
    container_id = host.container("web", target, LATE)
    host.sync()
    (row,) = host.query("containers")
    assert row["image_id"] == host.containerd.config_of(target)
    assert (row["engine_image_id"], row["manifest_digest"]) == (target, target)
    owners = {it["owner_kind"]: it for it in host.query("directories")}
    assert (
        owners["container-rw"]["owner_id"] == owners["container-init"]["owner_id"] == container_id
    )
    assert owners["container-rw"]["directory"] == row["mount_id"]
    (owner,) = host.query("directory-owner", directory=owners["container-rw"]["path"])
    assert (owner["container_name"], owner["tags"]) == ("web", "app:1")
    assert owner["chain_id"] == host.top_chain(target)
    (image,) = host.query("images")
    assert image["containers"] == 1


def test_a_container_whose_image_is_gone(tmp_path: Path) -> None:
    """It is a problem once its blobs are collected, not while its name alone was removed."""
    host = Host(tmp_path)
    store = host.containerd
    manifest = store.manifest([BASE])
    target = store.name("docker.io/library/app:1", store.index(manifest))
    fields = {"Image": target, "ImageManifest": {"digest": manifest["digest"]}}
    container = host.container("web", manifest["digest"], LATE, **fields)
    of_rule = "SELECT object_id FROM problems WHERE rule = 'C3'"
    host.sync()
    assert select(host.index, of_rule) == []
    del store.space("images")[b"docker.io/library/app:1"]
    host.sync()
    assert select(host.index, of_rule) == []
    for digest in (target, manifest["digest"]):
        store.blob_path(digest).unlink(missing_ok=True)
        store.forget(digest)
    host.sync()
    assert select(host.index, of_rule) == [(container,)]


def test_a_layer_of_unknown_size(tmp_path: Path) -> None:
    """The size is unknown, not 0, and comes after those that are known."""
    host = Host(tmp_path)
    store = host.containerd
    store.image("docker.io/library/app:1", [BASE, b"top"])
    store.image("docker.io/library/app:2", [BASE, b"other"])
    damaged = next(iter(store.backends.values()))
    del damaged[b"size"]
    host.sync()
    assert [row["size_bytes"] for row in host.query("largest-layers")] == [4096, 4096, None]
    assert [row["size_bytes"] for row in host.query("shared-layers")] == [None]
    sizes = {row["size_bytes"] for row in host.query("image-layers", image="app:1")}
    assert sizes == {4096, None}
    damaged[b"size"] = varint(8192)
    host.sync()
    assert [row["size_bytes"] for row in host.query("shared-layers")] == [8192]


def test_what_nothing_knows_is_an_orphan(tmp_path: Path) -> None:
    """Folders without a snapshot, downloads that were cut short, and blobs without a record."""
    host = Host(tmp_path)
    store = host.containerd
    store.image("docker.io/library/app:1", [BASE])
    store.write()
    (store.snapshot_path("77") / "fs").mkdir(parents=True)
    stray = store.blob(b"stray")
    store.write()
    del store.space("content", "blob")[stray["digest"].encode()]
    ingest = store.top / "io.containerd.content.v1.content/ingest" / ("7" * 64)
    ingest.mkdir(parents=True)
    (ingest / "ref").write_text("moby/1/layer-sha256:7")
    (ingest / "data").write_bytes(b"part")
    host.sync()
    found = {row["directory"]: row for row in host.query("orphan-directories")}
    name = f"blobs/{stray['digest'].replace(':', '/')}"
    assert set(found) == {"77", f"ingest/{'7' * 64}", name}
    assert found["77"]["reason"] == "no snapshot has it"
    assert found[name]["disk_bytes"] == len(b"stray")
    usage = {row["category"]: row for row in host.query("disk-usage")}
    assert usage["cut-short-pulls"]["items"] == 1
    assert usage["cut-short-pulls"]["size_bytes"] == len(b"part")
    assert usage["orphans"]["items"] == 2
    assert usage["crashed-writes"]["items"] == 0


def test_downloads_in_folders_whose_names_are_no_text(tmp_path: Path) -> None:
    """Each is a row of its own, and one that reads like another one does not stop the sync."""
    host = Host(tmp_path)
    store = host.containerd
    store.top = host.docker.path / "containerd/daemon"
    store.image("docker.io/library/app:1", [BASE])
    store.write()
    folder = os.fsencode(store.top / "io.containerd.content.v1.content/ingest")
    for name in (b"\xff", b"\xfe", rb"\xfe"):
        os.makedirs(os.path.join(folder, name))
    assert host.sync().code == 0
    names = select(host.index, "SELECT name FROM leftovers ORDER BY name")
    assert names == [(r"ingest/\xfe",), (r"ingest/\xff",)]
    assert host.sync().code == 0
    assert select(host.index, "SELECT name FROM leftovers ORDER BY name") == names


def test_an_unchanged_store_is_not_read_again(tmp_path: Path) -> None:
    """A second sync opens none of its blobs."""
    host = Host(tmp_path, "host-a")
    target = host.containerd.image("docker.io/library/app:1", [BASE])
    host.container("web", target, LATE)
    host.containerd.write()
    time.sleep(_SETTLE_SECONDS)
    host.sync_as_it_is()
    command = (sys.executable, "-m", "tests.sync.watched", host.index, host.docker.path)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    opened = {name for name, flags in json.loads(done.stdout) if not flags & os.O_DIRECTORY}
    digests = {name for name in opened if name in {it[7:] for it in host.containerd.files}}
    assert digests == set()


def test_a_changed_store_is_followed(tmp_path: Path) -> None:
    """After a pull, a removal and a move of a tag the index is like a new one."""
    host = Host(tmp_path)
    store = host.containerd
    first = store.manifest([BASE])
    store.name("docker.io/library/app:1", first)
    store.image("docker.io/library/gone:1", [b"gone"])
    host.sync()
    store.image("docker.io/library/app:1", [BASE, b"more"])
    del store.space("images")[b"docker.io/library/gone:1"]
    host.sync()
    assert [row["tags"] for row in host.query("images")] == ["app:1"]
    moved = [row for row in host.query("changes") if row["object_kind"] == "tag"]
    assert {(row["object_key"], row["change"]) for row in moved} == {
        ("docker.io/library/app:1", "changed"),
        ("docker.io/library/gone:1", "removed"),
    }
    followed = disk_contents(host.index)
    host.index.unlink()
    host.sync()
    assert disk_contents(host.index) == followed
    assert_sound(host.index)


def test_what_changes_right_before_each_sync_is_followed(tmp_path: Path) -> None:
    """A file that is too young to prove anything twice running is read twice."""
    host = Host(tmp_path)
    for number in range(4):
        host.containerd.image(f"docker.io/library/app:{number}", [BASE])
        host.sync()
        assert len(select(host.index, "SELECT tag FROM tags")) == number + 1

"""Whatever is listed or reported can be traced: damaged, foreign and left-over things too."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.commands import dockidx, sync
from tests.containerd.hosts import Host
from tests.rootbuilder import RootBuilder
from tests.trace.traced_root import ids, trace

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = "5e" * 32
AT = "2026-01-02T03:04:05Z"


@pytest.fixture
def root(tmp_path: Path) -> RootBuilder:
    """A root with a store."""
    return RootBuilder(tmp_path / "docker")


def one(root: RootBuilder, asked: str) -> dict[str, Any]:
    """The one thing that `asked` means after a sync of `root`."""
    index = root.path.parent / "index.db"
    if not index.exists():
        assert sync(root.path, index).code == 0
    (thing,) = trace(index, asked)
    return thing


def write(path: Path, data: bytes = b"x") -> Path:
    """Write a file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_temporaries_and_plugins(root: RootBuilder) -> None:
    """Any path in them leads to the entry that it is in, which says what it is."""
    root.image([b"app"], tag="app:1")
    write(root.path / "tmp/GetImageBlob123")
    write(root.path / "tmp/docker-builder77/src/main.c")
    write(root.path / "tmp-old/docker-export-1/layer.tar")
    config = json.dumps({"plugin": {"Name": "example/sshfs:latest"}}).encode()
    write(root.path / f"plugins/{PLUGIN}/config.json", config)
    write(root.path / f"plugins/{'92' * 32}-removing/rootfs/x")
    write(root.path / f"plugins/storage/blobs/sha256/{'ab' * 32}")

    blob = one(root, "tmp/GetImageBlob123")
    assert (blob["kind"], blob["type"]) == ("file", "temporary")
    assert blob["path"] == str(root.path / "tmp/GetImageBlob123")
    assert "being pulled" in blob["about"]
    inner = one(root, str(root.path / "tmp/docker-builder77/src/main.c"))
    assert inner["id"] == "tmp/docker-builder77"
    assert one(root, "docker-export-1")["id"] == "tmp-old/docker-export-1"
    for asked in (PLUGIN, PLUGIN[:12], "example/sshfs:latest", f"plugins/{PLUGIN}/rootfs/a"):
        plugin = one(root, asked)
        assert (plugin["type"], plugin["name"]) == ("plugin", "example/sshfs:latest"), asked
    assert one(root, f"plugins/{'92' * 32}-removing/rootfs")["type"] == "plugin-left"
    assert one(root, f"sha256:{'ab' * 32}")["type"] == "plugin-blob"


def test_a_copy_of_a_blob_is_not_another_thing(root: RootBuilder) -> None:
    """The config of an image that BuildKit has too is the image's; a log of a build is a file."""
    image = root.image([b"app"], tag="app:1")
    blobs = root.path / "buildkit/content/blobs/sha256"
    write(blobs / image.image_id[7:], image.config)
    write(blobs / ("ab" * 32))
    for asked in (image.image_id, image.image_id[7:], image.image_id[7:19]):
        assert one(root, asked)["kind"] == "image"
    assert one(root, "ab" * 32)["type"] == "build-blob"
    assert one(root, f"buildkit/content/blobs/sha256/{image.image_id[7:]}")["type"] == "build-blob"


def test_the_names_of_images(root: RootBuilder) -> None:
    """The file with them is known by its name and its path."""
    root.image([b"app"], tag="app:1")
    for asked in ("repositories.json", "image/overlay2/repositories.json"):
        thing = one(root, asked)
        assert (thing["kind"], thing["type"]) == ("file", "image-names")


def test_a_write_that_was_cut_short(root: RootBuilder) -> None:
    """It is known by its name and by any path in it."""
    root.image([b"app"], tag="app:1")
    write(root.path / "image/overlay2/layerdb/tmp/write-set-42/cache-id", b"abc")
    for asked in (
        "write-set-42",
        "layerdb/tmp/write-set-42",
        "image/overlay2/layerdb/tmp/write-set-42/cache-id",
    ):
        thing = one(root, asked)
        assert (thing["kind"], thing["id"]) == ("leftover", "write-set-42"), asked
        assert thing["path"].endswith("image/overlay2/layerdb/tmp/write-set-42")


@pytest.mark.parametrize("damage", ["absent", "cut"])
def test_a_container_without_config(root: RootBuilder, damage: str) -> None:
    """Its folder, its read-write layer and what is wrong are told, by ID and by path."""
    image = root.image([b"app"], tag="app:1")
    container = root.container("web", image)
    config = root.path / "containers" / container.container_id / "config.v2.json"
    config.unlink() if damage == "absent" else config.write_text('{"ID":')
    for asked in (container.container_id[:12], f"containers/{container.container_id}/x"):
        thing = one(root, asked)
        assert (thing["kind"], thing["id"]) == ("container", container.container_id)
        assert thing["path"] == str(config.parent)
        assert thing["mount_id"] == container.mount_id
        assert "C1" in {problem["rule"] for problem in thing["problems"]}


def test_a_read_write_layer_whose_container_is_gone(root: RootBuilder) -> None:
    """The container's ID leads to what is left of it, with the image below."""
    image = root.image([b"app"], tag="app:1")
    container = root.container("web", image)
    folder = root.path / "containers" / container.container_id
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    thing = one(root, container.container_id)
    assert (thing["kind"], thing["mount_id"]) == ("mount", container.mount_id)
    assert ids(thing["images"], "image_id") == {image.image_id}


def test_a_log_by_its_name_and_path(root: RootBuilder) -> None:
    """It leads to its container, and says that it is a log."""
    image = root.image([b"app"], tag="app:1")
    container = root.container("web", image, log=["up"])
    name = f"{container.container_id}-json.log"
    for asked in (name, f"{name}.1.gz", str(root.path / f"containers/{name[:64]}/{name}")):
        thing = one(root, asked)
        assert (thing["kind"], thing["id"]) == ("container", container.container_id)
        assert thing["about"].startswith("a log of the container")


def test_an_image_without_its_config(root: RootBuilder) -> None:
    """Its tag and its ID lead to it, and what it lacks is told."""
    image = root.image([b"app"], tag="app:1")
    root.image_path(image.image_id).unlink()
    for asked in ("app:1", image.image_id, image.image_id[7:19]):
        thing = one(root, asked)
        assert (thing["kind"], thing["id"], thing["path"]) == ("image", image.image_id, None)
        assert thing["lacking"] == "its config is not on the disk"


def test_a_layer_that_cannot_be_loaded(root: RootBuilder) -> None:
    """Chain ID, diff ID and the path of its folder lead to it and to its images."""
    image = root.image([b"base", b"app"], tag="app:1")
    chain_id = image.chain_ids[-1]
    folder = root.path / "image/overlay2/layerdb/sha256" / chain_id[7:]
    (folder / "size").write_text("many")
    for asked in (chain_id, image.diff_ids[-1], f"layerdb/sha256/{chain_id[7:]}/size"):
        thing = one(root, asked)
        assert (thing["kind"], thing["id"]) == ("layer", chain_id), asked
        assert ids(thing["images"], "image_id") == {image.image_id}
        assert "cannot be loaded" in thing["lacking"]
        assert thing["problems"]


def test_the_cache_of_a_builder(root: RootBuilder) -> None:
    """The volume of a builder of buildx says whose it is and what frees it; others say nothing."""
    root.image([b"app"], tag="app:1")
    name = "buildx_buildkit_builder-a0_state"
    for volume in (name, "buildx_buildkit__state", "xbuildx_buildkit_a0_state"):
        root.volume(volume)
    purpose = one(root, name)["purpose"]
    assert purpose.startswith("cache of the buildx builder builder-a (node builder-a0)")
    assert "`docker buildx rm builder-a`" in purpose
    done = dockidx("query", "volumes", "--db", root.path.parent / "index.db", "--format", "json")
    purposes = {row["name"]: row["purpose"] for row in json.loads(done.out)}
    assert purposes == {
        name: purpose,
        "buildx_buildkit__state": None,
        "xbuildx_buildkit_a0_state": None,
    }


def test_what_other_namespaces_have(tmp_path: Path) -> None:
    """Blobs and snapshots of others are known, with whose they are."""
    host = Host(tmp_path)
    host.containerd.image("docker.io/library/app:1", [b"app"])
    blob = host.containerd.blob(b"a log", namespace="moby_history")["digest"]
    number = host.containerd.snapshot("pause", namespace="k8s.io")
    assert host.sync().code == 0
    place = host.containerd.snapshot_path(number) / "fs/etc"

    for asked in (blob, blob[7:19], str(host.containerd.blob_path(blob))):
        (thing,) = trace(host.index, asked)
        assert (thing["kind"], thing["id"]) == ("other-namespace", blob)
        assert thing["namespace"] == "moby_history"
        assert thing["path"] == str(host.containerd.blob_path(blob))
    for asked in ("pause", str(place)):
        (thing,) = trace(host.index, asked)
        assert (thing["namespace"], thing["snapshot_id"]) == ("k8s.io", number)
        assert "crictl" in thing["about"]


def test_an_artifact(tmp_path: Path) -> None:
    """A chart is found by tag, by name and digest, and by digest; so are its hosts."""
    host = Host(tmp_path)
    store = host.containerd
    config = store.document({"name": "web"}, "application/vnd.cncf.helm.config.v1+json")
    chart = store.blob(b"chart", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [chart]}
    name = "registry.example.com/charts/web"
    digest = store.name(f"{name}:1.2.3", store.document(manifest, kind))
    assert host.sync().code == 0
    for asked in (f"{name}:1.2.3", f"{name}@{digest}", f"{name}:1.2.3@{digest}", digest[:19]):
        (thing,) = trace(host.index, asked)
        assert (thing["kind"], thing["id"]) == ("image", digest), asked
        assert thing["tags"] == f"{name}:1.2.3"
        assert [blob["blob_digest"] for blob in thing["blobs"]] == [chart["digest"]]
    (thing,) = trace(host.index, chart["digest"])
    assert (thing["kind"], ids(thing["images"], "image_id")) == ("blob", {digest})
    for asked in (f"{name}:1.2.3", name, digest[7:15], chart["digest"]):
        (row,) = host.query("hosts-with-image", image=asked)
        assert (row["engine_image_id"], row["image_id"]) == (digest, None), asked


def test_an_index_that_is_not_there(tmp_path: Path) -> None:
    """The tag leads to the image, which lacks its index."""
    host = Host(tmp_path)
    store = host.containerd
    index = store.index(store.manifest([b"app"]))
    store.name("docker.io/library/app:1", index)
    store.write()
    store.blob_path(index["digest"]).unlink()
    assert host.sync_as_it_is().code == 0
    (thing,) = trace(host.index, "app:1")
    assert (thing["kind"], thing["id"], thing["path"]) == ("image", index["digest"], None)
    assert "is not on the disk" in thing["lacking"]


def test_a_packed_layer_that_is_gone(tmp_path: Path) -> None:
    """The digest leads to the layer, whose blob is absent while its snapshot is there."""
    host = Host(tmp_path)
    store = host.containerd
    store.image("docker.io/library/app:1", [b"app"])
    digest = f"sha256:{hashlib.sha256(b'app').hexdigest()}"
    store.write()
    store.blob_path(digest).unlink()
    assert host.sync_as_it_is().code == 0
    (thing,) = trace(host.index, digest)
    assert thing["kind"] == "layer"
    assert [blob["present"] for blob in thing["blobs"]] == [0]
    drawn = dockidx("trace", digest, "--db", host.index).out
    assert "not on this disk" in drawn


def test_a_path_means_the_host_whose_root_it_is(tmp_path: Path) -> None:
    """Of two hosts with the same container image the path of one root means that host."""
    index = tmp_path / "index.db"
    for host in ("a", "b"):
        root = RootBuilder(tmp_path / host / "docker")
        image = root.image([b"app"], tag="app:1")
        volume = root.volume("data")
        # As a Docker root inside a volume of Docker has it.
        write(volume / "_data/volumes/inner/_data/x")
        dockidx("sync", "--root", root.path, "--db", index, "--host", host)
    assert len(trace(index, image.image_id)) == 2
    for host in ("a", "b"):
        place = tmp_path / host / "docker/volumes/data/_data/volumes/inner/_data/x"
        (thing,) = trace(index, str(place))
        assert (thing["host"], thing["kind"], thing["id"]) == (host, "volume", "data")
    assert trace(index, str(tmp_path / "a/docker/volumes/other/_data")) == []

"""Every name and ID of a thing leads to that thing, with all that is tied to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.trace.traced_root import ids

if TYPE_CHECKING:
    from tests.engine.harness.answers import Record
    from tests.trace.traced_root import Thing, TracedRoot

UNNAMED = "<none>"


def test_images(traced: TracedRoot) -> None:
    """Each image is found by ID, tag and digest, with its layers, names and containers."""
    for image_id, image in traced.answers.image_inspect.items():
        expected = {
            "images": {image_id},
            "containers": traced.containers_of({image_id}),
        }
        for name in image_names(image):
            thing = traced.one(name, "image")
            assert thing["id"] == image_id, name
            assert ids(thing["images"], "image_id") == expected["images"], name
            assert ids(thing["containers"], "container_id") == expected["containers"], name
            assert [layer["diff_id"] for layer in thing["layers"]] == list(
                image["RootFS"].get("Layers") or []
            )
        assert thing["path"].endswith(f"/imagedb/content/sha256/{image_id[7:]}")
        assert Path(thing["path"]).is_file()


def image_names(image: Record) -> list[str]:
    """All that an image can be asked for by; references in familiar and in full form."""
    tags = [tag for tag in image["RepoTags"] or [] if UNNAMED not in tag]
    digests = [digest for digest in image["RepoDigests"] or [] if UNNAMED not in digest]
    bare = [digest.partition("@")[2] for digest in digests]
    latest = [tag.removesuffix(":latest") for tag in tags if tag.endswith(":latest")]
    full = [f"docker.io/{tag}" for tag in tags if tag.startswith(("lab/", "case/"))]
    whole = [image["Id"], image["Id"][7:], image["Id"][7:19]]
    return [*whole, *tags, *latest, *full, *digests, *bare, *(it[7:19] for it in bare)]


def test_layers(traced: TracedRoot) -> None:
    """Each layer is found by chain ID and cache ID, whole or in part, with its users."""
    for chain_id, files in sorted(traced.layers.items())[::2]:
        images = traced.images_with(chain_id)
        cache_id = files["cache_id"]
        for name in (chain_id, chain_id[7:19], cache_id, cache_id[:12]):
            thing = traced.one(name, "layer")
            assert thing["id"] == thing["chain_id"] == chain_id, name
            assert {field: thing[field] for field in files} == files
            assert ids(thing["images"], "image_id") == images
            assert ids(thing["containers"], "container_id") == traced.containers_of(images)
        assert thing["path"] == traced.directory(cache_id)
        assert Path(thing["path"]).is_dir()
        assert Path(thing["metadata_path"]).is_dir()


def test_diff_ids(traced: TracedRoot) -> None:
    """A diff ID leads to every layer that has it, whatever lies below each."""
    by_diff_id: dict[str, set[str]] = {}
    for chain_id, files in traced.layers.items():
        by_diff_id.setdefault(files["diff_id"], set()).add(chain_id)
    for diff_id, chain_ids in sorted(by_diff_id.items())[::2]:
        for name in (diff_id, diff_id[7:], diff_id[7:19]):
            found = traced.trace(name)
            assert {thing["kind"] for thing in found} == {"layer"}
            assert ids(found, "id") == chain_ids


def test_blobs_as_docker_pull_prints_them(traced: TracedRoot) -> None:
    """Twelve digits of a blob lead to the layers it unpacks to, or to the blob if none is there."""
    folder = traced.store / "distribution" / "diffid-by-digest" / "sha256"
    blobs = {path.name: path.read_text() for path in folder.iterdir()}
    assert blobs
    for digest, diff_id in blobs.items():
        layers = {
            chain_id for chain_id, it in traced.layers.items() if it["diff_id"] == diff_id
        } or {f"sha256:{digest}"}
        for name in (digest[:12], f"sha256:{digest}"):
            found = traced.trace(name)
            assert ids(found, "id") == layers
            assert {thing["diff_id"] for thing in found} == {diff_id}
            assert all(digest in str(thing["blobs"]) for thing in found)
            assert all(Path(thing["path"]).exists() for thing in found)


def test_containers(traced: TracedRoot) -> None:
    """Each container is found by ID, its beginning, name and folder, with image and mounts."""
    for container_id, container in traced.answers.container_inspect.items():
        name = container["Name"].removeprefix("/")
        path = f"/var/lib/docker/containers/{container_id}/config.v2.json"
        for asked in (container_id, container_id[:12], name, path):
            thing = traced.one(asked, "container")
            assert thing["id"] == container_id, asked
            assert thing["name"] == name
            assert ids(thing["containers"], "container_id") == {container_id}
            assert ids(thing["images"], "image_id") == {container["Image"]}
            destinations = {it["Destination"] for it in container["Mounts"]}
            assert ids(thing["mounts"], "destination") == destinations
        assert Path(thing["path"]).is_dir()
        assert Path(thing["directory"]).is_dir()


def test_directories_of_containers(traced: TracedRoot) -> None:
    """Mount ID and init ID lead to the directory, whose container and image are named."""
    for container_id, container in traced.answers.container_inspect.items():
        folder = traced.store / "layerdb" / "mounts" / container_id
        for file, kind in (("mount-id", "container-rw"), ("init-id", "container-init")):
            directory = (folder / file).read_text()
            thing = traced.one(directory, "directory")
            assert (thing["id"], thing["owner_kind"]) == (directory, kind)
            assert ids(thing["containers"], "container_id") == {container_id}
            assert ids(thing["images"], "image_id") == {container["Image"]}
            assert thing["path"] == traced.directory(directory)
            assert Path(thing["path"]).is_dir()


def test_volumes(traced: TracedRoot) -> None:
    """Each volume is found by name and by a path in it, with the containers that have it."""
    users: dict[str, set[str]] = {}
    for container_id, container in traced.answers.container_inspect.items():
        for mount in container["Mounts"]:
            users.setdefault(mount.get("Name", ""), set()).add(container_id)
    for volume in traced.answers.volumes:
        name = volume["Name"]
        thing = traced.one(name, "volume")
        assert thing["id"] == name
        assert ids(thing["containers"], "container_id") == users.get(name, set())
        assert Path(thing["path"]).is_dir()
        inside = traced.one(f"{volume['Mountpoint']}/sub/file", "volume")
        assert inside == {**thing, "inner_path": "/sub/file"}


def test_build_cache(traced: TracedRoot) -> None:
    """Each record of the build cache is found by the ID that docker prints, whole or in part."""
    layers = {files["cache_id"]: chain_id for chain_id, files in traced.layers.items()}
    for record in traced.answers.df_build_cache:
        for name in (record["ID"], record["ID"][:12]):
            thing = traced.one(name, "build-cache")
            check_record(traced, thing, record)
        images = traced.images_with(layers.get(thing["directory"], ""))
        assert ids(thing["images"], "image_id") == images
        assert Path(thing["path"]).is_dir()


def check_record(traced: TracedRoot, thing: Thing, record: Record) -> None:
    """See that a thing is the record of the build cache that the engine told of."""
    assert thing["id"] == record["ID"]
    assert thing["type"] == record["Type"]
    assert thing["size_bytes"] == record["Size"]
    assert thing["usage_count"] == record["UsageCount"]
    assert thing["path"] == traced.directory(thing["directory"])


def test_hidden_build_cache(traced: TracedRoot) -> None:
    """A record that the engine keeps and does not list, such as one half of a pair, is known."""
    listed = {record["ID"] for record in traced.answers.df_build_cache}
    database = (traced.root / "buildkit" / "metadata_v2.db").read_bytes()
    hidden = [
        row["cache_id"]
        for row in traced.rows("SELECT cache_id FROM build_records WHERE listed = 0")
    ]
    assert hidden
    for name in hidden:
        assert name.encode() in database
        assert name not in listed
        assert Path(traced.one(name, "build-cache")["path"]).is_dir()


@pytest.mark.parametrize("asked", ["no-such-thing", "f" * 64, "sha256:" + "f" * 64, "zzzzzzzz"])
def test_nothing(traced: TracedRoot, asked: str) -> None:
    """Of what nothing goes by, nothing is found."""
    assert traced.trace(asked) == []

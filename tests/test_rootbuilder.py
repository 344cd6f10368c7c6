"""The roots that the builder writes obey the rules of Docker's format."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.bench.bench_root import write_bench_root
from tests.rootbuilder import EMPTY_LAYER, BuiltContainer, MountSpec, RootBuilder, layer
from tests.rootbuilder.layers import crc64
from tests.rootbuilder.rules import (
    assert_images_valid,
    assert_layers_valid,
    assert_references_valid,
    assert_stacks_valid,
    chains_of,
    digest,
    image_configs,
    layer_files,
)

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = f"sha256:{'a' * 64}"
BLOBS = [f"sha256:{digit * 64}" for digit in "bcd"]
DRIVERS = ["overlay2", "fuse-overlayfs", "vfs", "btrfs"]


def fill(path: Path, driver: str = "overlay2") -> RootBuilder:
    """Write a root with shared, repeated and empty layers, all kinds of names, and containers."""
    root = RootBuilder(path, driver)
    root.engine_id()
    base = root.image([b"base"], tag="base:1", labels={"team": "blue"}, env=["A=<b&c>"])
    twice = root.image([b"more", EMPTY_LAYER, b"more"], tag="localhost:5000/app:1", base=base)
    buildkit = layer(
        {"srv/a/b": b"text", "srv/c": b"c", "srv/d": b""}, cache_id="0r22po39b3ldnsg77hyh11mlg"
    )
    child = root.image([buildkit], base=twice, parent=twice, built_locally=True)
    root.tag(child, "team/child:1")
    root.digest_reference(base, f"base@{MANIFEST}")
    bare = root.image(tag="bare:1", fields={"author": "someone"})
    root.distribution(base.diff_ids[0], BLOBS[0], "docker.io/library/base")
    mounts = [MountSpec("/data", name="data"), MountSpec("/etc/app", source="/srv", type="bind")]
    root.container("web", child, running=True, mounts=mounts, files={"tmp/x": b"x"}, log=["up"])
    root.container("bare", bare, exit_code=3)
    root.volume("data")
    root.volume("scratch", {"type": "tmpfs", "device": "tmpfs", "o": "size=8m"})
    return root


def container_of(root: RootBuilder, name: str) -> BuiltContainer:
    """Find the container `name` of a filled root."""
    container_id = root.new_id("container", name)
    mount_id = (root.layerdb.mount_path(container_id) / "mount-id").read_text()
    return BuiltContainer(container_id, mount_id, root.path / "containers" / container_id)


def snapshot(path: Path) -> dict[str, tuple[int, bytes | str | None]]:
    """Read everything below `path`: mode, and content or link target."""
    found: dict[str, tuple[int, bytes | str | None]] = {}
    for entry in sorted(path.rglob("*")):
        content: bytes | str | None = None
        if entry.is_symlink():
            content = os.readlink(entry)
        elif entry.is_file():
            content = entry.read_bytes()
        found[str(entry.relative_to(path))] = (entry.lstat().st_mode, content)
    return found


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_root_obeys_the_rules_of_layers_images_and_references(
    tmp_path: Path, driver: str
) -> None:
    """Chain IDs, image IDs, sizes and references agree with each other for every driver."""
    root = fill(tmp_path, driver)
    assert_layers_valid(root)
    assert_images_valid(root)
    assert_references_valid(root)


@pytest.mark.parametrize("driver", ["overlay2", "fuse-overlayfs"])
def test_directories_are_stacked_on_their_parents(tmp_path: Path, driver: str) -> None:
    """Each `lower` is the parent's link followed by the parent's own `lower`."""
    assert_stacks_valid(fill(tmp_path, driver))


def test_tar_split_and_files_give_the_tar_of_the_diff_id(tmp_path: Path) -> None:
    """The segments of a layer and the files in its driver directory make up its diff ID."""
    root = fill(tmp_path)
    for files in layer_files(root).values():
        tree = root.driver.path(files["cache-id"].decode()) / "diff"
        archive = b""
        for line in gzip.decompress(files["tar-split.json.gz"]).split():
            entry = json.loads(line)
            if entry["type"] == 2:
                archive += base64.b64decode(entry["payload"])
            elif entry["payload"]:
                content = (tree / entry["name"]).read_bytes()
                assert base64.b64decode(entry["payload"]) == crc64(content)
                archive += content
        assert digest(archive) == files["diff"].decode()
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            assert set(members.getnames()) == {str(p.relative_to(tree)) for p in tree.rglob("*")}


def test_known_digests_and_checksums() -> None:
    """The empty layer and the CRC have the values that Docker's own roots show."""
    empty = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
    assert empty == EMPTY_LAYER.diff_id
    assert crc64(b"123456789").hex() == "b90956c775a41001"


def test_vfs_directories_show_the_whole_file_system(tmp_path: Path) -> None:
    """A vfs directory holds the files of the layers below it."""
    root = RootBuilder(tmp_path, "vfs")
    base = root.image([layer({"etc/os": b"one", "etc/kept": b"kept"})])
    child = root.image([layer({"etc/os": b"two"})], base=base)
    top = root.driver.path(child.cache_ids[-1])
    assert (top / "etc/kept").read_bytes() == b"kept"
    assert (top / "etc/os").read_bytes() == b"two"
    assert (root.driver.path(base.cache_ids[0]) / "etc/os").read_bytes() == b"one"


def test_layers_are_shared_by_chain_and_may_repeat(tmp_path: Path) -> None:
    """An image reuses its base's chains, and the same diff ID twice makes two chains."""
    root = RootBuilder(tmp_path)
    base = root.image([b"one"])
    child = root.image([b"one", b"two"], base=base)
    sibling = root.image([b"one"], base=base)
    assert child.diff_ids == (base.diff_ids[0], base.diff_ids[0], layer({"data": b"two"}).diff_id)
    assert child.chain_ids[:2] == sibling.chain_ids
    assert child.cache_ids[:2] == sibling.cache_ids
    assert len(layer_files(root)) == 3


def test_removing_an_image_leaves_what_others_stand_on(tmp_path: Path) -> None:
    """The last user of a layer takes the layer and its directory with it, but a container holds."""
    root = RootBuilder(tmp_path)
    base = root.image([b"one"], tag="base:1")
    child = root.image([b"two"], base=base, parent=base, tag="child:1")
    held = root.image([b"three"], base=base, tag="held:1")
    container = root.container("web", held)
    for image in (base, child, held):
        root.remove_image(image)
    assert not image_configs(root)
    assert set(layer_files(root)) == set(held.chain_ids)
    assert_stacks_valid(root)
    assert not list((root.store / "imagedb/metadata/sha256").glob("*/parent"))
    assert (root.store / "repositories.json").read_bytes() == b'{"Repositories":{}}'
    root.remove_container(container)
    assert not container.directory.exists()


def test_untag_moves_no_other_name(tmp_path: Path) -> None:
    """Removing the last reference of a repository removes the repository only."""
    root = RootBuilder(tmp_path)
    image = root.image([b"one"], tag="localhost:5000/a:1")
    root.digest_reference(image, f"b@{MANIFEST}")
    root.untag("localhost:5000/a:1")
    document = json.loads((root.store / "repositories.json").read_bytes())
    assert document == {"Repositories": {"b": {f"b@{MANIFEST}": image.image_id}}}
    with pytest.raises(ValueError, match="has no tag or digest"):
        root.tag(image, "localhost:5000/a")


def test_metadata_files(tmp_path: Path) -> None:
    """A classic build leaves its parent, a tag the time it was given, a pull neither."""
    root = RootBuilder(tmp_path)
    base = root.image([b"one"], tag="base:1")
    child = root.image([b"two"], base=base, parent=base, built_locally=True)
    root.tag(child, "child:1")
    assert not root.metadata_path(base.image_id).exists()
    metadata = root.metadata_path(child.image_id)
    assert (metadata / "parent").read_text() == base.image_id
    assert (metadata / "builtLocally").read_bytes() == b"\x01"
    assert (metadata / "lastUpdated").read_text().endswith("Z")


def test_distribution_maps_both_ways_and_forgets_the_oldest(tmp_path: Path) -> None:
    """A blob names its diff ID; a diff ID lists at most 50 sources, the latest last."""
    root = RootBuilder(tmp_path)
    diff_id = layer({"data": b"one"}).diff_id
    for number in range(51):
        root.distribution(diff_id, BLOBS[0], f"docker.io/library/r{number}")
    root.distribution(diff_id, BLOBS[1], "docker.io/library/r9", hmac="e" * 64)
    root.distribution(diff_id, BLOBS[0], "docker.io/library/r9")
    folder = root.store / "distribution"
    for blob in BLOBS[:2]:
        back = folder / "diffid-by-digest/sha256" / blob.removeprefix("sha256:")
        assert back.read_text() == diff_id
    forward = folder / "v2metadata-by-diffid/sha256" / diff_id.removeprefix("sha256:")
    sources = json.loads(forward.read_bytes())
    assert len(sources) == 50
    assert [source["Digest"] for source in sources[-2:]] == [BLOBS[1], BLOBS[0]]
    assert sources[-1]["SourceRepository"] == "docker.io/library/r9"


def test_containers_name_their_image_and_their_layers(tmp_path: Path) -> None:
    """A container's documents, its mount and its directories agree with each other."""
    root = fill(tmp_path)
    web, bare = container_of(root, "web"), container_of(root, "bare")
    config = json.loads((web.directory / "config.v2.json").read_bytes())
    chains = chains_of(image_configs(root)[config["Image"]]["rootfs"]["diff_ids"])
    assert (config["ID"], config["Name"], config["Driver"]) == (
        web.container_id,
        "/web",
        "overlay2",
    )
    assert config["State"]["Running"]
    assert config["MountPoints"]["/data"]["Name"] == "data"
    assert (root.layerdb.mount_path(web.container_id) / "parent").read_text() == chains[-1]
    assert (root.driver.path(web.mount_id) / "diff/tmp/x").read_bytes() == b"x"
    assert (root.driver.path(web.mount_id) / "merged").is_dir()
    assert (web.directory / f"{web.container_id}-json.log").read_bytes().endswith(b"\n")
    state = json.loads((bare.directory / "config.v2.json").read_bytes())["State"]
    assert (state["Running"], state["ExitCode"]) == (False, 3)
    assert not (root.layerdb.mount_path(bare.container_id) / "parent").exists()
    assert not (root.driver.path(bare.mount_id) / "merged").exists()


def test_a_second_builder_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    """A store opened again keeps its names, shares its layers, and stands beside other drivers."""
    first = fill(tmp_path)
    base_id = json.loads((first.store / "repositories.json").read_bytes())["Repositories"]["base"]
    again = RootBuilder(tmp_path)
    child = again.image([b"later"], base=again.load(base_id["base:1"]), tag="later:1")
    other = RootBuilder(tmp_path, "vfs")
    other.container("other", other.image([b"base"], tag="base:1"))
    for root in (again, other):
        assert_layers_valid(root)
        assert_images_valid(root)
        assert_references_valid(root)
    assert_stacks_valid(again)
    assert child.chain_ids[0] in layer_files(first)
    assert len(list((tmp_path / "containers").iterdir())) == 3


def test_the_same_calls_write_the_same_bytes_whatever_the_umask(tmp_path: Path) -> None:
    """Two roots made alike have the same names, modes and contents."""
    fill(tmp_path / "a")
    before = os.umask(0o077)
    try:
        fill(tmp_path / "b")
    finally:
        os.umask(before)
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


def test_a_bench_root_has_the_asked_size_and_is_valid(tmp_path: Path) -> None:
    """A bench root has exactly the images and layers asked for, and obeys every rule."""
    summary = write_bench_root(tmp_path / "root", images=60, layers=260, seed=3)
    root = RootBuilder(tmp_path / "root")
    assert (summary.images, summary.layers) == (len(image_configs(root)), len(layer_files(root)))
    assert (summary.images, summary.layers) == (60, 260)
    assert_layers_valid(root)
    assert_images_valid(root)
    assert_references_valid(root)
    assert_stacks_valid(root)
    with pytest.raises(FileExistsError, match="name a new directory"):
        write_bench_root(tmp_path / "root")


def test_bench_roots_of_one_seed_are_alike(tmp_path: Path) -> None:
    """The seed alone decides what a bench root of some size holds."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_bench_root(tmp_path / name, images=20, layers=80, seed=seed)
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")
    assert snapshot(tmp_path / "a") != snapshot(tmp_path / "c")

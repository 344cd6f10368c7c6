"""What is wrong in a store is found once, and all the rest is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from indexer.docker.encodings.digests import chain_ids
from tests.readers.containerd.reading import read, rules
from tests.readers.encodings.bolt_writer import bolt_file
from tests.readers.reading import DIGEST, PLANTED, plant
from tests.rootbuilder.containerd import (
    AMD64,
    ARM64,
    CONFIG,
    CONTENT,
    LAYER,
    MANIFEST,
    METADATA,
    SNAPSHOTTERS,
    ContainerdBuilder,
    digest_of,
    varint,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from indexer.docker.containerd.store import Containerd

WEB = "docker.io/library/web:1"
OTHER = "docker.io/library/other:1"
BACKENDS = f"{SNAPSHOTTERS}overlayfs/metadata.db"
PLACE = "containerd/daemon/"


@pytest.fixture
def target(store: ContainerdBuilder) -> str:
    """Give the digest of an image of two layers in a store with another image."""
    store.image(OTHER, [b"other"])
    return store.image(WEB, [b"base", b"web"])


def only_finding(store: Containerd) -> tuple[str, str | None, str, str]:
    (finding,) = store.findings
    return finding.rule, finding.object_id, finding.path, finding.message


def presence(store: Containerd, target: str) -> list[tuple[bool, bool]]:
    (image,) = (it for it in store.images if it.engine_image_id == target)
    return [(it.is_present, it.is_image) for it in image.manifests]


def assert_other_is_whole(store: Containerd, target: str) -> None:
    (other,) = (it for it in store.images if it.engine_image_id != target)
    assert other.manifests[0].is_chosen


def test_a_target_without_its_file_is_k2(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    store.write()
    store.blob_path(target).unlink()
    found = read(docker)
    path = f"{PLACE}{CONTENT}/blobs/{target.replace(':', '/')}"
    assert only_finding(found)[:3] == ("K2", target, path)
    assert f"{path} is missing" in only_finding(found)[3]
    assert repr(WEB) in only_finding(found)[3]
    assert presence(found, target) == [(False, False)]
    assert not next(it for it in found.blobs if it.digest == target).is_present
    assert_other_is_whole(found, target)


def test_a_target_that_is_not_noted_is_k2(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    """A file alone is none of the namespace's."""
    store.write()
    store.forget(target)
    store.write_metadata()
    found = read(docker)
    assert only_finding(found)[:3] == ("K2", target, f"{PLACE}{METADATA}")
    assert presence(found, target) == [(False, False)]
    assert [it.digest for it in found.unknown_blobs] == [target]


def test_a_name_without_a_target_is_k2(docker: Path, store: ContainerdBuilder, target: str) -> None:
    del store.space("images")[WEB.encode()][b"target"]
    store.write()
    found = read(docker)
    assert only_finding(found)[:3] == ("K2", WEB, f"{PLACE}{METADATA}")
    assert [it.name for it in found.names] == [OTHER]
    assert target not in {it.engine_image_id for it in found.images}


def test_a_target_of_wrong_bytes_is_k3(docker: Path, store: ContainerdBuilder, target: str) -> None:
    """It is there as a blob, and no image."""
    store.write()
    data = store.blob_path(target).read_bytes()
    store.blob_path(target).write_bytes(data.swapcase())
    found = read(docker)
    path = f"{PLACE}{CONTENT}/blobs/{target.replace(':', '/')}"
    assert only_finding(found)[:3] == ("K3", target, path)
    assert digest_of(data.swapcase()) in only_finding(found)[3]
    assert presence(found, target) == [(False, False)]
    assert next(it for it in found.blobs if it.digest == target).is_present
    assert_other_is_whole(found, target)


def test_a_config_of_wrong_bytes_is_k3(docker: Path, store: ContainerdBuilder, target: str) -> None:
    config = store.config_of(target)
    store.write()
    store.blob_path(config).write_bytes(b"x" * len(store.files[config]))
    found = read(docker)
    assert only_finding(found)[:2] == ("K3", config)
    assert presence(found, target) == [(True, False)]


@pytest.mark.parametrize("size", [0, 2, 400])
def test_a_blob_of_another_size_is_k3(
    docker: Path, store: ContainerdBuilder, target: str, size: int
) -> None:
    """A file cut short by a crash counts as not there."""
    store.write()
    store.blob_path(target).write_bytes(b"x" * size)
    found = read(docker)
    assert only_finding(found)[:2] == ("K3", target)
    assert f"{size} bytes long" in only_finding(found)[3]
    assert not next(it for it in found.blobs if it.digest == target).is_present


def test_a_layer_of_another_size_is_k3_and_lacking(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    layer = digest_of(b"web")
    store.write()
    store.blob_path(layer).write_bytes(b"longer than it was")
    assert rules(read(docker)) == [("K3", layer), ("K4", target)]


def test_a_target_that_is_no_json_is_k4(docker: Path, store: ContainerdBuilder) -> None:
    """Its bytes are those that were pushed, so that the digest is right."""
    target = store.name(WEB, store.blob(b"<html>", MANIFEST))
    store.write()
    found = read(docker)
    assert only_finding(found)[:2] == ("K4", target)
    assert presence(found, target) == [(False, False)]


def test_a_config_that_is_none_is_k4(docker: Path, store: ContainerdBuilder) -> None:
    config = store.document({"rootfs": []}, "application/vnd.oci.image.config.v1+json")
    target = store.name(WEB, store.document({"config": config, "layers": []}, MANIFEST))
    store.write()
    found = read(docker)
    assert only_finding(found)[:2] == ("K4", config["digest"])
    assert presence(found, target) == [(True, False)]


def test_a_manifest_without_its_config_is_k4(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    config = store.config_of(target)
    store.forget(config)
    store.write()
    found = read(docker)
    assert only_finding(found)[:2] == ("K4", target)
    assert config in only_finding(found)[3]
    assert severities(found) == ["error"]
    assert presence(found, target) == [(True, False)]
    assert_other_is_whole(found, target)


def test_layers_that_are_only_unpacked_cannot_be_pushed(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    store.forget(digest_of(b"web"))
    store.write()
    found = read(docker)
    rule, digest, _, message = only_finding(found)
    assert (rule, digest) == ("K4", target)
    assert "lacks 1 of 2 layers" in message
    assert "the image runs" in message
    assert severities(found) == ["warning"]
    assert presence(found, target) == [(True, True)]


def test_layers_that_are_nowhere_keep_an_image_from_running(
    docker: Path, store: ContainerdBuilder
) -> None:
    target = store.image(WEB, [b"base", b"web"], unpacked=False)
    store.forget(digest_of(b"base"))
    store.write()
    found = read(docker)
    rule, digest, _, message = only_finding(found)
    assert (rule, digest) == ("K4", target)
    assert "can neither be run nor pushed" in message
    assert severities(found) == ["error"]


@pytest.mark.parametrize(
    ("usual", "lacking", "severity"),
    [(AMD64, ARM64, "warning"), (ARM64, ARM64, "error")],
)
def test_a_platform_of_which_the_manifest_alone_was_pulled(
    docker: Path,
    store: ContainerdBuilder,
    usual: dict[str, str],
    lacking: dict[str, str],
    severity: str,
) -> None:
    """It stops nothing beside one that is whole, if it is not what the other images are of."""
    for number in range(2):
        store.image(f"docker.io/library/other:{number}", [b"other%d" % number], platform=usual)
    whole = store.manifest([b"whole"], AMD64)
    bare = store.manifest([b"bare"], lacking, unpacked=False)
    store.name("docker.io/library/several:1", store.index(whole, bare))
    store.forget(digest_of(b"bare"))
    store.write()
    found = read(docker)
    assert [(it.rule, it.object_id) for it in found.findings] == [("K4", bare["digest"])]
    assert severities(found) == [severity]


def severities(found: Containerd) -> list[str]:
    return [it.effective_severity for it in found.findings]


def test_a_layer_that_is_never_pushed_need_not_be_there(
    docker: Path, store: ContainerdBuilder
) -> None:
    """Base layers of Windows come from elsewhere."""
    kept = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    diff_id = digest_of(b"base")
    store.snapshot(diff_id)
    config = store.document(
        {"os": "windows", "rootfs": {"diff_ids": [diff_id]}},
        "application/vnd.oci.image.config.v1+json",
    )
    layers = [{"mediaType": kept, "digest": DIGEST, "size": 5}]
    store.name(WEB, store.document({"config": config, "layers": layers}, MANIFEST))
    store.write()
    assert read(docker).findings == ()


def test_an_attestation_may_lack_what_it_names(docker: Path, store: ContainerdBuilder) -> None:
    amd = store.manifest([b"web"])
    attestation = store.attestation(amd)
    store.name(WEB, store.index(amd, attestation))
    store.forget(store.config_of(attestation["digest"]))
    store.forget(digest_of(b"statement"))
    store.write()
    assert read(docker).findings == ()


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_no_file_is_not_read_as_a_blob(
    docker: Path, store: ContainerdBuilder, target: str, kind: str
) -> None:
    store.write()
    store.blob_path(target).unlink()
    plant(store.blob_path(target), kind)
    found = read(docker)
    assert rules(found) == [("K2", target), ("S1", target)]
    assert_other_is_whole(found, target)


def test_a_document_that_is_far_too_long_is_not_read(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    """Nothing of that length is a manifest; a layer of it is not looked into at all."""
    size = (16 << 20) + 1
    for digest in (target, digest_of(b"other")):
        store.space("content", "blob")[digest.encode()][b"size"] = varint(size)
    store.write()
    for digest in (target, digest_of(b"other")):
        os.truncate(store.blob_path(digest), size)
    found = read(docker)
    assert only_finding(found)[:2] == ("U2", target)
    assert_other_is_whole(found, target)


def cut(path: Path) -> None:
    os.truncate(path, 100)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


@pytest.mark.parametrize("spoil", [cut, empty, overwrite])
def test_a_metadata_database_that_is_none_is_k1(
    docker: Path, store: ContainerdBuilder, target: str, spoil: Callable[[Path], None]
) -> None:
    store.write()
    spoil(store.top / METADATA)
    found = read(docker)
    assert only_finding(found)[:3] == ("K1", None, f"{PLACE}{METADATA}")
    assert found.state == "unreadable"
    assert (found.images, found.unknown_blobs) == ((), ())
    assert target not in {it.engine_image_id for it in found.images}


def test_of_a_metadata_database_that_is_cut_off_the_rest_is_read(
    docker: Path, store: ContainerdBuilder
) -> None:
    """What is missing from it has no finding of its own, and no file is taken for left over."""
    for number in range(60):
        store.image(f"docker.io/library/web:{number}", [b"%d" % number])
    store.write()
    whole = read(docker)
    assert whole.findings == ()
    path = store.top / METADATA
    for share in (3, 5, 7, 9):
        os.truncate(path, path.stat().st_size - path.stat().st_size // share // 4096 * 4096)
        found = read(docker)
        assert only_finding(found)[:3] == ("K1", None, f"{PLACE}{METADATA}")
        assert found.state == "unreadable"
        assert found.unknown_blobs == ()
        assert set(found.names) <= set(whole.names)
        assert set(found.snapshots) <= set(whole.snapshots)


def test_a_page_of_the_snapshots_that_is_damaged_leaves_the_names(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.image(WEB, [b"web"])
    for number in range(300):
        store.snapshot(f"key-{number:03}")
    store.write()
    path = store.top / METADATA
    data = path.read_bytes()
    path.write_bytes(data.replace(b"key-150", b"\xff" * 7))
    found = read(docker)
    assert only_finding(found)[:2] == ("K1", None)
    assert [it.name for it in found.names] == [WEB]
    assert found.images[0].manifests[0].is_chosen


def test_while_not_all_blobs_are_known_no_file_is_left_over(
    docker: Path, store: ContainerdBuilder
) -> None:
    for number in range(200):
        store.blob(b"%d" % number)
    store.write()
    path = store.top / METADATA
    middle = sorted(store.files)[100].encode()
    path.write_bytes(path.read_bytes().replace(middle, b"\xff" * len(middle)))
    found = read(docker)
    assert only_finding(found)[:2] == ("K1", None)
    assert len(found.blobs) < 200
    assert found.unknown_blobs == ()


def test_a_schema_of_old_is_k1(docker: Path, store: ContainerdBuilder, target: str) -> None:
    store.tree[b"version"] = varint(1)
    store.write()
    found = read(docker)
    assert only_finding(found)[:2] == ("K1", None)
    assert target in {it.engine_image_id for it in found.images}


@pytest.mark.parametrize("spoil", [cut, empty, overwrite])
def test_a_snapshotter_database_that_is_none_is_k1(
    docker: Path, store: ContainerdBuilder, target: str, spoil: Callable[[Path], None]
) -> None:
    store.write()
    spoil(store.top / BACKENDS)
    found = read(docker)
    assert only_finding(found)[:3] == ("K1", None, f"{PLACE}{BACKENDS}")
    assert presence(found, target) == [(True, True)]
    assert {(it.snapshot_id, it.size_bytes) for it in found.snapshots} == {(None, None)}


def test_a_snapshotter_database_that_is_missing_is_k6(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    store.write()
    (store.top / BACKENDS).unlink()
    found = read(docker)
    assert only_finding(found)[:3] == ("K6", None, f"{PLACE}{BACKENDS}")
    assert len(found.snapshots) == 3
    assert presence(found, target) == [(True, True)]


def test_a_snapshotter_that_is_no_part_of_containerd_may_be_elsewhere(
    docker: Path, store: ContainerdBuilder
) -> None:
    """It is a process of its own, as that of stargz is, with its own folder."""
    store.image(WEB, [b"web"])
    store.write()
    store.space("snapshots")[b"stargz"] = store.space("snapshots").pop(b"overlayfs")
    store.write_metadata()
    found = read(docker)
    assert found.snapshotter == "stargz"
    assert only_finding(found)[0] == "U3"
    assert found.directories_listed is False


def test_a_snapshot_without_its_directory_is_k6(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    top = chain_ids((digest_of(b"unpacked base"), digest_of(b"unpacked web")))[-1]
    store.write()
    (store.snapshot_path("3") / "fs").rmdir()
    store.snapshot_path("3").rmdir()
    found = read(docker)
    path = f"{PLACE}{SNAPSHOTTERS}overlayfs/snapshots/3"
    assert only_finding(found)[:3] == ("K6", top, path)
    assert next(it for it in found.snapshots if it.key == top).snapshot_id == "3"
    assert presence(found, target) == [(True, True)]


def test_a_snapshot_that_the_snapshotter_does_not_know_is_k6(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.snapshot("key")
    store.write()
    store.backends.clear()
    store.write_backends()
    found = read(docker)
    assert only_finding(found)[:3] == ("K6", "key", f"{PLACE}{BACKENDS}")
    (snapshot,) = found.snapshots
    assert (snapshot.snapshot_id, snapshot.kind, snapshot.size_bytes) == (None, None, None)


def test_the_folder_of_all_directories_missing_is_one_k6(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    store.write()
    store.snapshot_path("").rename(store.top / "gone")
    found = read(docker)
    path = f"{PLACE}{SNAPSHOTTERS}overlayfs/snapshots"
    assert only_finding(found)[:3] == ("K6", None, path)
    assert found.directories_listed is False
    assert presence(found, target) == [(True, True)]


def test_a_circle_of_parents_is_one_k8(docker: Path, store: ContainerdBuilder) -> None:
    store.snapshot("sound")
    for key, parent in (("a", None), ("b", "a"), ("c", "b"), ("on it", "c")):
        store.snapshot(key, parent)
    snapshots = store.space("snapshots", "overlayfs")
    snapshots[b"a"][b"parent"] = b"c"
    snapshots[b"c"][b"children"] = {b"a": b"", b"on it": b""}
    store.backends[snapshots[b"a"][b"name"]][b"parent"] = snapshots[b"c"][b"name"]
    store.write()
    found = read(docker)
    assert only_finding(found)[:3] == ("K8", "a", f"{PLACE}{METADATA}")
    assert len(found.snapshots) == 5


def lose_parent(store: ContainerdBuilder) -> None:
    del store.space("snapshots", "overlayfs")[b"below"]


def lose_child(store: ContainerdBuilder) -> None:
    del store.space("snapshots", "overlayfs")[b"below"][b"children"]


def reopen_parent(store: ContainerdBuilder) -> None:
    name = store.space("snapshots", "overlayfs")[b"below"][b"name"]
    store.backends[name][b"kind"] = b"\2"


def move_in_snapshotter(store: ContainerdBuilder) -> None:
    name = store.space("snapshots", "overlayfs")[b"key"][b"name"]
    store.backends[name][b"parent"] = b"moby/77/elsewhere"


@pytest.mark.parametrize("spoil", [lose_parent, lose_child, reopen_parent, move_in_snapshotter])
def test_a_parent_that_is_none_is_k8(
    docker: Path, store: ContainerdBuilder, spoil: Callable[[ContainerdBuilder], None]
) -> None:
    store.snapshot("below")
    store.snapshot("key", "below", "active")
    spoil(store)
    store.write()
    found = read(docker)
    assert only_finding(found)[:3] == ("K8", "key", f"{PLACE}{METADATA}")
    assert "below" in only_finding(found)[3]


def test_a_chain_id_on_another_snapshot_than_the_chain_s_is_no_fault(
    docker: Path, store: ContainerdBuilder
) -> None:
    """What the classic builder commits is on the `-init` snapshot of its container."""
    store.image(WEB, [b"web"])
    store.snapshot("box-init", digest_of(b"unpacked web"))
    store.snapshot(DIGEST, "box-init")
    store.write()
    assert read(docker).findings == ()


def test_a_dangling_name_of_another_image_is_k10(docker: Path, store: ContainerdBuilder) -> None:
    name = f"moby-dangling@{DIGEST}"
    store.name(name, store.manifest([b"web"]))
    store.write()
    found = read(docker)
    assert only_finding(found)[:3] == ("K10", name, f"{PLACE}{METADATA}")
    assert found.names[0].is_dangling


def test_a_dangling_name_beside_a_name_is_k10(docker: Path, store: ContainerdBuilder) -> None:
    target = store.manifest([b"web"])
    name = f"moby-dangling@{target['digest']}"
    store.name(name, target)
    store.name(WEB, target)
    store.write()
    assert only_finding(read(docker))[:2] == ("K10", name)


@pytest.mark.parametrize(
    "name",
    [
        "web:1",
        "docker.io/web:1",
        "docker.io/library/Web:1",
        "index.docker.io/library/web:1",
        "docker.io/library/web",
        "docker.io/library/web@sha256:12",
        "a name",
        "0123456789abcdef" * 4,
        "x/../y:1",
        "\N{SNOWMAN}",
    ],
)
def test_a_name_that_is_no_full_reference_is_k12(
    docker: Path, store: ContainerdBuilder, name: str
) -> None:
    store.image(name, [b"web"])
    store.write()
    found = read(docker)
    assert only_finding(found)[:3] == ("K12", name, f"{PLACE}{METADATA}")
    (only,) = found.names
    assert (only.name, only.repository, only.tag, only.digest) == (name, None, None, None)
    assert found.images[0].manifests[0].is_chosen


def test_the_name_of_docker_23_for_none_is_no_fault(docker: Path, store: ContainerdBuilder) -> None:
    target = store.manifest([b"web"])
    store.name(f"overlayfs@{target['digest']}", target)
    store.write()
    assert read(docker).findings == ()


def test_bytes_that_are_no_text_are_kept_readable(docker: Path, store: ContainerdBuilder) -> None:
    store.image("x", [b"web"])
    images = store.space("images")
    images[b"we\xffb\0"] = images.pop(b"x")
    store.write()
    assert [it.name for it in read(docker).names] == ["we\\xffb\N{REPLACEMENT CHARACTER}"]


def test_indexes_that_name_each_other_twice_are_gone_through_once(
    docker: Path, store: ContainerdBuilder
) -> None:
    """A few small blobs would else make more entries than there is time for."""
    entry = store.manifest([b"web"])
    for _ in range(60):
        entry = store.index(entry, entry)
    target = store.name(WEB, entry)
    store.write()
    found = read(docker)
    assert presence(found, target) == [(True, True)]
    assert len(found.indexes) == 60
    assert found.findings == ()


def test_blobs_that_may_not_be_listed_are_not_called_missing(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    store.write()
    folder = store.blob_path(target).parent
    folder.rename(folder.with_name("away"))
    folder.symlink_to("away")
    found = read(docker)
    assert only_finding(found)[:3] == ("S1", None, f"{PLACE}{CONTENT}/blobs/sha256")
    assert len(found.names) == 2


def test_a_config_that_may_not_be_listed_is_not_called_missing(
    docker: Path, store: ContainerdBuilder
) -> None:
    config = store.document({"rootfs": {}}, CONFIG)
    manifest = {"mediaType": MANIFEST, "config": config, "layers": []}
    target = store.name(WEB, store.document(manifest, MANIFEST, algorithm="sha512"))
    store.write()
    folder = store.blob_path(config["digest"]).parent
    folder.rename(folder.with_name("away"))
    folder.symlink_to("away")
    found = read(docker)
    assert only_finding(found)[:2] == ("S1", None)
    assert presence(found, target) == [(True, False)]


def test_directories_that_may_not_be_listed_are_not_called_missing(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    store.write()
    folder = store.snapshot_path("")
    folder.rename(folder.with_name("away"))
    folder.symlink_to("away")
    found = read(docker)
    assert only_finding(found)[:3] == ("S1", None, f"{PLACE}{SNAPSHOTTERS}overlayfs/snapshots")
    assert found.directories_listed is False
    assert presence(found, target) == [(True, True)]


def test_an_ingest_without_its_files_is_listed_all_the_same(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.space("images")
    store.write()
    ingest = store.top / CONTENT / "ingest" / ("a" * 64)
    ingest.mkdir(parents=True)
    (found,) = read(docker).ingests
    assert tuple(found) == ("a" * 64, None, None, None, None)


def test_downloads_of_docker_are_listed_with_what_has_come(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.space("content", "ingests")[b"layer-x"] = {b"ref": b"moby/1/layer-x"}
    store.write()
    for name, ref in (("a" * 64, "moby/1/layer-x"), ("b" * 64, "k8s.io/7/layer-y")):
        ingest = store.top / CONTENT / "ingest" / name
        ingest.mkdir(parents=True)
        (ingest / "ref").write_text(ref)
        (ingest / "startedat").write_text("2026-11-24T08:13:20.5Z")
        (ingest / "updatedat").write_text("never")
        (ingest / "data").write_bytes(b"half")
    (found,) = read(docker).ingests
    started = "2026-11-24T08:13:20.500000000Z"
    assert tuple(found) == ("a" * 64, "moby/1/layer-x", started, None, 4)


def test_files_that_no_namespace_knows_are_listed(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    store.files[digest_of(b"left over")] = b"left over"
    store.write()
    (store.blob_path(target).parent / "not-a-digest").write_bytes(b"")
    found = read(docker)
    assert [(it.digest, it.size_bytes) for it in found.unknown_blobs] == [
        (digest_of(b"left over"), 9)
    ]
    assert found.findings == ()


def test_directories_that_nothing_names_are_listed(
    docker: Path, store: ContainerdBuilder, target: str
) -> None:
    store.write()
    for name in ("99", "new-123", "rm-4"):
        store.snapshot_path(name).mkdir()
    (store.snapshot_path("") / "a file").write_bytes(b"")
    found = read(docker)
    assert {it.name for it in found.directories} == {"1", "2", "3", "99", "new-123", "rm-4"}
    assert target
    assert found.findings == ()


def test_the_media_type_of_a_layer_is_not_taken_for_an_index(
    docker: Path, store: ContainerdBuilder
) -> None:
    """What an index names that is neither manifest nor index is not read, and no image."""
    layer = store.blob(b"a layer", LAYER)
    target = store.name(WEB, store.index(layer, store.manifest([b"web"])))
    store.write()
    found = read(docker)
    assert presence(found, target) == [(True, True)]
    assert found.findings == ()


def test_a_database_of_other_things_has_nothing_of_docker_s(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.write()
    (store.top / METADATA).write_bytes(bolt_file({b"v1": b"text", b"v2": {b"moby": b""}}))
    found = read(docker)
    assert (found.state, found.names, found.findings) == ("readable", (), ())

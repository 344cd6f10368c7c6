"""Images of a healthy store: names, platforms, what stands for an image, blobs and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.docker.containerd.manifests import Platform
from indexer.docker.containerd.store import ImageName, Snapshot, StoreBlob
from indexer.docker.encodings.digests import chain_ids
from indexer.docker.encodings.image_reference import Repository
from tests.readers.containerd.reading import read, rules
from tests.readers.reading import DIGEST, OTHER_DIGEST
from tests.rootbuilder.containerd import (
    AMD64,
    ARM64,
    CONFIG,
    INDEX,
    LAYER,
    MANIFEST,
    ContainerdBuilder,
    digest_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.containerd.store import Containerd, EngineImage

WEB = "docker.io/library/web:1"


def only_image(store: Containerd) -> EngineImage:
    (image,) = store.images
    return image


def test_an_empty_store_has_no_images(docker: Path, store: ContainerdBuilder) -> None:
    store.space("images")
    store.write()
    found = read(docker)
    assert (found.state, found.snapshotter, found.has_images) == ("readable", "overlayfs", False)
    assert (found.images, found.blobs, found.snapshots, found.findings) == ((), (), (), ())
    assert found.build_cache.state == "absent"


def test_an_image_of_one_platform_is_its_manifest(docker: Path, store: ContainerdBuilder) -> None:
    target = store.image(WEB, [b"base", b"web"])
    store.write()
    found = read(docker)
    image = only_image(found)
    (manifest,), (config,) = found.manifests, found.configs
    assert image.engine_image_id == target
    assert image.media_type == MANIFEST
    assert (image.parent, image.created_at, image.last_tagged_at) == (
        None,
        "2026-11-24T08:13:20.000000000Z",
        "2026-11-24T08:13:30.000000000Z",
    )
    (only,) = image.manifests
    assert only.manifest_digest == target == manifest.digest
    assert only.image_id == config.image_id
    assert (only.is_present, only.is_image, only.is_chosen) == (True, True, True)
    assert only.is_attestation is False
    assert only.platform == Platform("linux", "amd64", None, None)
    assert [layer.digest for layer in manifest.layers] == [digest_of(b"base"), digest_of(b"web")]
    assert found.has_images
    assert rules(found) == []


def test_names_of_one_target_are_one_image(docker: Path, store: ContainerdBuilder) -> None:
    """Its times are the first of all its names and the last; its parent is that of any."""
    target = store.manifest([b"web"])
    store.name(WEB, target, at=100)
    store.name("docker.io/library/web:2", target, labels={"org.mobyproject.image.parent": DIGEST})
    store.name("docker.io/library/other:1", store.manifest([b"other"]))
    store.write()
    images = {image.engine_image_id: image for image in read(docker).images}
    assert len(images) == 2
    image = images[target["digest"]]
    assert image.parent == DIGEST
    assert image.created_at == "2026-11-24T08:13:20.000000000Z"
    assert image.last_tagged_at == "2026-11-24T08:15:10.000000000Z"


def test_a_name_is_taken_apart(docker: Path, store: ContainerdBuilder) -> None:
    target = store.manifest([b"web"])
    digest = store.name("127.0.0.1:5000/team/web:1", target)
    by_digest = f"docker.io/library/web@{digest}"
    store.name(by_digest, target)
    store.write()
    found = read(docker)
    team = Repository("127.0.0.1:5000", "team/web")
    web = Repository("docker.io", "library/web")
    assert found.names == (
        ImageName("127.0.0.1:5000/team/web:1", digest, team, "1", None, False),
        ImageName(by_digest, digest, web, None, digest, False),
    )
    assert found.findings == ()


def test_a_dangling_image_has_no_repository(docker: Path, store: ContainerdBuilder) -> None:
    target = store.manifest([b"web"])
    name = f"moby-dangling@{target['digest']}"
    store.name(name, target)
    store.write()
    found = read(docker)
    assert found.names == (ImageName(name, target["digest"], None, None, None, True),)
    assert only_image(found).manifests[0].is_chosen
    assert found.findings == ()


def test_platforms_that_were_not_pulled_are_no_fault(
    docker: Path, store: ContainerdBuilder
) -> None:
    """They are listed in the order of the index, and the one that is there stands for the image."""
    absent = {"mediaType": MANIFEST, "digest": DIGEST, "size": 9, "platform": AMD64}
    other = {"mediaType": MANIFEST, "digest": OTHER_DIGEST, "size": 9}
    present = store.manifest([b"arm"], ARM64)
    store.name(WEB, store.index(absent, present, other))
    store.write()
    found = read(docker)
    manifests = only_image(found).manifests
    assert [it.manifest_digest for it in manifests] == [DIGEST, present["digest"], OTHER_DIGEST]
    assert [it.is_present for it in manifests] == [False, True, False]
    assert [it.is_chosen for it in manifests] == [False, True, False]
    assert [it.image_id is not None for it in manifests] == [False, True, False]
    assert [it.platform for it in manifests] == [
        Platform("linux", "amd64", None, None),
        Platform("linux", "arm64", "v8", None),
        None,
    ]
    assert found.findings == ()


def test_an_image_of_which_no_platform_is_there_has_none_chosen(
    docker: Path, store: ContainerdBuilder
) -> None:
    absent = {"mediaType": MANIFEST, "digest": DIGEST, "size": 9, "platform": AMD64}
    store.name(WEB, store.index(absent))
    store.write()
    found = read(docker)
    assert [(it.is_present, it.is_chosen) for it in only_image(found).manifests] == [(False, False)]
    assert found.findings == ()


def test_the_platform_of_most_images_stands_for_an_image_of_several(
    docker: Path, store: ContainerdBuilder
) -> None:
    arm, amd = store.manifest([b"arm"], ARM64), store.manifest([b"amd"])
    both = store.name(WEB, store.index(arm, amd))
    store.image("docker.io/library/a:1", [b"a"])
    store.write()
    images = {image.engine_image_id: image for image in read(docker).images}
    assert [it.is_chosen for it in images[both].manifests] == [False, True]


def test_arm64_with_and_without_its_only_variant_is_one_platform(
    docker: Path, store: ContainerdBuilder
) -> None:
    plain = {"os": "linux", "architecture": "arm64"}
    both = store.name(WEB, store.index(store.manifest([b"x"]), store.manifest([b"y"], ARM64)))
    store.image("docker.io/library/a:1", [b"a"], platform=plain)
    store.image("docker.io/library/b:1", [b"b"])
    store.image("docker.io/library/c:1", [b"c"], platform=plain)
    store.write()
    images = {image.engine_image_id: image for image in read(docker).images}
    assert [it.is_chosen for it in images[both].manifests] == [False, True]


def test_an_attestation_is_no_image(docker: Path, store: ContainerdBuilder) -> None:
    """Also where its config has the form of an image's, as that of BuildKit up to 2025 has."""
    amd = store.manifest([b"web"])
    attestation = store.attestation(amd)
    store.name(WEB, store.index(amd, attestation))
    store.write()
    found = read(docker)
    image, other = only_image(found).manifests
    assert (image.is_attestation, image.is_image, image.is_chosen) == (False, True, True)
    assert (other.is_attestation, other.is_image, other.is_chosen) == (True, False, False)
    assert (other.is_present, other.image_id) == (True, None)
    assert [config.image_id for config in found.configs] == [image.image_id]
    assert found.findings == ()


def test_an_artifact_is_no_image(docker: Path, store: ContainerdBuilder) -> None:
    config = store.document({}, "application/vnd.oci.empty.v1+json")
    store.name(WEB, store.document({"config": config, "layers": []}, MANIFEST))
    store.write()
    found = read(docker)
    (only,) = only_image(found).manifests
    assert (only.is_present, only.is_image, only.is_chosen) == (True, False, False)
    assert (found.configs, found.findings) == ((), ())


def test_indexes_in_indexes_are_followed_in_order(docker: Path, store: ContainerdBuilder) -> None:
    """A manifest that is named twice is one, and an index that is not there names nothing."""
    one, two, three = (store.manifest([bytes([it])]) for it in range(3))
    absent = {"mediaType": INDEX, "digest": DIGEST, "size": 9}
    inner = store.index(two, one)
    store.name(WEB, store.index(inner, absent, three, two))
    store.write()
    found = read(docker)
    digests = [it.manifest_digest for it in only_image(found).manifests]
    assert digests == [two["digest"], one["digest"], three["digest"]]
    assert len(found.indexes) == 2
    assert found.findings == ()


def test_blobs_named_by_sha512_are_read(docker: Path, store: ContainerdBuilder) -> None:
    target = store.image(WEB, [b"web"], algorithm="sha512")
    store.write()
    found = read(docker)
    assert target.startswith("sha512:")
    assert only_image(found).manifests[0].is_chosen
    assert all(blob.is_present for blob in found.blobs)
    assert found.findings == ()


def test_a_blob_has_what_is_known_of_it(docker: Path, store: ContainerdBuilder) -> None:
    diff_id = digest_of(b"unpacked web")
    store.image(WEB, [b"web"])
    labels = {
        "containerd.io/uncompressed": diff_id,
        "containerd.io/distribution.source.docker.io": "library/web,library/other",
        "containerd.io/distribution.source.127.0.0.1": "team/web",
        "containerd.io/gc.ref.content.0": DIGEST,
    }
    store.blob(b"web", labels=labels)
    store.write()
    found = {blob.digest: blob for blob in read(docker).blobs}
    assert found[digest_of(b"web")] == StoreBlob(
        digest=digest_of(b"web"),
        size_bytes=3,
        is_present=True,
        created_at="2026-11-24T08:13:20.000000000Z",
        diff_id=diff_id,
        sources=("127.0.0.1/team/web", "docker.io/library/web", "docker.io/library/other"),
        media_type=LAYER,
        is_kept=False,
        references=(("content", DIGEST),),
    )
    assert sorted(it.media_type or "" for it in found.values()) == [CONFIG, LAYER, MANIFEST]


def test_a_snapshot_has_its_directory_and_its_size(docker: Path, store: ContainerdBuilder) -> None:
    store.image(WEB, [b"base", b"web"])
    bottom, top = chain_ids((digest_of(b"unpacked base"), digest_of(b"unpacked web")))
    store.snapshot("box-init", top, size=8192)
    store.snapshot("box", "box-init", "active")
    store.write()
    found = read(docker)
    time = "2026-11-24T08:13:20.000000000Z"
    snapshots = {it.key: it for it in found.snapshots}
    assert snapshots == {
        bottom: Snapshot(bottom, "1", "committed", None, bottom, 4096, time, time, False, ()),
        top: Snapshot(top, "2", "committed", bottom, top, 4096, time, time, False, ()),
        "box-init": Snapshot("box-init", "3", "committed", top, None, 8192, time, time, False, ()),
        "box": Snapshot("box", "4", "active", "box-init", None, None, time, time, False, ()),
    }
    assert [it.name for it in found.directories] == ["1", "2", "3", "4"]
    assert found.directories_listed
    assert found.findings == ()


def test_what_a_lease_keeps_is_listed(docker: Path, store: ContainerdBuilder) -> None:
    store.snapshot("key")
    labels = {"containerd.io/gc.expire": "2026-11-25T10:13:20+02:00", "buildkit/lease": ""}
    store.lease("123-abcd", content=[DIGEST], snapshots=["key"], labels=labels)
    store.write()
    (lease,) = read(docker).leases
    assert lease.lease_id == "123-abcd"
    assert lease.created_at == "2026-11-24T08:13:20.000000000Z"
    assert lease.expires_at == "2026-11-25T08:13:20.000000000Z"
    assert dict(lease.labels) == labels
    assert [tuple(it) for it in lease.resources] == [
        ("snapshot", "overlayfs", "key"),
        ("content", None, DIGEST),
    ]


def test_manifests_that_a_graph_driver_keeps_are_read(
    docker: Path, store: ContainerdBuilder
) -> None:
    """Their configs and layers are elsewhere, which is no fault, and there are no image names."""
    manifest = store.manifest([b"web"], unpacked=False)
    target = store.index(manifest)
    store.forget(store.config_of(manifest["digest"]))
    store.forget(digest_of(b"web"))
    store.lease(f"moby-image-{DIGEST}", content=[target["digest"]])
    store.write()
    found = read(docker)
    assert (len(found.indexes), len(found.manifests)) == (1, 1)
    assert (found.images, found.configs, found.has_images) == ((), (), False)
    assert found.findings == ()


@pytest.mark.parametrize("name", ["k8s.io", "default", "moby_history", "plugins.moby"])
def test_other_namespaces_are_not_docker_s(
    docker: Path, store: ContainerdBuilder, name: str
) -> None:
    """What they have is not counted, and neither are their blobs taken for left over."""
    store.image(WEB, [b"web"])
    other = ContainerdBuilder(store.top, namespace=name)
    other.image("docker.io/library/other:1", [b"other"], unpacked=False)
    other.lease("theirs", content=[DIGEST])
    store.tree |= {key: value for key, value in other.tree.items() if key != b"version"}
    store.files |= other.files
    store.blob(b"web", namespace=name)
    store.space("snapshots", "overlayfs", namespace=name)
    foreign = store.snapshot("theirs", namespace=name)
    store.write()
    found = read(docker)
    assert [it.name for it in found.names] == [WEB]
    assert len(found.blobs) == 3
    assert [it.digest for it in found.blobs if it.is_kept] == [digest_of(b"web")]
    assert (found.unknown_blobs, found.leases) == ((), ())
    assert "theirs" not in {it.key for it in found.snapshots}
    assert found.foreign_snapshot_ids == {foreign}
    assert found.findings == ()


def test_a_containerd_that_docker_does_not_use_has_nothing_of_docker_s(
    docker: Path, store: ContainerdBuilder
) -> None:
    other = ContainerdBuilder(store.top, namespace="k8s.io")
    other.image(WEB, [b"web"])
    other.files[digest_of(b"left over")] = b"left over"
    other.write()
    found = read(docker)
    assert found.state == "readable"
    assert (found.names, found.blobs, found.unknown_blobs, found.snapshots) == ((), (), (), ())
    assert (found.directories, found.directories_listed, found.findings) == ((), False, ())


def test_btrfs_has_its_directories_by_kind(docker: Path, store: ContainerdBuilder) -> None:
    btrfs = ContainerdBuilder(store.top, snapshotter="btrfs")
    btrfs.snapshot("layer")
    btrfs.snapshot("box", "layer", "active")
    btrfs.snapshot("look", "layer", "view")
    btrfs.write()
    top = btrfs.snapshot_path("").parent
    for kind, name in (("active", "2"), ("view", "3")):
        (top / kind).mkdir()
        (top / "snapshots" / name).rename(top / kind / name)
    found = read(docker)
    assert [it.name for it in found.directories] == ["1", "2", "3"]
    assert found.findings == ()


def test_devices_have_no_directories(docker: Path, store: ContainerdBuilder) -> None:
    """Whose they are cannot be told from the root, and none is called missing."""
    devices = ContainerdBuilder(store.top, snapshotter="devmapper")
    devices.image(WEB, [b"web"])
    devices.write()
    devices.snapshot_path("").rename(store.top / "elsewhere")
    found = read(docker)
    assert (found.directories, found.directories_listed) == ((), False)
    assert [it.snapshot_id for it in found.snapshots] == ["1"]
    assert found.findings == ()

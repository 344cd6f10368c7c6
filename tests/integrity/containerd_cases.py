"""Damage to the image store of containerd."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tests.integrity.cases import ABSENT, Named, Table
from tests.rootbuilder.containerd import go_time, varint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integrity.site import Site, Tree

CASES = Table()

ROOT = "28.5.2-c8d"
_HOME = "containerd/daemon/"
_META = f"{_HOME}io.containerd.metadata.v1.bolt/meta.db"
_SNAPSHOTTER = f"{_HOME}io.containerd.snapshotter.v1.overlayfs"
_CONTENT = f"{_HOME}io.containerd.content.v1.content"
_SINGLE = """
SELECT im.manifest_digest
FROM image_manifests AS im
JOIN tags AS t ON t.engine_image_id = im.engine_image_id
WHERE im.engine_image_id = im.manifest_digest
    AND (
        SELECT COUNT(*)
        FROM image_manifests AS o
        WHERE o.manifest_digest = im.manifest_digest
            OR o.image_id = im.image_id
    ) = 1
ORDER BY im.manifest_digest
"""
_CONTAINER = "SELECT container_id FROM containers WHERE state = 'exited' ORDER BY container_id"


def blob(digest: str) -> str:
    """Where a blob lies."""
    return f"{_CONTENT}/blobs/{digest.replace(':', '/')}"


def edit_meta(site: Site, edit: Callable[[Tree], object]) -> None:
    """Have `edit` change Docker's namespace in meta.db."""
    site.edit_bolt(site.path / _META, lambda tree: edit(tree[b"v1"][b"moby"]))


@CASES.case("K1", "fatal", root=ROOT)
def a_metadata_database_that_is_none(site: Site) -> Named:
    site.write(site.path / _META, b"\0" * 65536)
    return Named(None, _META)


@CASES.case("K1", "fatal", root=ROOT)
def a_snapshotter_database_that_is_cut_off(site: Site) -> Named:
    path = f"{_SNAPSHOTTER}/metadata.db"
    site.write(site.path / path, (site.path / path).read_bytes()[:4096])
    return Named(None, path)


@CASES.case("K2", "error", root=ROOT)
def a_target_without_its_file(site: Site) -> Named:
    digest = site.one(_SINGLE)
    site.remove(site.path / blob(digest))
    return Named(digest, blob(digest))


@CASES.case("K3", "error", root=ROOT)
def a_manifest_of_other_bytes(site: Site) -> Named:
    path = site.path / blob(digest := site.one(_SINGLE))
    data = path.read_bytes()
    site.write(path, data[:-2] + b" }")
    return Named(digest, blob(digest))


@CASES.case("K4", "warning", "K5", root=ROOT)
def a_packed_layer_that_is_missing(site: Site) -> Named:
    """The image runs, as its layers are unpacked; the file is on record, which is K5."""
    digest, layer = site.ask(
        "SELECT im.manifest_digest, ml.blob_digest FROM image_manifests AS im "
        "JOIN manifest_layers AS ml ON ml.manifest_digest = im.manifest_digest "
        f"WHERE im.manifest_digest IN ({_SINGLE.replace('ORDER BY im.manifest_digest', '')}) "
        "AND (SELECT COUNT(DISTINCT o.manifest_digest) FROM manifest_layers AS o "
        "WHERE o.blob_digest = ml.blob_digest) = 1 ORDER BY ml.blob_digest"
    )[0]
    site.remove(site.path / blob(layer))
    return Named(digest, blob(digest))


@CASES.case("K4", "error", "K5", root=ROOT)
def a_config_that_is_missing(site: Site) -> Named:
    """No container of the image starts again; the file is on record, which is K5."""
    digest, config = site.ask(
        "SELECT manifest_digest, config_digest FROM manifests "
        f"WHERE manifest_digest IN ({_SINGLE.replace('ORDER BY im.manifest_digest', '')}) "
        "ORDER BY config_digest"
    )[0]
    site.remove(site.path / blob(config))
    return Named(digest, blob(digest))


@CASES.case("K5", "error", root=ROOT)
def a_blob_on_record_without_its_file(site: Site) -> Named:
    digest = site.one(
        "SELECT reference FROM blob_references WHERE reference NOT IN "
        "(SELECT blob_digest FROM manifest_layers UNION SELECT manifest_digest FROM manifests "
        "UNION SELECT config_digest FROM manifests UNION SELECT engine_image_id FROM store_images) "
        "AND reference IN (SELECT blob_digest FROM store_blobs) ORDER BY reference"
    )
    site.remove(site.path / blob(digest))
    return Named(digest, blob(digest))


@CASES.case("K5", "warning", root=ROOT)
def a_blob_without_a_record(site: Site) -> Named:
    digest = f"sha256:{hashlib.sha256(b'stray').hexdigest()}"
    site.write(site.path / blob(digest), b"stray")
    return Named(digest, blob(digest))


@CASES.case("K6", "error", root=ROOT)
def a_snapshot_without_its_directory(site: Site) -> Named:
    key, number = site.ask(
        "SELECT snapshot_key, snapshot_id FROM snapshots "
        "WHERE chain_id IS NOT NULL ORDER BY snapshot_key"
    )[0]
    path = f"{_SNAPSHOTTER}/snapshots/{number}"
    site.remove(site.path / path)
    return Named(key, path)


@CASES.case("K7", "warning", root=ROOT)
def a_directory_without_a_snapshot(site: Site) -> Named:
    path = f"{_SNAPSHOTTER}/snapshots/99999"
    site.make_folder(site.path / path)
    return Named("99999", path)


@CASES.case("K8", "error", root=ROOT)
def a_parent_that_is_none(site: Site) -> Named:
    container = site.one(_CONTAINER)
    edit_meta(
        site,
        lambda moby: moby[b"snapshots"][b"overlayfs"][f"{container}-init".encode()].update(
            {b"parent": b"none-such"}
        ),
    )
    return Named(f"{container}-init", _META)


@CASES.case("K9", "error", root=ROOT)
def a_container_without_its_snapshot(site: Site) -> Named:
    """The snapshotter's own record and directory are a removal then, which containerd completes."""
    container = site.one(_CONTAINER)

    def edit(moby: Tree) -> None:
        snapshots = moby[b"snapshots"][b"overlayfs"]
        del snapshots[container.encode()]
        del snapshots[f"{container}-init".encode()][b"children"]

    edit_meta(site, edit)
    return Named(container, _META)


@CASES.case("K9", "error", root=ROOT)
def a_container_without_its_lease(site: Site) -> Named:
    container = site.one(_CONTAINER)
    edit_meta(site, lambda moby: moby[b"leases"].pop(container.encode()))
    return Named(container, _META)


@CASES.case("C3", "warning", root=ROOT)
def a_container_whose_image_is_gone(site: Site) -> Named:
    container = site.one(_CONTAINER)
    path = f"containers/{container}/config.v2.json"

    def edit(config: dict[str, object]) -> None:
        config["Image"] = ABSENT
        config["ImageManifest"] = {"digest": f"sha256:{'cd' * 32}"}

    site.edit_json(site.path / path, edit)
    return Named(container, path)


@CASES.case("K10", "info", root=ROOT)
def a_dangling_name_of_another_image(site: Site) -> Named:
    name = f"moby-dangling@sha256:{'d' * 64}"
    target = site.one(_SINGLE)

    def edit(moby: Tree) -> None:
        images = moby[b"images"]
        same = next(it for it in images.values() if it[b"target"][b"digest"] == target.encode())
        images[name.encode()] = {k: v for k, v in same.items() if k != b"labels"}

    edit_meta(site, edit)
    return Named(name, _META)


@CASES.case("K11", "warning", root=ROOT)
def a_blob_that_nothing_needs(site: Site) -> Named:
    digest = f"sha256:{hashlib.sha256(b'needless').hexdigest()}"
    times = {b"createdat": go_time(0), b"updatedat": go_time(0)}

    def edit(moby: Tree) -> None:
        moby[b"content"][b"blob"][digest.encode()] = {b"size": varint(8), **times}

    edit_meta(site, edit)
    site.write(site.path / blob(digest), b"needless")
    return Named(digest, blob(digest))


@CASES.case("K11", "info", root=ROOT)
def a_lease_that_is_over(site: Site) -> Named:
    labels = {b"containerd.io/gc.expire": b"2020-01-01T00:00:00Z"}
    lease = {b"createdat": go_time(0), b"labels": labels}
    edit_meta(site, lambda moby: moby[b"leases"].update({b"long-over": lease}))
    return Named("long-over", _META)


@CASES.case("K12", "warning", root=ROOT)
def a_name_that_is_no_reference(site: Site) -> Named:
    def edit(moby: Tree) -> None:
        images = moby[b"images"]
        images[b"not a name"] = dict(next(iter(images.values())))

    edit_meta(site, edit)
    return Named("not a name", _META)

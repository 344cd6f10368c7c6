"""Writes the manifests of pulled images that containerd has for an engine with a graph driver.

Since Docker 20.10 a pull leaves them in the content store. A lease there names the image (moby
`daemon/containerd/content`, `distribution/pull_v2.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.index.rows import load_keys, load_rows, replace_rows
from indexer.schema.containerd import image_manifests
from indexer.schema.content import images
from indexer.schema.placement import digest_map, store_images
from indexer.sync.tables.manifests import FROM_MANIFEST, paired, write_manifests

if TYPE_CHECKING:
    from collections.abc import Collection

    from indexer.docker.containerd.manifests import Manifest
    from indexer.docker.containerd.store import Containerd
    from indexer.index.connection import Connection
    from indexer.sync.engine.root_sync import StoreSync

_LEASE_PREFIX: Final = "moby-image-"
_CONTENT: Final = "content"


def write_pulled(sync: StoreSync, containerd: Containerd) -> bool:
    """Add to the store of a graph driver what containerd has of its pulled images.

    Return whether content may have lost its last reference.
    """
    connection, scope = sync.connection, sync.scope
    image_ids = {key[0] for key in load_keys(connection, store_images, ["engine_image_id"], scope)}
    manifests = _manifests_by_image(containerd, image_ids)
    listed = {it.digest: it for own in manifests.values() for it in own}
    write_manifests(connection, listed.values(), ())
    platforms = _platforms(connection, manifests)
    rows = [
        {
            **scope,
            "engine_image_id": image_id,
            "manifest_digest": manifest.digest,
            "position": position,
            "image_id": image_id,
            **platforms[image_id],
            "present": 1,
            "attestation": 0,
            "chosen": int(position == 1),
        }
        for image_id, own in manifests.items()
        for position, manifest in enumerate(own, 1)
    ]
    needs_cleanup = replace_rows(connection, image_manifests, scope, rows)
    diff_ids = _diff_ids(connection, manifests)
    pairs = sorted(set(paired(listed.values(), diff_ids)))
    source = {**scope, "source": FROM_MANIFEST}
    mapped = [{**source, "blob_digest": blob, "diff_id": diff_id} for blob, diff_id in pairs]
    replace_rows(connection, digest_map, source, mapped)
    return needs_cleanup


def _manifests_by_image(containerd: Containerd, image_ids: set[str]) -> dict[str, list[Manifest]]:
    """The manifests of each of the images `image_ids`, by image ID."""
    by_digest = {manifest.digest: manifest for manifest in containerd.manifests}
    manifests: dict[str, list[Manifest]] = {}
    for lease in containerd.leases:
        image_id = lease.lease_id.removeprefix(_LEASE_PREFIX)
        if image_id == lease.lease_id or image_id not in image_ids:
            continue
        leased = [it.key for it in lease.resources if it.kind == _CONTENT]
        named = [by_digest[key] for key in sorted(leased) if key in by_digest]
        own = [it for it in named if it.config is not None and it.config.digest == image_id]
        if own:
            manifests[image_id] = own
    return manifests


def _platforms(
    connection: Connection, image_ids: Collection[str]
) -> dict[str, dict[str, str | None]]:
    return {
        row["image_id"]: {name: row[name] for name in ("os", "architecture", "variant")}
        for image_id in image_ids
        for row in load_rows(connection, images, {"image_id": image_id})
    }


def _diff_ids(connection: Connection, image_ids: Collection[str]) -> dict[str, list[str]]:
    query = """
        SELECT l.diff_id
        FROM image_layers AS i
        JOIN layers AS l ON l.chain_id = i.chain_id
        WHERE i.image_id = ?
        ORDER BY i.position
    """
    return {image_id: connection.column(query, (image_id,)) for image_id in image_ids}

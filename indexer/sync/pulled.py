"""Manifests of pulled images that containerd keeps for an engine with a graph driver.

From 20.10 on a pull leaves them in the content store under a lease that names the image (moby
`daemon/containerd/content`, `distribution/pull_v2.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from indexer.schema.containerd import image_manifests
from indexer.schema.content import image_layers, images, layers
from indexer.schema.placement import digest_map, store_images
from indexer.sync.manifests import FROM_MANIFEST, paired, write_manifests
from indexer.sync.writer import load_keys, replace_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from indexer.docker.containerd.manifests import Manifest
    from indexer.docker.containerd.store import Containerd

_LEASE: Final = "moby-image-"
_CONTENT: Final = "content"


def write_pulled(connection: Connection, store_id: str, found: Containerd) -> bool:
    """Add to the store `store_id` of a graph driver what containerd knows of its pulled images.

    Says whether anything went away.
    """
    scope = {"store_id": store_id}
    held = {key[0] for key in load_keys(connection, store_images, ["engine_image_id"], scope)}
    manifests = _manifests_by_image(found, held)
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
    shrunk = replace_rows(connection, image_manifests, scope, rows)
    diff_ids = _diff_ids(connection, manifests)
    pairs = sorted(set(paired(listed.values(), diff_ids)))
    source = {**scope, "source": FROM_MANIFEST}
    told = [{**source, "blob_digest": blob, "diff_id": diff_id} for blob, diff_id in pairs]
    replace_rows(connection, digest_map, source, told)
    return shrunk


def _manifests_by_image(found: Containerd, held: set[str]) -> dict[str, list[Manifest]]:
    """The manifests of each of the images `held`, by image ID."""
    by_digest = {manifest.digest: manifest for manifest in found.manifests}
    manifests: dict[str, list[Manifest]] = {}
    for lease in found.leases:
        image_id = lease.lease_id.removeprefix(_LEASE)
        if image_id == lease.lease_id or image_id not in held:
            continue
        kept = [it.key for it in lease.resources if it.kind == _CONTENT]
        named = [by_digest[key] for key in sorted(kept) if key in by_digest]
        own = [it for it in named if it.config is not None and it.config.digest == image_id]
        if own:
            manifests[image_id] = own
    return manifests


def _platforms(
    connection: Connection, image_ids: Collection[str]
) -> dict[str, dict[str, str | None]]:
    columns = (images.c.image_id, images.c.os, images.c.architecture, images.c.variant)
    query = select(*columns).where(images.c.image_id.in_(image_ids))
    return {
        row.image_id: {"os": row.os, "architecture": row.architecture, "variant": row.variant}
        for row in connection.execute(query)
    }


def _diff_ids(connection: Connection, image_ids: Collection[str]) -> dict[str, list[str]]:
    query = (
        select(image_layers.c.image_id, layers.c.diff_id)
        .join(layers, layers.c.chain_id == image_layers.c.chain_id)
        .where(image_layers.c.image_id.in_(image_ids))
        .order_by(image_layers.c.image_id, image_layers.c.position)
    )
    found: dict[str, list[str]] = {}
    for image_id, diff_id in connection.execute(query):
        found.setdefault(image_id, []).append(diff_id)
    return found

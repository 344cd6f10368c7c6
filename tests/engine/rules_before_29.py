"""What engines before 29 say of the containerd image store where dockidx counts as 29 does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.df_figures import Figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engine.index_answers import Index

_SHARED = """
WITH chains AS (
    SELECT m.engine_image_id, l.chain_id
    FROM image_manifests AS m
    JOIN image_layers AS l ON l.image_id = m.image_id
    WHERE m.attestation = 0
),
repeated AS (
    SELECT chain_id
    FROM chains
    GROUP BY chain_id
    HAVING COUNT(*) > 1
)
SELECT c.engine_image_id, SUM(s.size_bytes) AS size_bytes
FROM chains AS c
JOIN repeated AS r ON r.chain_id = c.chain_id
JOIN snapshots AS s ON s.chain_id = c.chain_id
GROUP BY c.engine_image_id
"""

_PACKED = """
WITH reached AS (
    SELECT engine_image_id AS blob_digest FROM image_manifests
    UNION
    SELECT index_digest FROM index_manifests
    UNION
    SELECT manifest_digest FROM image_manifests
    UNION
    SELECT config_digest FROM manifests
    UNION
    SELECT blob_digest FROM manifest_layers
)
SELECT SUM(b.size_bytes) AS size_bytes
FROM reached AS r
JOIN store_blobs AS b ON b.blob_digest = r.blob_digest
WHERE b.present = 1
"""


def shared_bytes(index: Index) -> dict[str, int]:
    """The bytes of each engine image that are shared: only of layers, packed ones left out.

    A layer is shared that occurs twice in all images, and be it twice in one (moby 28
    daemon/containerd/image_list.go `computeSharedSize`).
    """
    shared = {row["engine_image_id"]: row["size_bytes"] for row in index.sql(_SHARED)}
    return {engine_id: shared.get(engine_id, 0) for engine_id in index.image_ids()}


def held_bytes(index: Index) -> int:
    """The bytes that only listed images with a container have: what `docker system df` keeps.

    An image with a container is listed whatever its names (docker/cli `disk_usage.go`).
    """
    shared = shared_bytes(index)
    used = [row for row in index.query("images") if row["containers"]]
    return sum(row["size_bytes"] - shared[row["engine_image_id"]] for row in used)


def layers_size(index: Index, taken: Mapping[str, int]) -> int:
    """`LayersSize`: all that images have packed, and every snapshot, whosesoever it is.

    `taken` has the disk use of each snapshot by its ID; the index knows it of committed ones
    (moby 28 daemon/containerd/service.go `ImageDiskUsage`).
    """
    snapshots = index.table("snapshots")
    unpacked = sum(
        taken[row["snapshot_id"]] if row["size_bytes"] is None else row["size_bytes"]
        for row in snapshots
    )
    return int(index.sql(_PACKED)[0]["size_bytes"]) + unpacked


def build_cache(index: Index) -> Figures:
    """The build cache without its shared records, which an image pays for."""
    own = [
        (row["in_use"], 0 if row["shared"] else row["size_bytes"])
        for row in index.query("build-cache")
    ]
    free = sum(size for in_use, size in own if not in_use)
    return Figures(len(own), sum(used for used, _ in own), sum(size for _, size in own), free)

"""What engines before 29 say of the containerd image store where dockidx counts as 29 does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.harness.df_figures import Figures
from tests.engine.harness.shared_sizes import shared_sizes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tests.engine.harness.index_answers import Index

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


def held_bytes(index: Index, listed: Collection[str]) -> int:
    """The bytes that only images with a container have, of the engine images that are `listed`.

    They are what `docker system df` does not call reclaimable (docker/cli `disk_usage.go`).
    """
    shared = shared_sizes(index, listed, packed=False)
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

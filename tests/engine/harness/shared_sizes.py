"""What images of the containerd store share, by the rule of the engine.

A layer is shared that occurs twice in the images of a list, and be it twice in one of them; from 29
on so is a blob that several of them have. The list of all images, intermediate ones too, and the
one of `/system/df` so give different sizes (moby daemon/containerd/image_list.go
`computeSharedSize`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.engine.harness.index_answers import Index

_LAYERS = """
SELECT m.engine_image_id, l.chain_id AS part, COALESCE(s.size_bytes, 0) AS size_bytes
FROM image_manifests AS m
JOIN image_layers AS l ON l.image_id = m.image_id
LEFT JOIN snapshots AS s ON s.store_id = m.store_id AND s.chain_id = l.chain_id
WHERE m.attestation = 0
"""

_BLOBS = """
WITH parts AS (
    SELECT store_id, engine_image_id, manifest_digest AS blob_digest
    FROM image_manifests
    UNION
    SELECT i.store_id, i.engine_image_id, m.config_digest
    FROM image_manifests AS i
    JOIN manifests AS m ON m.manifest_digest = i.manifest_digest
    UNION
    SELECT i.store_id, i.engine_image_id, l.blob_digest
    FROM image_manifests AS i
    JOIN manifest_layers AS l ON l.manifest_digest = i.manifest_digest
)
SELECT p.engine_image_id, b.blob_digest AS part, b.size_bytes
FROM parts AS p
JOIN store_blobs AS b ON b.store_id = p.store_id AND b.blob_digest = p.blob_digest
WHERE b.present = 1
"""


def shared_sizes(index: Index, among: Collection[str], *, packed: bool) -> dict[str, int]:
    """The shared bytes of the engine images `among`, of which no other image is looked at.

    `packed` says whether blobs count, as they do from 29 on.
    """
    shared = dict.fromkeys(among, 0)
    for statement in (_LAYERS, _BLOBS) if packed else (_LAYERS,):
        rows = [row for row in index.sql(statement) if row["engine_image_id"] in shared]
        occurrences = Counter(row["part"] for row in rows)
        for row in rows:
            if occurrences[row["part"]] > 1:
                shared[row["engine_image_id"]] += row["size_bytes"]
    return shared

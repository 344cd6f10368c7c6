"""Manifests, packed content and unpacked snapshots of images: the index beside the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.harness.comparison import known

if TYPE_CHECKING:
    from tests.engine.harness.answers import Answers, Record
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Index, Row

_CONTENT = """
WITH parts AS (
    SELECT DISTINCT manifest_digest, manifest_digest AS blob_digest
    FROM image_manifests
    UNION ALL
    SELECT manifest_digest, config_digest
    FROM manifests
    UNION ALL
    SELECT manifest_digest, blob_digest
    FROM manifest_layers
)
SELECT p.manifest_digest, SUM(b.size_bytes) AS size_bytes
FROM parts AS p
JOIN store_blobs AS b ON b.blob_digest = p.blob_digest
WHERE b.present = 1
GROUP BY p.manifest_digest
"""

_UNPACKED = """
WITH RECURSIVE stack (image_id, store_id, snapshot_key) AS (
    SELECT i.image_id, s.store_id, s.snapshot_key
    FROM images AS i
    JOIN snapshots AS s ON s.chain_id = i.top_chain_id
    UNION ALL
    SELECT t.image_id, t.store_id, s.parent_key
    FROM stack AS t
    JOIN snapshots AS s ON s.store_id = t.store_id AND s.snapshot_key = t.snapshot_key
    WHERE s.parent_key IS NOT NULL
)
SELECT t.image_id, SUM(s.size_bytes) AS size_bytes
FROM stack AS t
JOIN snapshots AS s ON s.store_id = t.store_id AND s.snapshot_key = t.snapshot_key
GROUP BY t.image_id
"""


def compare_manifests(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare all manifests of each image, present or not.

    Of engines with a graph driver containerd has those of pulled images, of which none is told.
    """
    rows: dict[str, list[Row]] = {}
    for row in sorted(index.table("image_manifests"), key=lambda row: int(row["position"])):
        rows.setdefault(row["engine_image_id"], []).append(row)
    engine = {image["Id"]: image for image in answers.images}
    if not answers.has_containerd_store:
        _compare_pulled(comparison, rows, answers)
        return
    content = {row["manifest_digest"]: row["size_bytes"] for row in index.sql(_CONTENT)}
    unpacked = {row["image_id"]: row["size_bytes"] for row in index.sql(_UNPACKED)}
    descriptors = {row["manifest_digest"]: row for row in index.table("manifests")}
    listed = {
        (row["index_digest"], row["manifest_digest"]): row for row in index.table("index_manifests")
    }
    for engine_id in comparison.same_things("image with manifests", rows, engine):
        own, theirs = rows[engine_id], engine[engine_id]["Manifests"]
        thing = f"manifests of image {engine_id}"
        digests = [manifest["Descriptor"]["digest"] for manifest in theirs]
        positions = [row["position"] for row in own]
        comparison.equal(thing, "positions", positions, list(range(1, len(digests) + 1)))
        comparison.equal(thing, "digests", [row["manifest_digest"] for row in own], digests)
        for row, manifest in zip(own, theirs, strict=False):
            digest = row["manifest_digest"]
            _compare_manifest(comparison, row, manifest)
            size = content.get(digest, 0)
            comparison.equal(f"manifest {digest}", "content", size, manifest["Size"]["Content"])
            own_row = descriptors.get(digest)
            entry = own_row if digest == engine_id else listed.get((engine_id, digest))
            _compare_descriptor(comparison, digest, entry, own_row, manifest)
            if "ImageData" in manifest:
                size, told = unpacked.get(row["image_id"], 0), manifest["ImageData"]["Size"]
                comparison.equal(f"manifest {digest}", "unpacked", size, told["Unpacked"])
    _compare_chosen(comparison, index, rows, content, answers)


def _compare_pulled(comparison: Comparison, rows: dict[str, list[Row]], answers: Answers) -> None:
    """See that manifests are of images that there are, and for their platform."""
    for engine_id in comparison.same_things(
        "image with manifests", rows, rows.keys() & answers.image_inspect.keys()
    ):
        image = answers.image_inspect[engine_id]
        told = _platform(image) | {"image_id": engine_id, "present": 1, "attestation": 0}
        for row in rows[engine_id]:
            thing = f"manifest {row['manifest_digest']} of image {engine_id}"
            comparison.fields_equal(thing, row, told)


def _compare_manifest(comparison: Comparison, ours: Row, theirs: Record) -> None:
    descriptor = theirs["Descriptor"]
    platform = theirs.get("ImageData", {}).get("Platform") or descriptor["platform"]
    comparison.fields_equal(
        f"manifest {ours['manifest_digest']} of image {ours['engine_image_id']}",
        ours,
        {
            "present": int(theirs["Available"]),
            "attestation": int(theirs["Kind"] == "attestation"),
            "os": platform["os"],
            "architecture": platform["architecture"],
            "variant": platform.get("variant"),
        },
    )


def _compare_descriptor(
    comparison: Comparison, digest: str, entry: Row | None, own: Row | None, theirs: Record
) -> None:
    """Compare media type and size, where the index lists the manifest and where it is itself."""
    descriptor = theirs["Descriptor"]
    told = {"media_type": descriptor["mediaType"], "size_bytes": descriptor["size"]}
    thing = f"manifest {digest}"
    comparison.equal(thing, "descriptor", entry is not None, True)
    comparison.equal(thing, "read", own is not None, theirs["Available"])
    for row in (entry, own):
        if row is not None:
            comparison.fields_equal(thing, row, told)


def _compare_chosen(
    comparison: Comparison,
    index: Index,
    rows: dict[str, list[Row]],
    content: dict[str, int],
    answers: Answers,
) -> None:
    """Compare the manifest that stands for each image with the one that `image inspect` shows.

    Its size there is what that manifest has packed, and the list of manifests above it.
    """
    image_ids = index.image_ids()
    blobs = {row["blob_digest"]: row["size_bytes"] for row in index.table("store_blobs")}
    for engine_id, image in answers.image_inspect.items():
        chosen = [row for row in rows.get(engine_id, ()) if row["chosen"]]
        thing = f"image {engine_id}"
        comparison.equal(thing, "number of chosen manifests", len(chosen), 1)
        for row in chosen:
            digest = row["manifest_digest"]
            comparison.equal(thing, "image_id", image_ids.get(engine_id), row["image_id"])
            above = 0 if digest == engine_id else blobs.get(engine_id, 0)
            comparison.equal(thing, "packed size", content.get(digest, 0) + above, image["Size"])
            comparison.fields_equal(f"manifest {digest}", row, _platform(image))


def _platform(image: Record) -> Row:
    return {
        "os": known(image["Os"]),
        "architecture": known(image["Architecture"]),
        "variant": known(image.get("Variant")),
    }

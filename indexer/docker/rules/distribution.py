"""Rules on `distribution`: what is known of registry blobs."""

from typing import Final

from indexer.docker.rules.rule import Rule

_BLOB: Final = "image/<driver>/distribution/diffid-by-digest/<algorithm>/<blob>"
_LAYER: Final = "image/<driver>/distribution/v2metadata-by-diffid/<algorithm>/<diff ID>"

DISTRIBUTION: Final = (
    Rule(
        id="D1",
        slug="blob-record-invalid",
        severity="warning",
        requirement=(
            "Files are named by digests, and contain a digest or a JSON array of objects with "
            "digests."
        ),
        consequence="The engine ignores the file and may transfer the layer again.",
        remedy=(
            "Nothing needs to be done; the engine writes the file again with the next pull or push."
        ),
        path=f"{_BLOB} or {_LAYER}",
    ),
    Rule(
        id="D2",
        slug="blob-record-one-sided",
        severity="info",
        requirement="What one of the two folders records of a blob, the other one records too.",
        consequence="Nothing breaks; a push removes one side only.",
        remedy="Nothing needs to be done.",
        path=f"{_BLOB} or {_LAYER}",
        how=("sql",),
    ),
    Rule(
        id="D3",
        slug="too-many-blobs",
        severity="info",
        requirement="At most 50 blobs are recorded for a layer.",
        consequence="Nothing breaks; the engine drops the oldest.",
        remedy="Nothing needs to be done.",
        path=_LAYER,
    ),
    Rule(
        id="D4",
        slug="blob-record-without-layer",
        severity="info",
        requirement="A layer that is recorded by its diff ID exists.",
        consequence="Nothing breaks; the engine never removes these files.",
        remedy=(
            "Nothing needs to be done; the files are small and save transfers when the layer "
            "comes back."
        ),
        path=f"{_BLOB} or {_LAYER}",
        how=("sql",),
    ),
    Rule(
        id="D5",
        slug="hmac-invalid",
        severity="info",
        requirement="An HMAC is empty or 64 hexadecimal digits.",
        consequence="A push to that repository may transfer the layer again.",
        remedy="Nothing needs to be done.",
        path=_LAYER,
    ),
)

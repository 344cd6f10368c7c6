"""Rules on `distribution`: what is known of registry blobs."""

from typing import Final

from indexer.docker.rules.rule import Rule

_BLOB: Final = "image/<driver>/distribution/diffid-by-digest/<algorithm>/<blob>"
_LAYER: Final = "image/<driver>/distribution/v2metadata-by-diffid/<algorithm>/<diff ID>"

DISTRIBUTION: Final = (
    Rule(
        "D1",
        "warning",
        "Files are named by digests and hold digests, or JSON arrays of objects with digests.",
        "The engine ignores the file, and may transfer the layer again.",
        f"{_BLOB} or {_LAYER}",
    ),
    Rule(
        "D2",
        "info",
        "What one of both folders says of a blob the other one says too.",
        "Nothing breaks; a push removes one side only.",
        f"{_BLOB} or {_LAYER}",
        how=("sql",),
    ),
    Rule(
        "D3",
        "info",
        "A layer has 50 blobs at most.",
        "Nothing breaks; the engine drops the oldest.",
        _LAYER,
    ),
    Rule(
        "D4",
        "info",
        "A layer that is known by its diff ID is there.",
        "Nothing breaks; the engine never removes these files.",
        f"{_BLOB} or {_LAYER}",
        how=("sql",),
    ),
    Rule(
        "D5",
        "info",
        "An HMAC is empty or 64 hex digits.",
        "Pushing to that repository may transfer the layer again.",
        _LAYER,
    ),
)

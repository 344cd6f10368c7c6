"""The tables that a sync reconciles, and what the change log calls their rows."""

from types import MappingProxyType
from typing import Final

from indexer.schema.directories import directories
from indexer.schema.placement import mounts, repo_digests, store_images, store_layers, tags
from indexer.schema.runtime import containers, volumes
from indexer.sync.engine.reconcile import Key, ReconciledTable


def _name(key: Key) -> str:
    return key[0]


def _tag(key: Key) -> str:
    return f"{key[0]}:{key[1]}"


def _digest(key: Key) -> str:
    return f"{key[0]}@{key[1]}"


# With a graph driver the engine image ID equals the image ID, so one change would be logged twice.
_IMPLIED_BY: Final = MappingProxyType(
    {"engine_image_id": "image_id", "engine_parent_id": "parent_id", "manifest_digest": "image_id"}
)

TAGS: Final = ReconciledTable(
    tags, "tag", ("store_id",), _tag, renews_first_seen=True, implied_by=_IMPLIED_BY
)
DIGESTS: Final = ReconciledTable(
    repo_digests, "digest", ("store_id",), _digest, renews_first_seen=True, implied_by=_IMPLIED_BY
)
IMAGES: Final = ReconciledTable(store_images, "image", ("store_id",), _name, implied_by=_IMPLIED_BY)
LAYERS: Final = ReconciledTable(
    store_layers, "layer", ("store_id",), _name, unlogged=frozenset({"recorded_parent"})
)
MOUNTS: Final = ReconciledTable(mounts, "mount", ("store_id",), _name)
# The change log has the layer, mount or snapshot that a directory belongs to instead.
DIRECTORIES: Final = ReconciledTable(
    directories, "directory", ("store_id",), _name, is_logged=False
)
CONTAINERS: Final = ReconciledTable(
    containers,
    "container",
    ("root_id",),
    _name,
    unlogged=frozenset({"log_bytes", "rw_bytes", "pid"}),
)
VOLUMES: Final = ReconciledTable(
    volumes, "volume", ("root_id",), _name, unlogged=frozenset({"size_bytes"})
)

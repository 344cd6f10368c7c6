"""The kinds of thing that a sync reconciles, and how the change log calls them."""

from types import MappingProxyType
from typing import Final

from indexer.schema.directories import directories
from indexer.schema.placement import mounts, repo_digests, store_images, store_layers, tags
from indexer.schema.runtime import containers, volumes
from indexer.sync.engine.reconcile import Key, Kind


def _name(key: Key) -> str:
    return key[0]


def _tag(key: Key) -> str:
    return f"{key[0]}:{key[1]}"


def _digest(key: Key) -> str:
    return f"{key[0]}@{key[1]}"


# A graph driver's engine shows the image's own ID: that it changed is said once.
_SHOWN: Final = MappingProxyType(
    {"engine_image_id": "image_id", "engine_parent_id": "parent_id", "manifest_digest": "image_id"}
)

TAG: Final = Kind(tags, "tag", ("store_id",), _tag, renewed=True, echoes=_SHOWN)
DIGEST: Final = Kind(repo_digests, "digest", ("store_id",), _digest, renewed=True, echoes=_SHOWN)
IMAGE: Final = Kind(store_images, "image", ("store_id",), _name, echoes=_SHOWN)
LAYER: Final = Kind(
    store_layers, "layer", ("store_id",), _name, silent=frozenset({"recorded_parent"})
)
MOUNT: Final = Kind(mounts, "mount", ("store_id",), _name)
DIRECTORY: Final = Kind(directories, "directory", ("store_id",), _name)
CONTAINER: Final = Kind(
    containers, "container", ("root_id",), _name, silent=frozenset({"log_bytes", "rw_bytes", "pid"})
)
VOLUME: Final = Kind(volumes, "volume", ("root_id",), _name, silent=frozenset({"size_bytes"}))

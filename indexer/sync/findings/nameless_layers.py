"""Explains findings on a damaged layer that no image names: it blocks every new pull of it.

The engine renames the folder of a new layer into place. The rename fails if a folder is there, even
one that the engine cannot load (moby `layer/filestore.go`, `pkg/ioutils/fswriters.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.image_store.layerdb import DROPPED
from indexer.sync.engine.store_key import GRAPH_DRIVER, StoreKey

if TYPE_CHECKING:
    from indexer.docker.read_root import RootContents
    from indexer.docker.rules.finding import Finding
    from indexer.sync.engine.root_sync import RootSync

_IN_THE_WAY: Final = (
    "; no image that can be read names this layer, but every pull, load or build of it fails with "
    "'file exists' until this folder is removed."
)

_IMAGES: Final = """
    SELECT i.image_id
    FROM store_images AS i
    JOIN image_layers AS l ON l.image_id = i.image_id
    WHERE i.store_id = :store_id
        AND l.chain_id = :chain_id
    LIMIT 1
"""


def with_nameless_layers(sync: RootSync, contents: RootContents) -> list[Finding]:
    """The findings in `contents`; those on a layer that no image names say what it prevents."""
    return [_in_the_way(it) if _is_nameless(sync, it, contents) else it for it in contents.findings]


def _in_the_way(finding: Finding) -> Finding:
    return finding._replace(message=finding.message.removesuffix(DROPPED) + _IN_THE_WAY)


def _is_nameless(sync: RootSync, finding: Finding, contents: RootContents) -> bool:
    """Whether a finding is about a layer that the engine drops and that no image names."""
    if finding.object_kind != "layer" or not finding.message.endswith(DROPPED):
        return False
    key = StoreKey(GRAPH_DRIVER, finding.path.split("/")[1])
    scan = contents.stores.get(key.driver)
    if scan is None or not scan.configs.listed:
        return False
    values = {"store_id": key.store_id(sync.root_id), "chain_id": finding.object_id}
    return not sync.connection.rows(_IMAGES, values)

"""What becomes of a damaged layer that no image names: nothing is lost, but it stands in the way.

An engine renames the folder of a new layer into place, and that fails where a folder is, also one
that it cannot load (moby `layer/filestore.go`, `pkg/ioutils/fswriters.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.image_store.layerdb import DROPPED
from indexer.sync.engine.store_key import GRAPH_DRIVER, StoreKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.docker.read_root import RootContents
    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection

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


def with_nameless_layers(
    connection: Connection, found: RootContents, store_ids: Mapping[StoreKey, str]
) -> list[Finding]:
    """The findings in `found`, whose images are in the rows of the stores `store_ids`."""
    return [
        _in_the_way(it) if _is_nameless(connection, it, found, store_ids) else it
        for it in found.findings
    ]


def _in_the_way(finding: Finding) -> Finding:
    return finding._replace(message=finding.message.removesuffix(DROPPED) + _IN_THE_WAY)


def _is_nameless(
    connection: Connection,
    finding: Finding,
    found: RootContents,
    store_ids: Mapping[StoreKey, str],
) -> bool:
    """Whether a finding is about a layer that the engine drops, and no image goes with it."""
    if finding.object_kind != "layer" or not finding.message.endswith(DROPPED):
        return False
    driver = finding.path.split("/")[1]
    scan, store_id = found.stores.get(driver), store_ids.get(StoreKey(GRAPH_DRIVER, driver))
    if scan is None or not scan.configs.listed:
        return False
    images = connection.rows(_IMAGES, {"store_id": store_id, "chain_id": finding.object_id})
    return not images

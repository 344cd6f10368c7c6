"""One image store, `image/<driver>`, read in the order of its references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.distribution import BlobDiffID, DiffIDBlobs, scan_blobs, scan_diff_ids
from indexer.docker.files import GoneError, UnreadableError
from indexer.docker.imagedb import ImageMetadata, scan_configs, scan_metadata
from indexer.docker.layerdb import LayerRecord, scan_crashed_writes, scan_layers
from indexer.docker.mounts import MountRecord, scan_mounts
from indexer.docker.repositories import References, read_references
from indexer.docker.scan import NOTHING, Known, Scan, Tick

if TYPE_CHECKING:
    from indexer.docker.files import Folder
    from indexer.docker.findings import Finding
    from indexer.docker.image_config import ImageConfig

_PASSES: Final = 3


class StoreKnown(NamedTuple):
    """The stamps of a former pass over a store, by kind and name."""

    configs: Known = NOTHING
    metadata: Known = NOTHING
    layers: Known = NOTHING
    mounts: Known = NOTHING
    diff_ids: Known = NOTHING
    blobs: Known = NOTHING


class StoreScan(NamedTuple):
    """Everything that a store holds."""

    references: References
    configs: Scan[ImageConfig]
    metadata: Scan[ImageMetadata]
    layers: Scan[LayerRecord]
    mounts: Scan[MountRecord]
    diff_ids: Scan[BlobDiffID]
    blobs: Scan[DiffIDBlobs]
    crashed_writes: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong in this store."""
        scans = (
            self.configs,
            self.metadata,
            self.layers,
            self.mounts,
            self.diff_ids,
            self.blobs,
        )
        found = [finding for scan in scans for finding in scan.findings]
        return (*self.references.findings, *found, *self.crashed_writes)


def read_store(store: Folder, known: StoreKnown, tick: Tick) -> StoreScan:
    """Read the store folder `image/<driver>`.

    A running engine may tag or remove images meanwhile: while repositories.json is not the same
    after the pass as before it, what changed since is read again, up to three passes in all.
    """
    scan = _one_pass(store, known, tick)
    for _ in range(_PASSES - 1):
        if read_references(store).raw == scan.references.raw:
            break
        scan = _followed_by(scan, _one_pass(store, _known_after(scan, known), tick))
    return scan


def newest_change(store: Folder) -> int:
    """When the names of this store last changed, in ns since 1970; 0 where there are none."""
    try:
        return store.stamp("repositories.json").ctime_ns
    except (GoneError, UnreadableError):
        return 0


def _one_pass(store: Folder, known: StoreKnown, tick: Tick) -> StoreScan:
    return StoreScan(
        references=read_references(store),
        configs=scan_configs(store, known.configs, tick),
        metadata=scan_metadata(store, known.metadata, tick),
        layers=scan_layers(store, known.layers, tick),
        mounts=scan_mounts(store, known.mounts, tick),
        diff_ids=scan_diff_ids(store, known.diff_ids, tick),
        blobs=scan_blobs(store, known.blobs, tick),
        crashed_writes=scan_crashed_writes(store),
    )


def _known_after(scan: StoreScan, known: StoreKnown) -> StoreKnown:
    return StoreKnown(
        configs={**known.configs, **scan.configs.stamps},
        metadata={**known.metadata, **scan.metadata.stamps},
        layers={**known.layers, **scan.layers.stamps},
        mounts={**known.mounts, **scan.mounts.stamps},
        diff_ids={**known.diff_ids, **scan.diff_ids.stamps},
        blobs={**known.blobs, **scan.blobs.stamps},
    )


def _followed_by(scan: StoreScan, later: StoreScan) -> StoreScan:
    return StoreScan(
        references=later.references,
        configs=scan.configs.then(later.configs),
        metadata=scan.metadata.then(later.metadata),
        layers=scan.layers.then(later.layers),
        mounts=scan.mounts.then(later.mounts),
        diff_ids=scan.diff_ids.then(later.diff_ids),
        blobs=scan.blobs.then(later.blobs),
        crashed_writes=later.crashed_writes,
    )

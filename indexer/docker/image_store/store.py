"""One image store, `image/<driver>`, read in the order of its references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from indexer.docker.drivers import (
    DriverDirectory,
    ShortLink,
    scan_directories,
    scan_short_links,
    settled,
)
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import NOTHING, Previous, Scan, Tick
from indexer.docker.image_store.damaged_layers import (
    DamagedLayer,
    layer_folders,
    scan_damaged_layers,
)
from indexer.docker.image_store.distribution import (
    BlobDiffID,
    DiffIDBlobs,
    scan_blobs,
    scan_diff_ids,
)
from indexer.docker.image_store.imagedb import ImageMetadata, scan_configs, scan_metadata
from indexer.docker.image_store.layerdb import LayerRecord, scan_layers
from indexer.docker.image_store.layerdb_leftovers import Leftovers, scan_leftovers
from indexer.docker.image_store.layerdb_mounts import MountRecord, scan_mounts
from indexer.docker.image_store.repositories import References, read_content_hash, read_references
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from indexer.docker.files.folder import Folder
    from indexer.docker.image_store.image_config import ImageConfig

_PASSES: Final = 3
_NAMES: Final = "repositories.json"
_UNLISTED: Final[Scan[Any]] = Scan(listed=False)


class PreviousStore(NamedTuple):
    """The fingerprints of a former pass over a store, by kind and name."""

    configs: Previous = NOTHING
    metadata: Previous = NOTHING
    layers: Previous = NOTHING
    mounts: Previous = NOTHING
    diff_ids: Previous = NOTHING
    blobs: Previous = NOTHING
    directories: Previous = NOTHING
    short_links: Previous = NOTHING


class StoreScan(NamedTuple):
    """Everything that a store holds, and the directories of its graph driver.

    `between` are findings about what is wrong between parts that are each sound.
    """

    references: References
    configs: Scan[ImageConfig]
    metadata: Scan[ImageMetadata]
    layers: Scan[LayerRecord]
    mounts: Scan[MountRecord]
    diff_ids: Scan[BlobDiffID]
    blobs: Scan[DiffIDBlobs]
    directories: Scan[DriverDirectory]
    short_links: Scan[tuple[ShortLink, ...]]
    leftovers: Leftovers
    damaged_layers: tuple[DamagedLayer, ...]
    contradictions: tuple[Finding, ...]

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
            self.directories,
            self.short_links,
        )
        found = [finding for scan in scans for finding in scan.findings]
        return (*self.references.findings, *found, *self.leftovers.findings, *self.contradictions)

    def with_recent_as_info(self, since: str | None) -> StoreScan:
        """This scan, where what is not older than `since` may be in the making."""
        return self._replace(leftovers=self.leftovers.with_recent_as_info(since))

    def settled(self, root: Folder, driver: str, named: Iterable[str]) -> StoreScan:
        """This scan with its directories as they are when all that names them has been read.

        `named` are those that are named elsewhere than in the store.
        """
        names = frozenset([*named, *self._named()])
        return self._replace(directories=settled(root, driver, self.directories, names))

    def _named(self) -> Iterator[str]:
        for layer in self.layers.records.values():
            yield layer.cache_id
        for damaged in self.damaged_layers:
            if damaged.cache_id is not None:
                yield damaged.cache_id
        for mount in self.mounts.records.values():
            yield from (name for name in (mount.mount_id, mount.init_id) if name is not None)
        for leftover in self.leftovers.records:
            if leftover.cache_id is not None:
                yield leftover.cache_id


def read_store(root: Folder, driver: str, previous: PreviousStore, tick: Tick) -> StoreScan:
    """Read the store of `driver` in the root: `image/<driver>`, and the driver's directories.

    A running engine may tag or remove images meanwhile: while repositories.json is not the same
    after the pass as before it, what changed since is read again, up to three passes in all.
    Raises `GoneError` and `UnreadableError` where the store cannot be opened.
    """
    with root.descend("image", driver) as store:
        if not _has_layers(store):
            # The images tell what is missing, so that all of them have to be read.
            previous = previous._replace(configs=NOTHING)
        reader = _StoreReader(root, driver, store, tick)
        scan = reader.one_pass(previous)
        for _ in range(_PASSES - 1):
            if read_content_hash(store) == scan.references.content_hash:
                break
            scan = _merged(scan, reader.one_pass(_fingerprints_after(scan, previous)))
    return scan


def read_directories_only(
    root: Folder, driver: str, previous: PreviousStore, tick: Tick
) -> StoreScan:
    """The store of a driver that has directories in the root, and nothing that says what they hold.

    What is wrong with a single one breaks nothing more; what cannot be read is still reported.
    """
    directories = scan_directories(root, driver, previous.directories, tick)
    read = tuple(it for it in directories.findings if it.rule[0] in "US")
    nothing: Scan[Any] = Scan()
    return StoreScan(
        references=References((), (), None, readable=True),
        configs=nothing,
        metadata=nothing,
        layers=nothing,
        damaged_layers=(),
        mounts=nothing,
        diff_ids=nothing,
        blobs=nothing,
        directories=directories._replace(findings=read),
        short_links=scan_short_links(root, driver, previous.short_links, tick)._replace(
            findings=()
        ),
        leftovers=Leftovers((), ()),
        contradictions=(),
    )


def unreadable_store(root: Folder, driver: str, previous: PreviousStore, tick: Tick) -> StoreScan:
    """The scan of a store that cannot be opened: of nothing but the directories of its driver."""
    return StoreScan(
        references=References((), (), None, readable=False),
        configs=_UNLISTED,
        metadata=_UNLISTED,
        layers=_UNLISTED,
        damaged_layers=(),
        mounts=_UNLISTED,
        diff_ids=_UNLISTED,
        blobs=_UNLISTED,
        directories=scan_directories(root, driver, previous.directories, tick),
        short_links=scan_short_links(root, driver, previous.short_links, tick),
        leftovers=Leftovers((), ()),
        contradictions=(),
    )


def newest_change(root: Folder, driver: str) -> int:
    """When the names of this store last changed, in ns since 1970; 0 where there are none."""
    try:
        with root.descend("image", driver) as store:
            return store.fingerprint("repositories.json").ctime_ns
    except (GoneError, UnreadableError):
        return 0


class _StoreReader(NamedTuple):
    root: Folder
    driver: str
    store: Folder
    tick: Tick

    def one_pass(self, previous: PreviousStore) -> StoreScan:
        store, tick = self.store, self.tick
        # An engine makes a directory before what names it, so a directory is looked for first.
        directories = scan_directories(self.root, self.driver, previous.directories, tick)
        references = read_references(store)
        configs = scan_configs(store, previous.configs, tick)
        metadata = scan_metadata(store, previous.metadata, tick)
        folders = layer_folders(store)
        layers = scan_layers(store, previous.layers, tick)
        loaded = layers.records.keys() | layers.unchanged
        return StoreScan(
            references=references,
            configs=configs,
            metadata=metadata,
            layers=layers,
            damaged_layers=scan_damaged_layers(store, folders, loaded) if layers.listed else (),
            mounts=scan_mounts(store, previous.mounts, tick),
            diff_ids=scan_diff_ids(store, previous.diff_ids, tick),
            blobs=scan_blobs(store, previous.blobs, tick),
            directories=directories,
            short_links=scan_short_links(self.root, self.driver, previous.short_links, tick),
            # A layer that the scan of the layers missed because it is being removed is here.
            leftovers=scan_leftovers(store),
            contradictions=(
                *_missing_names(store, references, configs),
                *_metadata_without_config(store, metadata, configs),
            ),
        )


def _missing_names(
    store: Folder, references: References, configs: Scan[ImageConfig]
) -> Iterator[Finding]:
    """Images without the file that names images; the engine renames it into place."""
    is_missing = references.content_hash is None and references.readable
    if is_missing and (configs.records or configs.unchanged) and not store.has(_NAMES):
        path = store.join(_NAMES)
        message = f"{path} is missing; all tags are lost when the engine starts."
        yield Finding("R2", "repositories", None, path, message)


def _metadata_without_config(
    store: Folder, metadata: Scan[ImageMetadata], configs: Scan[ImageConfig]
) -> Iterator[Finding]:
    """What is noted of images whose config is not there.

    An engine writes a config before the notes and removes it after them: notes that are still there
    when the config is not were left over.
    """
    read = configs.records.keys() | configs.unchanged
    for name in sorted((metadata.records.keys() | metadata.unchanged) - read):
        if (
            configs.listed
            and configs.exists
            and not _has(store, "content", name)
            and _has(store, "metadata", name)
        ):
            path = store.join(f"imagedb/metadata/sha256/{name}")
            message = f"{path} is of an image whose config is missing; nothing removes it."
            yield Finding("I10", "image", f"sha256:{name}", path, message)


def _has_layers(store: Folder) -> bool:
    try:
        with store.folder("layerdb") as folder:
            return folder.has("sha256")
    except GoneError:
        return False
    except UnreadableError:
        return True


def _has(store: Folder, part: str, name: str) -> bool:
    try:
        with store.descend("imagedb", part, "sha256") as folder:
            return folder.has(name)
    except GoneError:
        return False
    except UnreadableError:
        return True


def _fingerprints_after(scan: StoreScan, previous: PreviousStore) -> PreviousStore:
    return PreviousStore(
        *(
            {**getattr(previous, kind), **getattr(scan, kind).fingerprints}
            for kind in PreviousStore._fields
        )
    )


def _merged(scan: StoreScan, later: StoreScan) -> StoreScan:
    merged = {
        kind: getattr(scan, kind).followed_by(getattr(later, kind))
        for kind in PreviousStore._fields
    }
    return later._replace(**merged)

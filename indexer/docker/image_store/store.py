"""Reads one image store, `image/<driver>`, and the directories of its graph driver."""

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
    """The fingerprints of the previous pass over a store: for each kind, by name."""

    configs: Previous = NOTHING
    metadata: Previous = NOTHING
    layers: Previous = NOTHING
    mounts: Previous = NOTHING
    diff_ids: Previous = NOTHING
    blobs: Previous = NOTHING
    directories: Previous = NOTHING
    short_links: Previous = NOTHING


class StoreScan(NamedTuple):
    """Everything in a store, and the directories of its graph driver.

    `contradictions` are findings about parts that are sound by themselves and do not agree.
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
        """The findings of all parts of the store."""
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
        of_scans = [finding for scan in scans for finding in scan.findings]
        return (
            *self.references.findings,
            *of_scans,
            *self.leftovers.findings,
            *self.contradictions,
        )

    def with_recent_as_info(self, since: str | None) -> StoreScan:
        """This scan with severity *info* for leftovers changed at or after `since` (UTC text)."""
        return self._replace(leftovers=self.leftovers.with_recent_as_info(since))

    def settled(self, root: Folder, driver: str, named: Iterable[str]) -> StoreScan:
        """This scan with its directories brought up to date, after everything else was read.

        `named` are directories that something outside the store names, such as the build cache. A
        directory without a name counts only if it existed before the names were read and still
        does. A directory with a name counts if it exists now.
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
    """Read the store of `driver` in the Docker root `root`: `image/<driver>`, and the directories.

    A running engine may tag or remove images meanwhile. If repositories.json has changed during a
    pass, what has changed is read again, in up to three passes. Raises `GoneError` and
    `UnreadableError` if the store cannot be opened.
    """
    with root.descend("image", driver) as store:
        if not _has_layers(store):
            # All images are read, since they show which layers are missing.
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
    """The store of a driver that has layer directories and no image store that describes them.

    A fault within such a directory does no further harm and is not reported. What cannot be read
    is.
    """
    directories = scan_directories(root, driver, previous.directories, tick)
    unread = tuple(it for it in directories.findings if it.rule[0] in "US")
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
        directories=directories._replace(findings=unread),
        short_links=scan_short_links(root, driver, previous.short_links, tick)._replace(
            findings=()
        ),
        leftovers=Leftovers((), ()),
        contradictions=(),
    )


def unreadable_store(root: Folder, driver: str, previous: PreviousStore, tick: Tick) -> StoreScan:
    """The scan of a store that cannot be opened: it has only the directories of its driver."""
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
    """The change time (ns since 1970) of repositories.json; 0 if it cannot be read.

    The store that changed last is most likely the one that the engine uses.
    """
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
        # The engine makes a directory before it writes what names it. Directories are listed first
        # and names read later, so that a directory in use does not look like an orphan.
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
            # After the layers: one that was renamed for its removal meanwhile is found here.
            leftovers=scan_leftovers(store),
            contradictions=(
                *_missing_names(store, references, configs),
                *_metadata_without_config(store, metadata, configs),
            ),
        )


def _missing_names(
    store: Folder, references: References, configs: Scan[ImageConfig]
) -> Iterator[Finding]:
    """A finding if there are images and no repositories.json.

    It is never absent for a moment, since the engine renames a new version into place.
    """
    is_missing = references.content_hash is None and references.readable
    if is_missing and (configs.records or configs.unchanged) and not store.has(_NAMES):
        path = store.join(_NAMES)
        message = f"{path} is missing; all tags are lost when the engine starts."
        yield Finding("R2", "repositories", None, path, message)


def _metadata_without_config(
    store: Folder, metadata: Scan[ImageMetadata], configs: Scan[ImageConfig]
) -> Iterator[Finding]:
    """Findings about metadata of images whose config is missing.

    The engine writes the config before the metadata and removes it after the metadata. Metadata
    that outlives its config is therefore a leftover, whatever the engine is doing.
    """
    with_config = configs.records.keys() | configs.unchanged
    for name in sorted((metadata.records.keys() | metadata.unchanged) - with_config):
        if (
            configs.listed
            and configs.exists
            and not _has(store, "content", name)
            and _has(store, "metadata", name)
        ):
            path = store.join(f"imagedb/metadata/sha256/{name}")
            message = f"{path} belongs to an image whose config is missing; nothing removes it."
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

"""Reads the containerd image store as a whole: what Docker has in it, and what is wrong with it.

A running engine changes the store meanwhile. It creates a file before meta.db names it and removes
it after meta.db stopped naming it, so meta.db is read first. If meta.db names a file that is
missing, this is a fault only if meta.db has not changed afterwards.

Source: containerd `core/metadata/{db,gc}.go`, moby `daemon/containerd`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from indexer.docker.buildkit.build_cache import BuildKit
from indexer.docker.containerd import checks, content
from indexer.docker.containerd.blobs import (
    Present,
    StoreBlob,
    present_blobs,
    store_blobs,
    unknown_blobs,
)
from indexer.docker.containerd.build_cache import StoreSnapshots, read_build_cache
from indexer.docker.containerd.content import list_blobs
from indexer.docker.containerd.documents import DocumentReader
from indexer.docker.containerd.fingerprints import fingerprints_of
from indexer.docker.containerd.images import (
    EngineImage,
    ImageManifest,
    engine_images,
    top_chains,
)
from indexer.docker.containerd.metadata import (
    FILE,
    FOLDER,
    read_metadata,
    transaction_of,
)
from indexer.docker.containerd.names import ImageName, image_name, name_findings
from indexer.docker.containerd.references import label_references
from indexer.docker.containerd.snapshots import (
    Snapshot,
    foreign_ids,
    leases_of,
    settled_directories,
    snapshotters_of,
    store_snapshots,
    unknown_snapshots,
)
from indexer.docker.containerd.snapshotter import (
    DEFAULT,
    directory_names,
    list_directories,
    read_backends,
    snapshotters,
)
from indexer.docker.containers.scan import last_uses
from indexer.docker.encodings.digests import is_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from indexer.docker.containerd.content import BlobFile, BlobListing, Ingest
    from indexer.docker.containerd.images import Documents
    from indexer.docker.containerd.manifests import Index, Manifest
    from indexer.docker.containerd.metadata import Lease, Metadata, SnapshotBucket
    from indexer.docker.containerd.place import ContainerdRoot
    from indexer.docker.containerd.snapshotter import Backend, BackendReading, DirectoryReading
    from indexer.docker.drivers.directory import DriverDirectory
    from indexer.docker.files.folder import Folder
    from indexer.docker.files.scan import Tick
    from indexer.docker.image_store.image_config import ImageConfig
    from indexer.docker.rules.finding import Finding

__all__ = [
    "Containerd",
    "EngineImage",
    "ImageManifest",
    "ImageName",
    "Snapshot",
    "StoreBlob",
    "fingerprints_of",
    "read_containerd",
]

_PASSES: Final = 3
_RACY_RULES: Final = frozenset({"B2", "K2", "K3", "K4", "K6", "K8"})
"""Rules that compare two things read at different times, so that a race can look like a fault."""

# With a graph driver, a pull keeps the manifest in containerd under a lease of this name (moby
# `daemon/images/store.go`).
_PULLED: Final = "moby-image-"
_CONTENT: Final = "content"
_SNAPSHOT: Final = "snapshot"
_NO_BUILDS: Final = BuildKit("absent", (), "absent", (), ())


class Containerd(NamedTuple):
    """The content of Docker's namespace in containerd.

    `state` is the state of meta.db. `snapshotter` is the one that the engine uses. `others` has one
    store for each further snapshotter, with its snapshots, directories and build cache and the
    images and leases that refer to them. `indexes`, `manifests` and `configs` belong to `images`;
    with a graph driver they are what containerd keeps of pulled images. No namespace knows
    `unknown_blobs` (files) and `unknown_snapshots` (records of the snapshotter);
    `foreign_snapshot_ids` are directories of other namespaces. `directories_listed` is False if
    `directories` may be incomplete. `has_images` is False if there are no image names, as with a
    graph driver.
    """

    state: Literal["absent", "readable", "unreadable"]
    snapshotter: str
    images: tuple[EngineImage, ...] = ()
    names: tuple[ImageName, ...] = ()
    indexes: tuple[Index, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    configs: tuple[ImageConfig, ...] = ()
    blobs: tuple[StoreBlob, ...] = ()
    unknown_blobs: tuple[BlobFile, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    foreign_snapshot_ids: frozenset[str] = frozenset()
    unknown_snapshots: tuple[Backend, ...] = ()
    directories: tuple[DriverDirectory, ...] = ()
    directories_listed: bool = False
    leases: tuple[Lease, ...] = ()
    ingests: tuple[Ingest, ...] = ()
    build_cache: BuildKit = _NO_BUILDS
    has_images: bool = False
    findings: tuple[Finding, ...] = ()
    others: tuple[Containerd, ...] = ()


def read_containerd(place: ContainerdRoot, docker_root: Folder, tick: Tick) -> Containerd:
    """Read Docker's namespace in the containerd root `place` and the build cache in `docker_root`.

    `tick` is called with the number of objects read. The store is read again, up to three times,
    while findings may be due to a change of meta.db during the reading.
    """
    reader = _Reader(place, docker_root, tick)
    found = reader.one_pass()
    for _ in range(_PASSES - 1):
        if reader.is_settled(found):
            return found
        before, found = found, reader.one_pass()
    return found if reader.is_settled(found) else _without_races(before, found)


def _without_races(previous: Containerd, latest: Containerd) -> Containerd:
    """`latest` without the findings that only one of two passes has.

    meta.db changed during every pass, so only a finding that lasts is a fault.
    """
    known = set(previous.findings)
    lasting = (it for it in latest.findings if it.rule not in _RACY_RULES or it in known)
    return latest._replace(findings=tuple(lasting))


class _Earlier(NamedTuple):
    """Names that existed before the databases were read; `directories` are by snapshotter."""

    blobs: frozenset[str]
    directories: Mapping[str, frozenset[str]]


class _Snapshotter(NamedTuple):
    """The data of the snapshotter `name` from one pass."""

    name: str
    snapshots: Mapping[str, SnapshotBucket]
    backends: BackendReading
    directories: DirectoryReading
    builds: BuildKit


class _Contents(NamedTuple):
    """The data of the store from one pass; the engine uses the first of `snapshotters`."""

    metadata: Metadata
    snapshotters: tuple[_Snapshotter, ...]
    listing: BlobListing
    present: Present
    documents: Documents
    images: tuple[EngineImage, ...]
    names: tuple[ImageName, ...]


class _Reader:
    """Reads the store in one or more passes; each document is read only once."""

    def __init__(self, place: ContainerdRoot, docker_root: Folder, tick: Tick) -> None:
        self._place = place
        self._root = place.folder
        self._docker_root = docker_root
        self._tick = tick
        self._documents = DocumentReader(place.folder, tick)
        self._txid: int | None = None

    def is_settled(self, found: Containerd) -> bool:
        """Whether no finding of `found` can be due to a change during the reading."""
        if not any(finding.rule in _RACY_RULES for finding in found.findings):
            return True
        return transaction_of(self._root) == self._txid

    def one_pass(self) -> Containerd:
        root = self._root
        # A file that appears after this list may belong to a pull in progress, so it is no orphan.
        earlier = _Earlier(
            content.blob_names(root),
            {name: directory_names(root, name) for name in snapshotters(root)},
        )
        reading = read_metadata(root, self._place.namespace)
        self._txid = reading.txid
        self._tick(len(reading.metadata.images))
        if not reading.metadata.exists:
            return Containerd(reading.state, DEFAULT, findings=reading.findings)
        complete = reading.state == "readable"
        metadata = reading.metadata
        # The namespace is shared with the root around this one, which owns images and snapshots.
        if self._place.only_pulled:
            metadata = metadata._replace(images=(), snapshots=())
        contents = self._contents(metadata, complete=complete)
        findings = (*reading.findings, *_part_findings(contents))
        if complete:
            findings = (*findings, *_cross_findings(root, contents))
        unknown = (
            unknown_blobs(contents.metadata, contents.listing, earlier.blobs) if complete else ()
        )
        main, *others = contents.snapshotters
        references = label_references(metadata, main.name)
        return self._store(contents, main, earlier)._replace(
            state=reading.state,
            images=contents.images,
            names=contents.names,
            indexes=tuple(contents.documents.indexes.values()),
            manifests=tuple(contents.documents.manifests.values()),
            configs=tuple(contents.documents.configs.values()),
            blobs=tuple(store_blobs(metadata, contents.documents, contents.present, references)),
            unknown_blobs=tuple(unknown),
            snapshots=tuple(store_snapshots(main.snapshots, main.backends, references)),
            leases=tuple(leases_of(metadata.leases, main.name, whole=True)),
            ingests=tuple(self._ingests()),
            has_images=bool(metadata.images),
            findings=findings,
            others=tuple(self._store(contents, other, earlier) for other in others),
        )

    def _store(self, contents: _Contents, own: _Snapshotter, earlier: _Earlier) -> Containerd:
        """The part of the store that depends on the snapshotter `own`."""
        old = earlier.directories.get(own.name, frozenset())
        references = label_references(contents.metadata, own.name)
        tops = top_chains(contents.images, contents.documents)
        images = tuple(
            image for image in contents.images if tops[image.engine_image_id] & own.snapshots.keys()
        )
        shown = {image.engine_image_id for image in images}
        holding = {key for keys in tops.values() for key in keys}
        for kind, below in references.targets.items():
            if kind[0] == _CONTENT:
                holding |= {key for part, key in below if part == _SNAPSHOT}
        return Containerd(
            state="readable",
            snapshotter=own.name,
            images=images,
            names=tuple(name for name in contents.names if name.engine_image_id in shown),
            snapshots=tuple(store_snapshots(own.snapshots, own.backends, references, holding)),
            foreign_snapshot_ids=frozenset(foreign_ids(own.name, contents.metadata, own.backends)),
            unknown_snapshots=tuple(unknown_snapshots(own.name, contents.metadata, own.backends)),
            directories=tuple(settled_directories(own.directories, own.backends, old)),
            directories_listed=own.directories.listed,
            leases=tuple(leases_of(contents.metadata.leases, own.name, whole=False)),
            build_cache=own.builds,
        )

    def _contents(self, metadata: Metadata, *, complete: bool) -> _Contents:
        root = self._root
        names = snapshotters_of(metadata, lambda: last_uses(self._docker_root))
        named = [it for it in metadata.images if is_digest(it.target)]
        listing = list_blobs(root)
        present = present_blobs(root, metadata, listing)
        documents = self._documents.read(_targets(metadata), present.files)
        blob_sizes = {digest: file.size_bytes for digest, file in present.files.items()}
        self._tick(len(metadata.snapshots))
        return _Contents(
            metadata=metadata,
            snapshotters=tuple(
                self._snapshotter(metadata, name, blob_sizes, complete=complete) for name in names
            ),
            listing=listing,
            present=present,
            documents=documents,
            images=engine_images(named, documents),
            names=tuple(image_name(it) for it in named),
        )

    def _snapshotter(
        self, metadata: Metadata, name: str, blob_sizes: Mapping[str, int], *, complete: bool
    ) -> _Snapshotter:
        snapshots = {it.key: it for it in metadata.snapshots if it.snapshotter == name}
        backends = read_backends(self._root, name)
        kept = StoreSnapshots(snapshots, backends.backends, complete=complete)
        return _Snapshotter(
            name=name,
            snapshots=snapshots,
            backends=backends,
            directories=list_directories(self._root, name),
            builds=read_build_cache(self._docker_root, name, kept, blob_sizes),
        )

    def _ingests(self) -> Iterator[Ingest]:
        for ingest in content.read_ingests(self._root):
            if ingest.ref is None:
                # Without a ref, the namespace is unknown. A containerd inside the Docker root has
                # no other users, so the download is Docker's.
                if self._place.inside is not None:
                    yield ingest
            elif ingest.ref.startswith(f"{self._place.namespace}/"):
                yield ingest


def _targets(metadata: Metadata) -> Iterator[tuple[str, str | None]]:
    for name in metadata.images:
        yield name.target, name.media_type or None
    for lease in metadata.leases:
        if lease.lease_id.startswith(_PULLED):
            for resource in lease.resources:
                if resource.kind == _CONTENT:
                    yield resource.key, None


def _part_findings(contents: _Contents) -> Iterator[Finding]:
    yield from contents.listing.findings
    yield from contents.present.findings
    yield from contents.documents.findings
    for own in contents.snapshotters:
        found = (*own.backends.findings, *own.directories.findings, *own.builds.findings)
        yield from _capped(found, own, contents)


def _cross_findings(root: Folder, contents: _Contents) -> Iterator[Finding]:
    yield from name_findings(contents.names, root.join(f"{FOLDER}/{FILE}"))
    yield from checks.missing_targets(root, contents.metadata, contents.listing)
    if contents.listing.listed:
        yield from checks.incomplete_manifests(
            root,
            contents.images,
            contents.documents,
            contents.present,
            contents.snapshotters[0].snapshots.keys(),
        )
    for own in contents.snapshotters:
        found = (
            *checks.broken_snapshots(root, own.name, own.snapshots, own.backends, own.directories),
            *checks.broken_parents(root, own.snapshots, own.backends),
        )
        yield from _capped(found, own, contents)


def _capped(found: Iterable[Finding], own: _Snapshotter, contents: _Contents) -> Iterator[Finding]:
    """Lower errors to warnings for a snapshotter that the engine does not use: nothing stops."""
    for finding in found:
        is_idle = own is not contents.snapshotters[0]
        if is_idle and finding.effective_severity in ("error", "fatal"):
            yield finding._replace(severity="warning")
        else:
            yield finding

"""Containerd's image store as a whole: what Docker has in it, and what is wrong with it.

A running engine adds and removes meanwhile. It makes a file before what names it and removes it
after that, so meta.db is read first. A file that meta.db names and that is not there is a fault
only if meta.db still is the same afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from indexer.docker.buildkit import BuildKit
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
from indexer.docker.containerd.images import EngineImage, ImageManifest, engine_images
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
    main_snapshotter,
    settled_directories,
    store_snapshots,
)
from indexer.docker.containerd.snapshotter import (
    DEFAULT,
    directory_names,
    list_directories,
    read_backends,
    snapshotters,
)
from indexer.docker.containerd.stamps import stamps_of
from indexer.docker.digests import is_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.content import BlobFile, BlobListing, Ingest
    from indexer.docker.containerd.images import Documents
    from indexer.docker.containerd.manifests import Index, Manifest
    from indexer.docker.containerd.metadata import Lease, Metadata, SnapshotBucket
    from indexer.docker.containerd.place import ContainerdRoot
    from indexer.docker.containerd.snapshotter import BackendReading, DirectoryReading
    from indexer.docker.drivers.directory import DriverDirectory
    from indexer.docker.files import Folder
    from indexer.docker.findings import Finding
    from indexer.docker.image_config import ImageConfig
    from indexer.docker.scan import Tick

__all__ = [
    "Containerd",
    "EngineImage",
    "ImageManifest",
    "ImageName",
    "Snapshot",
    "StoreBlob",
    "read_containerd",
    "stamps_of",
]

_PASSES: Final = 3
_LIVE: Final = frozenset({"B2", "K2", "K3", "K4", "K6", "K8"})
"""Rules about two things that are not read at once."""

_PULLED: Final = "moby-image-"
_NO_BUILDS: Final = BuildKit("absent", (), "absent", (), ())


class Containerd(NamedTuple):
    """What Docker has in containerd.

    `state` is that of meta.db. `snapshotter` is the one with most snapshots. `indexes`, `manifests`
    and `configs` are those of `images`, and with a graph driver what containerd keeps of pulled
    images. `unknown_blobs` are files that no namespace knows, `foreign_snapshot_ids` directories
    that belong to other namespaces; `directories_listed` is False where `directories` may lack
    some. `has_images` says that there are image names: with a graph driver there are none.
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
    directories: tuple[DriverDirectory, ...] = ()
    directories_listed: bool = False
    leases: tuple[Lease, ...] = ()
    ingests: tuple[Ingest, ...] = ()
    build_cache: BuildKit = _NO_BUILDS
    has_images: bool = False
    findings: tuple[Finding, ...] = ()


def read_containerd(place: ContainerdRoot, docker_root: Folder, tick: Tick) -> Containerd:
    """What Docker has in the containerd root `place`, and its build cache in `docker_root`."""
    reader = _Reader(place, docker_root, tick)
    found = reader.one_pass()
    for _ in range(_PASSES - 1):
        if reader.is_settled(found):
            return found
        before, found = found, reader.one_pass()
    return found if reader.is_settled(found) else _lasting(before, found)


def _lasting(before: Containerd, found: Containerd) -> Containerd:
    """`found` without what was only wrong at one time, as meta.db did not stay the same."""
    known = set(before.findings)
    lasting = (it for it in found.findings if it.rule not in _LIVE or it in known)
    return found._replace(findings=tuple(lasting))


class _Before(NamedTuple):
    """What was there before the databases were read; `directories` by snapshotter."""

    blobs: frozenset[str]
    directories: Mapping[str, frozenset[str]]


class _Contents(NamedTuple):
    """What one pass has read of the store of the snapshotter `main`."""

    metadata: Metadata
    main: str
    snapshots: Mapping[str, SnapshotBucket]
    backends: BackendReading
    directories: DirectoryReading
    listing: BlobListing
    present: Present
    documents: Documents
    images: tuple[EngineImage, ...]
    names: tuple[ImageName, ...]
    builds: BuildKit


class _Reader:
    """Reads the store as often as it takes; each document is read once."""

    def __init__(self, place: ContainerdRoot, docker_root: Folder, tick: Tick) -> None:
        self._place = place
        self._root = place.folder
        self._docker_root = docker_root
        self._tick = tick
        self._documents = DocumentReader(place.folder, tick)
        self._txid: int | None = None

    def is_settled(self, found: Containerd) -> bool:
        """Whether everything that is wrong in `found` is so for certain."""
        if not any(finding.rule in _LIVE for finding in found.findings):
            return True
        return transaction_of(self._root) == self._txid

    def one_pass(self) -> Containerd:
        root = self._root
        before = _Before(
            content.blob_names(root),
            {name: directory_names(root, name) for name in snapshotters(root)},
        )
        reading = read_metadata(root, self._place.namespace)
        self._txid = reading.txid
        self._tick(len(reading.metadata.images))
        if not reading.metadata.exists:
            return Containerd(reading.state, DEFAULT, findings=reading.findings)
        whole = reading.state == "readable"
        metadata = reading.metadata
        if self._place.only_pulled:
            metadata = metadata._replace(images=(), snapshots=())
        it = self._contents(metadata, whole=whole)
        findings = (*reading.findings, *_faults_of_parts(it))
        if whole:
            findings = (*findings, *_faults_between(root, it))
        unknown = unknown_blobs(it.metadata, it.listing, before.blobs) if whole else ()
        old = before.directories.get(it.main, frozenset())
        references = label_references(it.metadata, it.snapshots)
        return Containerd(
            state=reading.state,
            snapshotter=it.main,
            images=it.images,
            names=it.names,
            indexes=tuple(it.documents.indexes.values()),
            manifests=tuple(it.documents.manifests.values()),
            configs=tuple(it.documents.configs.values()),
            blobs=tuple(store_blobs(it.metadata, it.documents, it.present, references)),
            unknown_blobs=tuple(unknown),
            snapshots=tuple(store_snapshots(it.snapshots, it.backends, references)),
            foreign_snapshot_ids=frozenset(foreign_ids(it.main, it.metadata, it.backends)),
            directories=tuple(settled_directories(it.directories, it.backends, old)),
            directories_listed=it.directories.listed,
            leases=it.metadata.leases,
            ingests=tuple(self._ingests()),
            build_cache=it.builds,
            has_images=bool(it.metadata.images),
            findings=findings,
        )

    def _contents(self, metadata: Metadata, *, whole: bool) -> _Contents:
        root = self._root
        main = main_snapshotter(metadata)
        named = [it for it in metadata.images if is_digest(it.target)]
        snapshots = {it.key: it for it in metadata.snapshots if it.snapshotter == main}
        listing = list_blobs(root)
        present = present_blobs(root, metadata, listing)
        documents = self._documents.read(_targets(metadata), present.files)
        backends = read_backends(root, main)
        kept = StoreSnapshots(snapshots, backends.backends, complete=whole)
        blob_sizes = {digest: file.size_bytes for digest, file in present.files.items()}
        self._tick(len(snapshots))
        return _Contents(
            metadata=metadata,
            main=main,
            snapshots=snapshots,
            backends=backends,
            directories=list_directories(root, main),
            listing=listing,
            present=present,
            documents=documents,
            images=engine_images(named, documents),
            names=tuple(image_name(it) for it in named),
            builds=read_build_cache(self._docker_root, main, kept, blob_sizes),
        )

    def _ingests(self) -> Iterator[Ingest]:
        for ingest in content.read_ingests(self._root):
            if ingest.ref is None:
                # Whose it is cannot be told, unless nobody else uses this containerd.
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
                if resource.kind == "content":
                    yield resource.key, None


def _faults_of_parts(it: _Contents) -> Iterator[Finding]:
    yield from it.listing.findings
    yield from it.present.findings
    yield from it.documents.findings
    yield from it.backends.findings
    yield from it.directories.findings
    yield from it.builds.findings


def _faults_between(root: Folder, it: _Contents) -> Iterator[Finding]:
    yield from name_findings(it.names, root.join(f"{FOLDER}/{FILE}"))
    yield from checks.missing_targets(root, it.metadata, it.listing)
    if it.listing.listed:
        yield from checks.incomplete_manifests(
            root, it.images, it.documents, it.present, it.snapshots.keys()
        )
    yield from checks.broken_snapshots(root, it.main, it.snapshots, it.backends, it.directories)
    yield from checks.broken_parents(root, it.snapshots, it.backends)

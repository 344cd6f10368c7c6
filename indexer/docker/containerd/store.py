"""Containerd's image store as a whole: what Docker has in it, and what is wrong with it.

A running engine adds and removes meanwhile. It makes a file before what names it and removes it
after that, so meta.db is read first. A file that meta.db names and that is not there is a fault
only if meta.db still is the same afterwards.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from indexer.docker.buildkit import BuildKit
from indexer.docker.containerd import build_cache, checks, content, snapshotter
from indexer.docker.containerd.build_cache import StoreSnapshots, read_build_cache
from indexer.docker.containerd.content import BlobFile, Ingest, list_blobs
from indexer.docker.containerd.documents import DocumentReader
from indexer.docker.containerd.images import Documents, EngineImage, engine_images
from indexer.docker.containerd.metadata import (
    FILE,
    FOLDER,
    ContentBucket,
    Lease,
    Metadata,
    MetadataReading,
    SnapshotBucket,
    read_metadata,
    transaction_of,
)
from indexer.docker.containerd.names import ImageName, image_name, name_findings
from indexer.docker.containerd.snapshotter import (
    DEFAULT,
    PREFIX,
    BackendReading,
    directory_names,
    list_directories,
    read_backends,
)
from indexer.docker.digests import is_digest
from indexer.docker.files import Folder, GoneError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.manifests import Index, Manifest
    from indexer.docker.containerd.place import ContainerdRoot
    from indexer.docker.drivers.directory import DriverDirectory
    from indexer.docker.files import Stamp
    from indexer.docker.findings import Finding
    from indexer.docker.image_config import ImageConfig
    from indexer.docker.scan import Tick

_PASSES: Final = 3
_LIVE: Final = frozenset({"K2", "K3", "K4", "K6", "K8"})
"""Rules about two things that are not read at once."""

_PULLED: Final = "moby-image-"
_UNCOMPRESSED: Final = "containerd.io/uncompressed"
_SOURCE: Final = "containerd.io/distribution.source."
_NO_BUILDS: Final = BuildKit("absent", (), "absent", (), ())


class StoreBlob(NamedTuple):
    """A blob of Docker's namespace.

    `size_bytes` is as noted, `is_present` says that a file of that size is there. `diff_id` is that
    of the layer in it, `sources` are full repository names it came from or went to, `media_type`
    is what points at it says. `is_kept_elsewhere` says that another namespace has it too.
    """

    digest: str
    size_bytes: int | None
    is_present: bool
    created_at: str | None
    diff_id: str | None
    sources: tuple[str, ...]
    media_type: str | None
    is_kept_elsewhere: bool


class Snapshot(NamedTuple):
    """A snapshot of Docker's namespace.

    `snapshot_id` is the name of its directory, None where its snapshotter does not know it. `kind`
    is view, active or committed. `chain_id` is its key where that is one. `size_bytes` is what it
    uses on disk, None where it is not committed.
    """

    key: str
    snapshot_id: str | None
    kind: str | None
    parent: str | None
    chain_id: str | None
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None


class Containerd(NamedTuple):
    """What Docker has in containerd.

    `state` is that of meta.db. `snapshotter` is the one with most snapshots. `manifests` are those
    of `images`, and with a graph driver those of pulled images that containerd keeps.
    `unknown_blobs` are files that no namespace knows, `foreign_snapshot_ids` directories that
    belong to other namespaces.
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


def stamps_of(place: ContainerdRoot, docker_root: Folder) -> Mapping[str, Stamp]:
    """The stamp of everything that `read_containerd` looks at, by a name of its own.

    While all are the same, so is what it gives.
    """
    found = dict(_stamps(place.folder))
    found.update((f"buildkit/{name}", stamp) for name, stamp in build_cache.stamps(docker_root))
    return found


def _stamps(root: Folder) -> Iterator[tuple[str, Stamp]]:
    try:
        with root.folder(FOLDER) as folder:
            yield f"metadata/{FILE}", folder.stamp(FILE)
    except (GoneError, UnreadableError):
        pass
    for name, stamp in content.stamps(root):
        yield f"content/{name}", stamp
    try:
        names = sorted(root.kinds())
    except (GoneError, UnreadableError):
        return
    for name in names:
        if name.startswith(PREFIX):
            kind = name.removeprefix(PREFIX)
            for key, stamp in snapshotter.stamps(root, kind):
                yield f"snapshotter/{kind}/{key}", stamp


def _lasting(before: Containerd, found: Containerd) -> Containerd:
    """`found` without what was only wrong at one time, as meta.db did not stay the same."""
    known = set(before.findings)
    lasting = (it for it in found.findings if it.rule not in _LIVE or it in known)
    return found._replace(findings=tuple(lasting))


class _Reader:
    """Reads the store, as often as it takes; documents are read once."""

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
        blobs_before = content.blob_names(self._root)
        directories_before = {
            name: directory_names(self._root, name) for name in _snapshotters(self._root)
        }
        reading = read_metadata(self._root, self._place.namespace)
        self._txid = reading.txid
        metadata = reading.metadata
        if not metadata.exists:
            return Containerd(reading.state, DEFAULT, findings=reading.findings)
        main = _main_snapshotter(metadata)
        return _Pass(self, reading, main).read(
            blobs_before, directories_before.get(main, frozenset())
        )

    def documents(
        self, metadata: Metadata, files: Mapping[str, BlobFile]
    ) -> tuple[Documents, tuple[Finding, ...]]:
        named = [(name.target, name.media_type or None) for name in metadata.images]
        pulled = [
            (resource.key, None)
            for lease in metadata.leases
            if lease.lease_id.startswith(_PULLED)
            for resource in lease.resources
            if resource.kind == "content"
        ]
        return self._documents.read([*named, *pulled], files)

    @property
    def root(self) -> Folder:
        return self._root

    @property
    def docker_root(self) -> Folder:
        return self._docker_root

    @property
    def place(self) -> ContainerdRoot:
        return self._place

    def tick(self, count: int) -> None:
        self._tick(count)


class _Pass:
    """One reading of everything on top of one reading of meta.db."""

    def __init__(self, reader: _Reader, reading: MetadataReading, main: str) -> None:
        self._reader = reader
        self._root = reader.root
        self._reading = reading
        self._metadata = reading.metadata
        self._main = main
        self._buckets = {it.key: it for it in self._metadata.snapshots if it.snapshotter == main}

    def read(self, blobs_before: frozenset[str], directories_before: frozenset[str]) -> Containerd:
        metadata, root, whole = self._metadata, self._root, self._reading.state == "readable"
        listing = list_blobs(root)
        blobs = checks.present_blobs(root, metadata, listing)
        documents, document_findings = self._reader.documents(metadata, blobs.present)
        images = engine_images(metadata.images, documents)
        names = tuple(image_name(named) for named in metadata.images)
        backends = read_backends(root, self._main)
        directories = list_directories(root, self._main)
        self._reader.tick(len(self._buckets))
        known = {it.digest for it in metadata.content} | metadata.other_digests
        ids = {it.snapshot_id for it in backends.backends.values()}
        builds = self._build_cache(backends, whole=whole)
        findings = [
            *self._reading.findings,
            *listing.findings,
            *blobs.findings,
            *document_findings,
            *backends.findings,
            *directories.findings,
            *builds.findings,
        ]
        if whole:
            findings += [
                *name_findings(names, root.join(f"{FOLDER}/{FILE}")),
                *checks.missing_targets(root, metadata, listing),
                *checks.incomplete_manifests(
                    root, images, documents, listing, blobs, self._buckets.keys()
                ),
                *checks.broken_snapshots(root, self._main, self._buckets, backends, directories),
                *checks.broken_parents(root, self._buckets, backends),
            ]
        return Containerd(
            state=self._reading.state,
            snapshotter=self._main,
            images=images,
            names=names,
            indexes=tuple(documents.indexes.values()),
            manifests=tuple(documents.manifests.values()),
            configs=tuple(documents.configs.values()),
            blobs=tuple(_store_blobs(metadata, documents, blobs.present)),
            unknown_blobs=tuple(
                file
                for digest, file in sorted(listing.files.items())
                if whole and digest in blobs_before and digest not in known
            ),
            snapshots=tuple(_snapshot(it, backends) for it in self._buckets.values()),
            foreign_snapshot_ids=frozenset(
                it.snapshot_id
                for it in backends.backends.values()
                if (self._main, it.name) in metadata.other_snapshots
            ),
            directories=tuple(
                it
                for it in directories.directories
                if it.name in directories_before or it.name in ids
            ),
            directories_listed=directories.listed,
            leases=metadata.leases,
            ingests=tuple(self._ingests()),
            build_cache=builds,
            has_images=bool(metadata.images),
            findings=tuple(findings),
        )

    def _build_cache(self, backends: BackendReading, *, whole: bool) -> BuildKit:
        snapshots = StoreSnapshots(self._buckets, backends.backends, complete=whole)
        return read_build_cache(self._reader.docker_root, self._main, snapshots)

    def _ingests(self) -> Iterator[Ingest]:
        place = self._reader.place
        for ingest in content.read_ingests(self._root):
            if ingest.ref is None:
                # Whose it is cannot be told, unless nobody else uses this containerd.
                if place.inside is not None:
                    yield ingest
            elif ingest.ref.startswith(f"{place.namespace}/"):
                yield ingest


def _snapshotters(root: Folder) -> list[str]:
    try:
        names = root.kinds()
    except (GoneError, UnreadableError):
        return []
    return [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]


def _main_snapshotter(metadata: Metadata) -> str:
    counts = Counter(snapshot.snapshotter for snapshot in metadata.snapshots)
    return min(counts, key=lambda name: (-counts[name], name), default=DEFAULT)


def _snapshot(bucket: SnapshotBucket, backends: BackendReading) -> Snapshot:
    backend = backends.backends.get(bucket.name)
    kind = None if backend is None else backend.kind
    return Snapshot(
        key=bucket.key,
        snapshot_id=None if backend is None else backend.snapshot_id or None,
        kind=kind,
        parent=bucket.parent,
        chain_id=bucket.key if kind == "committed" and is_digest(bucket.key) else None,
        size_bytes=None if backend is None else backend.size_bytes,
        created_at=bucket.created_at,
        updated_at=bucket.updated_at,
    )


def _store_blobs(
    metadata: Metadata, documents: Documents, present: Mapping[str, BlobFile]
) -> Iterator[StoreBlob]:
    media_types = _media_types(metadata, documents)
    for bucket in metadata.content:
        diff_id = bucket.labels.get(_UNCOMPRESSED)
        yield StoreBlob(
            digest=bucket.digest,
            size_bytes=bucket.size_bytes,
            is_present=bucket.digest in present,
            created_at=bucket.created_at,
            diff_id=diff_id if diff_id is not None and is_digest(diff_id) else None,
            sources=tuple(_sources(bucket)),
            media_type=media_types.get(bucket.digest),
            is_kept_elsewhere=bucket.digest in metadata.other_digests,
        )


def _sources(bucket: ContentBucket) -> Iterator[str]:
    for label, value in sorted(bucket.labels.items()):
        if label.startswith(_SOURCE):
            host = label.removeprefix(_SOURCE)
            yield from (f"{host}/{it}" for it in dict.fromkeys(value.split(",")) if it)


def _media_types(metadata: Metadata, documents: Documents) -> dict[str, str]:
    found: dict[str, str] = {}
    for manifest in documents.manifests.values():
        pointed = (*manifest.layers, *((manifest.config,) if manifest.config else ()))
        found.update((it.digest, it.media_type) for it in pointed if it.media_type)
    for index in documents.indexes.values():
        found.update((it.digest, it.media_type) for it in index.entries if it.media_type)
    found.update((it.digest, it.media_type) for it in documents.manifests.values() if it.media_type)
    found.update((it.digest, it.media_type) for it in documents.indexes.values() if it.media_type)
    found.update((it.target, it.media_type) for it in metadata.images if it.media_type)
    return found

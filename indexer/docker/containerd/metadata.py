"""`io.containerd.metadata.v1.bolt/meta.db`: what containerd knows by name.

Source: containerd `core/metadata/{buckets,images,content,snapshot,leases}.go`. All is below the
bucket `v1`, and there below a namespace: Docker's are its own, all others are counted as foreign.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from indexer.docker.bolt import BoltError, BoltFile, Bucket, read_snapshot
from indexer.docker.containerd import encoding
from indexer.docker.containerd.encoding import (
    labels_of,
    size_at,
    stored_text,
    text_at,
    time_at,
)
from indexer.docker.files import GoneError, UnreadableError
from indexer.docker.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from indexer.docker.files import Folder

State = Literal["absent", "readable", "unreadable"]

FOLDER: Final = "io.containerd.metadata.v1.bolt"
FILE: Final = "meta.db"
_KIND: Final = "containerd"
_TOP: Final = b"v1"
_LEAST_VERSION: Final = 3
_EXPIRES: Final = "containerd.io/gc.expire"
_RESOURCES: Final = (("content", b"content"), ("ingest", b"ingests"), ("image", b"images"))


class Named(NamedTuple):
    """An image name (`images/<name>`) and the descriptor of what it names; times are UTC text."""

    name: str
    target: str
    media_type: str
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None
    labels: Mapping[str, str]


class ContentBucket(NamedTuple):
    """What is noted of a blob (`content/blob/<digest>`); times are UTC text."""

    digest: str
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None
    labels: Mapping[str, str]


class SnapshotBucket(NamedTuple):
    """A snapshot (`snapshots/<snapshotter>/<key>`); times are UTC text.

    `name` is its key in the snapshotter's own database. `parent` and `children` are keys in the
    same namespace.
    """

    snapshotter: str
    key: str
    name: str
    parent: str | None
    created_at: str | None
    updated_at: str | None
    labels: Mapping[str, str]
    children: frozenset[str]


class LeaseResource(NamedTuple):
    """What a lease keeps: `kind` is snapshot, content, ingest or image."""

    kind: str
    snapshotter: str | None
    key: str


class Lease(NamedTuple):
    """A lease (`leases/<id>`) and what it keeps from being collected; times are UTC text."""

    lease_id: str
    created_at: str | None
    expires_at: str | None
    labels: Mapping[str, str]
    resources: tuple[LeaseResource, ...]


class Metadata(NamedTuple):
    """What one namespace holds, and what the others do.

    `version` is that of the schema. `other_digests` have a content bucket in another namespace,
    `other_snapshots` are pairs of snapshotter and name there. `exists` says whether there is such
    a namespace at all.
    """

    version: int | None = None
    images: tuple[Named, ...] = ()
    content: tuple[ContentBucket, ...] = ()
    snapshots: tuple[SnapshotBucket, ...] = ()
    leases: tuple[Lease, ...] = ()
    ingests: tuple[str, ...] = ()
    other_digests: frozenset[str] = frozenset()
    other_snapshots: frozenset[tuple[str, str]] = frozenset()
    exists: bool = False


class MetadataReading(NamedTuple):
    """A reading of meta.db. `txid` is the transaction it is of, None where none could be read."""

    state: State
    txid: int | None
    metadata: Metadata
    findings: tuple[Finding, ...]


def read_metadata(root: Folder, namespace: str) -> MetadataReading:
    """The metadata of `namespace` in the containerd root `root`."""
    path = root.join(f"{FOLDER}/{FILE}")
    try:
        fd = _open(root)
    except GoneError:
        return MetadataReading("absent", None, Metadata(), ())
    except UnreadableError as error:
        message = f"{path} {error}; no image of containerd's is indexed."
        finding = Finding(error.rule, _KIND, None, path, message)
        return MetadataReading("unreadable", None, Metadata(), (finding,))
    try:
        file = read_snapshot(fd)
    except BoltError as error:
        return MetadataReading("unreadable", None, Metadata(), (_damaged(path, error),))
    finally:
        os.close(fd)
    return _read(file, namespace, path)


def namespaces_with_images(root: Folder) -> Mapping[str, bool] | None:
    """Each namespace and whether it has image names; None where there is no such database.

    Nothing is known where it is damaged. Raises `UnreadableError`.
    """
    try:
        fd = _open(root)
    except GoneError:
        return None
    found: dict[str, bool] = {}
    try:
        top = read_snapshot(fd).root.bucket(_TOP)
        for name, bucket in () if top is None else top.buckets():
            found[stored_text(name)] = False
            images = bucket.bucket(b"images")
            found[stored_text(name)] = images is not None and any(images.buckets())
    except BoltError:
        return found
    finally:
        os.close(fd)
    return found


def transaction_of(root: Folder) -> int | None:
    """The newest transaction of meta.db, None where it cannot be read."""
    try:
        fd = _open(root)
    except (GoneError, UnreadableError):
        return None
    try:
        return read_snapshot(fd).txid
    except BoltError:
        return None
    finally:
        os.close(fd)


def _open(root: Folder) -> int:
    with root.folder(FOLDER) as folder:
        return folder.open(FILE)


def _read(file: BoltFile, namespace: str, path: str) -> MetadataReading:
    reader = _Reader(namespace.encode())
    try:
        top = file.root.bucket(_TOP)
        if top is not None:
            reader.read(top)
        file.check()
    except BoltError as error:
        metadata = reader.metadata()
        return MetadataReading("unreadable", file.txid, metadata, (_damaged(path, error),))
    metadata = reader.metadata()
    findings: tuple[Finding, ...] = ()
    if metadata.version is not None and metadata.version < _LEAST_VERSION:
        message = (
            f"{path} has version {metadata.version} of containerd's schema, older than "
            f"{_LEAST_VERSION}; containerd converts it when it starts."
        )
        findings = (Finding("K1", _KIND, None, path, message),)
    return MetadataReading("readable", file.txid, metadata, findings)


def _damaged(path: str, error: BoltError) -> Finding:
    message = f"{path} {error}; containerd does not start with it, and not all images are indexed."
    return Finding("K1", _KIND, None, path, message)


class _Reader:
    """Takes in a database part by part, so that damage to one part leaves the others."""

    def __init__(self, namespace: bytes) -> None:
        self._namespace = namespace
        self._version: int | None = None
        self._exists = False
        self._images: list[Named] = []
        self._content: list[ContentBucket] = []
        self._snapshots: list[SnapshotBucket] = []
        self._leases: list[Lease] = []
        self._ingests: list[str] = []
        self._other_digests: set[str] = set()
        self._other_snapshots: set[tuple[str, str]] = set()

    def read(self, top: Bucket) -> None:
        """Take in all that can be read below `v1`; what is damaged is found by a later check."""
        self._version = encoding.number_at(top, b"version")
        for name, bucket in top.buckets():
            if name == self._namespace:
                self._exists = True
                _take(self._images, _images, bucket)
                _take(self._content, _content, bucket)
                _take(self._snapshots, _snapshots, bucket)
                _take(self._leases, _leases, bucket)
                _take(self._ingests, _ingests, bucket)
            else:
                self._other(bucket)

    def metadata(self) -> Metadata:
        """What was taken in."""
        return Metadata(
            self._version,
            tuple(self._images),
            tuple(self._content),
            tuple(self._snapshots),
            tuple(self._leases),
            tuple(self._ingests),
            frozenset(self._other_digests),
            frozenset(self._other_snapshots),
            self._exists,
        )

    def _other(self, namespace: Bucket) -> None:
        with suppress(BoltError):
            self._other_digests.update(
                stored_text(digest) for digest, _ in _children(namespace, b"content", b"blob")
            )
        with suppress(BoltError):
            for snapshotter, snapshots in _children(namespace, b"snapshots"):
                for _, bucket in snapshots.buckets():
                    name = text_at(bucket, b"name") or ""
                    self._other_snapshots.add((stored_text(snapshotter), name))


def _take(into: list, read: Callable[[Bucket], Iterator], namespace: Bucket) -> None:  # type: ignore[type-arg]
    with suppress(BoltError):
        into.extend(read(namespace))


def _children(bucket: Bucket, *path: bytes) -> Iterator[tuple[bytes, Bucket]]:
    found = bucket.bucket(*path)
    return iter(()) if found is None else found.buckets()


def _keys(bucket: Bucket | None) -> Iterator[str]:
    return iter(()) if bucket is None else (stored_text(key) for key, _ in bucket.items())


def _images(namespace: Bucket) -> Iterator[Named]:
    for name, bucket in _children(namespace, b"images"):
        target = bucket.bucket(b"target")
        yield Named(
            name=stored_text(name),
            target=("" if target is None else text_at(target, b"digest")) or "",
            media_type=("" if target is None else text_at(target, b"mediatype")) or "",
            size_bytes=None if target is None else size_at(target, b"size"),
            created_at=time_at(bucket, b"createdat"),
            updated_at=time_at(bucket, b"updatedat"),
            labels=labels_of(bucket),
        )


def _content(namespace: Bucket) -> Iterator[ContentBucket]:
    for digest, bucket in _children(namespace, b"content", b"blob"):
        yield ContentBucket(
            digest=stored_text(digest),
            size_bytes=size_at(bucket, b"size"),
            created_at=time_at(bucket, b"createdat"),
            updated_at=time_at(bucket, b"updatedat"),
            labels=labels_of(bucket),
        )


def _ingests(namespace: Bucket) -> Iterator[str]:
    for name, bucket in _children(namespace, b"content", b"ingests"):
        yield text_at(bucket, b"ref") or stored_text(name)


def _snapshots(namespace: Bucket) -> Iterator[SnapshotBucket]:
    for snapshotter, snapshots in _children(namespace, b"snapshots"):
        for key, bucket in snapshots.buckets():
            yield SnapshotBucket(
                snapshotter=stored_text(snapshotter),
                key=stored_text(key),
                name=text_at(bucket, b"name") or "",
                parent=text_at(bucket, b"parent"),
                created_at=time_at(bucket, b"createdat"),
                updated_at=time_at(bucket, b"updatedat"),
                labels=labels_of(bucket),
                children=frozenset(_keys(bucket.bucket(b"children"))),
            )


def _leases(namespace: Bucket) -> Iterator[Lease]:
    for lease_id, bucket in _children(namespace, b"leases"):
        labels = labels_of(bucket)
        yield Lease(
            lease_id=stored_text(lease_id),
            created_at=time_at(bucket, b"createdat"),
            expires_at=encoding.moment(labels.get(_EXPIRES)),
            labels=labels,
            resources=tuple(_resources(bucket)),
        )


def _resources(lease: Bucket) -> Iterator[LeaseResource]:
    for snapshotter, snapshots in _children(lease, b"snapshots"):
        for key in _keys(snapshots):
            yield LeaseResource("snapshot", stored_text(snapshotter), key)
    for kind, name in _RESOURCES:
        for key in _keys(lease.bucket(name)):
            yield LeaseResource(kind, None, key)

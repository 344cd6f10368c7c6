"""Reads `io.containerd.metadata.v1.bolt/meta.db`, the database of containerd.

Source: containerd `core/metadata/{buckets,images,content,snapshot,leases}.go`. The bucket `v1` has
one bucket for each namespace. Docker's namespace is read in full; of the others, only the digests
and snapshot names are read, because their blobs and snapshots are not Docker's.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar

from indexer.docker.encodings import namespace_buckets as buckets
from indexer.docker.encodings.bolt import BoltError, BoltFile, Bucket, read_snapshot
from indexer.docker.encodings.boltutil import number_at, stored_text, text_at, values_of
from indexer.docker.encodings.namespace_buckets import (
    ContentBucket,
    ImageBucket,
    Lease,
    LeaseResource,
    SnapshotBucket,
)
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.docker.files.folder import Folder

__all__ = [
    "FILE",
    "FOLDER",
    "ContentBucket",
    "ImageBucket",
    "Lease",
    "LeaseResource",
    "Metadata",
    "MetadataReading",
    "SnapshotBucket",
    "State",
    "namespaces_with_images",
    "read_metadata",
    "transaction_of",
]

State = Literal["absent", "readable", "unreadable"]
Item = TypeVar("Item")

FOLDER: Final = "io.containerd.metadata.v1.bolt"
FILE: Final = "meta.db"
_KIND: Final = "containerd"
_TOP: Final = b"v1"
_LEAST_VERSION: Final = 3


class Metadata(NamedTuple):
    """The content of one namespace, and what belongs to the others.

    `version` is the version of the schema. `other_digests` are the blobs of other namespaces,
    `other_snapshots` their snapshots as pairs of snapshotter and name. `exists` is False if the
    database has no such namespace.
    """

    version: int | None = None
    images: tuple[ImageBucket, ...] = ()
    content: tuple[ContentBucket, ...] = ()
    snapshots: tuple[SnapshotBucket, ...] = ()
    leases: tuple[Lease, ...] = ()
    ingests: tuple[str, ...] = ()
    other_digests: frozenset[str] = frozenset()
    other_snapshots: frozenset[tuple[str, str]] = frozenset()
    exists: bool = False


class MetadataReading(NamedTuple):
    """The result of reading meta.db. `txid` is its newest transaction, None if unreadable."""

    state: State
    txid: int | None
    metadata: Metadata
    findings: tuple[Finding, ...]


def read_metadata(root: Folder, namespace: str) -> MetadataReading:
    """Read `namespace` from meta.db in the containerd root `root`.

    A missing or damaged database gives a state and a finding (K1), and what could be read.
    """
    path = root.join(f"{FOLDER}/{FILE}")
    try:
        fd = _open(root)
    except GoneError:
        return MetadataReading("absent", None, Metadata(), ())
    except UnreadableError as error:
        message = f"{path} {error}; no image in containerd is indexed."
        finding = Finding(error.rule, _KIND, None, path, message, cause=True)
        return MetadataReading("unreadable", None, Metadata(), (finding,))
    try:
        file = read_snapshot(fd)
    except BoltError as error:
        return MetadataReading("unreadable", None, Metadata(), (_damaged(path, error),))
    finally:
        os.close(fd)
    return _read(file, namespace, path)


def namespaces_with_images(root: Folder) -> Mapping[str, bool]:
    """Map each namespace to whether it has image names; incomplete if the database is damaged."""
    found: dict[str, bool] = {}
    try:
        fd = _open(root)
    except (GoneError, UnreadableError):
        return found
    try:
        top = read_snapshot(fd).root.bucket(_TOP)
        for name, bucket in () if top is None else top.buckets():
            found[stored_text(name)] = False
            found[stored_text(name)] = any(buckets.children(bucket, b"images"))
    except BoltError:
        return found
    finally:
        os.close(fd)
    return found


def transaction_of(root: Folder) -> int | None:
    """The number of the newest transaction of meta.db; None if it cannot be read."""
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
    return Finding("K1", _KIND, None, path, message, cause=True)


class _Reader:
    """Collects a database part by part, so that damage to one part leaves the others readable."""

    def __init__(self, namespace: bytes) -> None:
        self._namespace = namespace
        self._metadata = Metadata()
        self._other_digests: set[str] = set()
        self._other_snapshots: set[tuple[str, str]] = set()

    def read(self, top: Bucket) -> None:
        """Collect what can be read below `v1`; `BoltFile.check` reports the damage later."""
        self._metadata = self._metadata._replace(version=number_at(values_of(top), b"version"))
        for name, bucket in top.buckets():
            if name == self._namespace:
                self._own(bucket)
            else:
                self._other(bucket)

    def metadata(self) -> Metadata:
        """The collected metadata."""
        return self._metadata._replace(
            other_digests=frozenset(self._other_digests),
            other_snapshots=frozenset(self._other_snapshots),
        )

    def _own(self, namespace: Bucket) -> None:
        self._metadata = self._metadata._replace(
            images=_readable(buckets.images(namespace)),
            content=_readable(buckets.content(namespace)),
            snapshots=_readable(buckets.snapshots(namespace)),
            leases=_readable(buckets.leases(namespace)),
            ingests=_readable(buckets.ingests(namespace)),
            exists=True,
        )

    def _other(self, namespace: Bucket) -> None:
        with suppress(BoltError):
            self._other_digests.update(
                stored_text(digest)
                for digest, _ in buckets.children(namespace, b"content", b"blob")
            )
        with suppress(BoltError):
            for snapshotter, snapshots in buckets.children(namespace, b"snapshots"):
                for _, bucket in snapshots.buckets():
                    name = text_at(values_of(bucket), b"name") or ""
                    self._other_snapshots.add((stored_text(snapshotter), name))


def _readable(items: Iterable[Item]) -> tuple[Item, ...]:
    """The `items` before the first damaged page."""
    found: list[Item] = []
    with suppress(BoltError):
        for item in items:
            found.append(item)  # noqa: PERF402 - keeps the items before an error
    return tuple(found)

"""Decodes the objects of a containerd namespace in meta.db, one bucket for each kind.

Source: containerd `core/metadata/{buckets,images,content,snapshot,leases}.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.boltutil import (
    labels_of,
    moment,
    size_at,
    stored_text,
    text_at,
    time_at,
    values_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.encodings.bolt import Bucket

_EXPIRES: Final = "containerd.io/gc.expire"
_RESOURCES: Final = (("content", b"content"), ("ingest", b"ingests"), ("image", b"images"))


class ImageBucket(NamedTuple):
    """An image name (`images/<name>`) with the descriptor of its target. Times are UTC text.

    After `expires_at`, containerd may remove the name; None means never.
    """

    name: str
    target: str
    media_type: str
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None
    expires_at: str | None
    labels: Mapping[str, str]


class ContentBucket(NamedTuple):
    """The record of a blob (`content/blob/<digest>`). Times are UTC text."""

    digest: str
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None
    labels: Mapping[str, str]


class SnapshotBucket(NamedTuple):
    """The record of a snapshot (`snapshots/<snapshotter>/<key>`). Times are UTC text.

    `name` is its key in the database of the snapshotter. `parent` and `children` are keys in the
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
    """An object that a lease protects. `kind` is snapshot, content, ingest or image.

    `snapshotter` is None unless it is a snapshot.
    """

    kind: str
    snapshotter: str | None
    key: str


class Lease(NamedTuple):
    """A lease (`leases/<id>`) with the objects that it protects. Times are UTC text.

    After `expires_at`, it protects nothing; None means that it never expires.
    """

    lease_id: str
    created_at: str | None
    expires_at: str | None
    labels: Mapping[str, str]
    resources: tuple[LeaseResource, ...]


def children(bucket: Bucket, *path: bytes) -> Iterator[tuple[bytes, Bucket]]:
    """The buckets in the bucket at `path`; none if it does not exist.

    Raises `BoltError` for a damaged page, as do all iterators of this module.
    """
    found = bucket.bucket(*path)
    return iter(()) if found is None else found.buckets()


def _keys(bucket: Bucket | None) -> Iterator[str]:
    return iter(()) if bucket is None else (stored_text(key) for key, _ in bucket.items())


def images(namespace: Bucket) -> Iterator[ImageBucket]:
    """The image names of a namespace."""
    for name, bucket in children(namespace, b"images"):
        # Without a bucket `target`, look in the name's own bucket, which has none of these keys.
        target = values_of(bucket.bucket(b"target") or bucket)
        values = values_of(bucket)
        labels = labels_of(bucket)
        yield ImageBucket(
            name=stored_text(name),
            target=text_at(target, b"digest") or "",
            media_type=text_at(target, b"mediatype") or "",
            size_bytes=size_at(target, b"size"),
            created_at=time_at(values, b"createdat"),
            updated_at=time_at(values, b"updatedat"),
            expires_at=moment(labels.get(_EXPIRES)),
            labels=labels,
        )


def content(namespace: Bucket) -> Iterator[ContentBucket]:
    """The blobs of a namespace."""
    for digest, bucket in children(namespace, b"content", b"blob"):
        values = values_of(bucket)
        yield ContentBucket(
            digest=stored_text(digest),
            size_bytes=size_at(values, b"size"),
            created_at=time_at(values, b"createdat"),
            updated_at=time_at(values, b"updatedat"),
            labels=labels_of(bucket),
        )


def ingests(namespace: Bucket) -> Iterator[str]:
    """The references of the downloads of a namespace, in the form of the content store."""
    for name, bucket in children(namespace, b"content", b"ingests"):
        yield text_at(values_of(bucket), b"ref") or stored_text(name)


def snapshots(namespace: Bucket) -> Iterator[SnapshotBucket]:
    """The snapshots of a namespace in all snapshotters."""
    for snapshotter, found in children(namespace, b"snapshots"):
        for key, bucket in found.buckets():
            values = values_of(bucket)
            yield SnapshotBucket(
                snapshotter=stored_text(snapshotter),
                key=stored_text(key),
                name=text_at(values, b"name") or "",
                parent=text_at(values, b"parent"),
                created_at=time_at(values, b"createdat"),
                updated_at=time_at(values, b"updatedat"),
                labels=labels_of(bucket),
                children=frozenset(_keys(bucket.bucket(b"children"))),
            )


def leases(namespace: Bucket) -> Iterator[Lease]:
    """The leases of a namespace."""
    for lease_id, bucket in children(namespace, b"leases"):
        labels = labels_of(bucket)
        yield Lease(
            lease_id=stored_text(lease_id),
            created_at=time_at(values_of(bucket), b"createdat"),
            expires_at=moment(labels.get(_EXPIRES)),
            labels=labels,
            resources=tuple(_resources(bucket)),
        )


def _resources(lease: Bucket) -> Iterator[LeaseResource]:
    for snapshotter, kept in children(lease, b"snapshots"):
        for key in _keys(kept):
            yield LeaseResource("snapshot", stored_text(snapshotter), key)
    for kind, name in _RESOURCES:
        for key in _keys(lease.bucket(name)):
            yield LeaseResource(kind, None, key)

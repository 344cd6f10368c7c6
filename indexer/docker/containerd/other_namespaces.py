"""Reads which blobs and snapshots belong to the other namespaces of containerd.

Source: containerd `core/metadata/buckets.go`. Usual namespaces are `<namespace of Docker>_history`
for the build history (BuildKit `history/buildhistory.go`), `plugins.moby` for plugins of Docker,
`k8s.io` for Kubernetes, `buildkit` for a separate BuildKit, and `default` for `ctr`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.metadata import FILE, FOLDER
from indexer.docker.containerd.snapshotter import read_backends
from indexer.docker.encodings import namespace_buckets as buckets
from indexer.docker.encodings.bolt import BoltError, read_snapshot
from indexer.docker.encodings.boltutil import stored_text
from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.containerd.snapshotter import Backend
    from indexer.docker.encodings.bolt import Bucket
    from indexer.docker.files.folder import Folder

_TOP: Final = b"v1"


class NamespacePart(NamedTuple):
    """A blob or snapshot of another namespace.

    `kind` is `blob` or `snapshot`, and `part` is the digest or the key. `snapshotter` is empty for
    a blob. `snapshot_id` is the directory of the snapshot, None if unknown. `size_bytes` is the
    size that containerd recorded, None if it did not. `created_at` is UTC text.
    """

    namespace: str
    kind: str
    snapshotter: str
    part: str
    snapshot_id: str | None
    size_bytes: int | None
    created_at: str | None


def read_other_namespaces(root: Folder, namespace: str) -> tuple[NamespacePart, ...] | None:
    """The blobs and snapshots of all namespaces but `namespace` in the containerd root `root`.

    None if meta.db cannot be read; the reader of Docker's namespace reports why.
    """
    try:
        with root.folder(FOLDER) as folder:
            fd = folder.open(FILE)
    except GoneError:
        return ()
    except UnreadableError:
        return None
    try:
        top = read_snapshot(fd).root.bucket(_TOP)
        others = [] if top is None else [it for it in top.buckets() if it[0] != namespace.encode()]
        found = [part for name, bucket in others for part in _parts(stored_text(name), bucket)]
    except BoltError:
        return None
    finally:
        os.close(fd)
    return _with_directories(root, found)


def _parts(namespace: str, bucket: Bucket) -> Iterator[tuple[NamespacePart, str]]:
    """Each part with its name in the database of its snapshotter; empty for a blob."""
    with suppress(BoltError):
        for blob in buckets.content(bucket):
            size, at = blob.size_bytes, blob.created_at
            yield NamespacePart(namespace, "blob", "", blob.digest, None, size, at), ""
    with suppress(BoltError):
        for it in buckets.snapshots(bucket):
            part = (namespace, "snapshot", it.snapshotter, it.key, None, None, it.created_at)
            yield NamespacePart(*part), it.name


def _with_directories(
    root: Folder, found: list[tuple[NamespacePart, str]]
) -> tuple[NamespacePart, ...]:
    """The parts, with the directory and size of each snapshot from its snapshotter."""
    snapshotters = {part.snapshotter for part, _ in found if part.snapshotter}
    known = {
        (snapshotter, name): backend
        for snapshotter in snapshotters
        for name, backend in read_backends(root, snapshotter).backends.items()
    }
    return tuple(_placed(part, known.get((part.snapshotter, name))) for part, name in found)


def _placed(part: NamespacePart, backend: Backend | None) -> NamespacePart:
    if backend is None:
        return part
    return part._replace(snapshot_id=backend.snapshot_id or None, size_bytes=backend.size_bytes)

"""Blobs of the history of builds, in the content store of BuildKit (`history/buildhistory.go`).

They are noted in the namespace `buildkit_history` of `buildkit/containerdmeta.db`, beside those of
the build cache in the namespace `buildkit`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from indexer.docker.encodings import namespace_buckets as buckets
from indexer.docker.encodings.bolt import BoltError, read_snapshot
from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from indexer.docker.encodings.bolt import Bucket
    from indexer.docker.files.folder import Folder

_TOP: Final = b"v1"
_CACHE: Final = b"buildkit"
_HISTORY: Final = b"buildkit_history"


def history_blobs(root: Folder) -> frozenset[str]:
    """The digests of blobs that the history of builds has and the build cache has not.

    Empty where the database of the Docker root `root` is not there or cannot be read.
    """
    try:
        with root.folder("buildkit") as folder:
            fd = folder.open("containerdmeta.db")
    except (GoneError, UnreadableError):
        return frozenset()
    try:
        top = read_snapshot(fd).root.bucket(_TOP)
        return frozenset() if top is None else _digests(top, _HISTORY) - _digests(top, _CACHE)
    except BoltError:
        return frozenset()
    finally:
        os.close(fd)


def _digests(top: Bucket, namespace: bytes) -> frozenset[str]:
    bucket = top.bucket(namespace)
    return frozenset() if bucket is None else frozenset(it.digest for it in buckets.content(bucket))

"""Verifies that the bytes of each blob have the digest in its name.

Containerd names a blob by the digest of its bytes (containerd `plugins/content/local/store.go`). A
sync verifies only the documents that it reads; packed layers are verified here.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.content import BLOBS, FOLDER, blob_path, list_blobs
from indexer.docker.containerd.metadata import read_metadata
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.containerd.place import ContainerdRoot
    from indexer.docker.files.folder import Folder
    from indexer.docker.files.scan import Tick

_KIND: Final = "blob"
_PIECE: Final = 1 << 20
_LARGE: Final = 64 << 10
"""A copy of a root without contents keeps blobs up to this size in bytes, and empties others."""


class _Hashed(NamedTuple):
    """A blob with the digest of its bytes. `has_no_data` means that no block is allocated."""

    digest: str
    actual: str
    has_no_data: bool


def hash_blobs(place: ContainerdRoot, tick: Tick) -> Iterator[Finding]:
    """K3 for each blob of Docker's namespace whose bytes have another digest than its name.

    If no large blob has any data, the root is a copy without contents, which gives one finding of
    severity info. `tick` is called with 1 for each blob.
    """
    known = {it.digest for it in read_metadata(place.folder, place.namespace).metadata.content}
    wrong: list[_Hashed] = []
    large = 0
    for digest, file in list_blobs(place.folder).files.items():
        if digest not in known:
            continue
        tick(1)
        large += file.size_bytes > _LARGE
        hashed = _hashed(place.folder, digest)
        if hashed is not None and hashed.actual != digest:
            wrong.append(hashed)
    without_data = [it for it in wrong if it.has_no_data]
    if without_data and len(without_data) == large:
        path = place.folder.join(f"{FOLDER}/{BLOBS}")
        message = (
            f"{path} has {large} large blobs, none of which has any data; a copy of a root without "
            "the contents of layers cannot be verified."
        )
        yield Finding("K3", "store", place.namespace, path, message, "info")
        wrong = [it for it in wrong if not it.has_no_data]
    for it in wrong:
        path = blob_path(place.folder, it.digest)
        message = (
            f"{path} has the digest {it.actual}; images with this blob are damaged or changed."
        )
        yield Finding("K3", _KIND, it.digest, path, message)


def count_blobs(place: ContainerdRoot) -> int:
    """How many times `hash_blobs` will call its `tick` at most; costs a listing."""
    return len(list_blobs(place.folder).files)


def _hashed(root: Folder, digest: str) -> _Hashed | None:
    """Hash the blob `digest`; None if it is missing or unreadable, which a sync reports."""
    algorithm, _, name = digest.partition(":")
    try:
        with root.descend(FOLDER, BLOBS, algorithm) as folder:
            fd = folder.open(name)
    except (GoneError, UnreadableError):
        return None
    try:
        state = hashlib.new(algorithm)
        while piece := os.read(fd, _PIECE):
            state.update(piece)
        found = os.fstat(fd)
    except OSError:
        return None
    finally:
        os.close(fd)
    has_no_data = found.st_blocks == 0 and found.st_size > _LARGE
    return _Hashed(digest, f"{algorithm}:{state.hexdigest()}", has_no_data)

"""Whether the bytes of blobs are what their names say: of packed layers too, which a sync trusts.

A blob is named by the digest of its bytes (containerd `plugins/content/local/store.go`).
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
"""Bytes from which on a copy of a root without contents leaves a blob out."""


class _Hashed(NamedTuple):
    """A blob, the digest of its bytes, and whether the disk holds any of them."""

    digest: str
    actual: str
    is_hollow: bool


def hash_blobs(place: ContainerdRoot, tick: Tick) -> Iterator[Finding]:
    """A finding for each blob of Docker's namespace whose bytes are not what its name says.

    Where all large ones are files without any data, the root is a copy without contents: that is
    one finding. `tick` is called for each blob.
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
    hollow = [it for it in wrong if it.is_hollow]
    if hollow and len(hollow) == large:
        path = place.folder.join(f"{FOLDER}/{BLOBS}")
        message = (
            f"{path} has {large} large blobs, and none of these has any data; a copy of a root "
            "without the contents of layers cannot be verified."
        )
        yield Finding("K3", "store", place.namespace, path, message, "info")
        wrong = [it for it in wrong if not it.is_hollow]
    for it in wrong:
        path = blob_path(place.folder, it.digest)
        message = f"{path} has the digest {it.actual}; what needs the blob is damaged or changed."
        yield Finding("K3", _KIND, it.digest, path, message)


def count_blobs(place: ContainerdRoot) -> int:
    """How many times `hash_blobs` will call its `tick` at most; costs a listing."""
    return len(list_blobs(place.folder).files)


def _hashed(root: Folder, digest: str) -> _Hashed | None:
    """The blob `digest`; None where it is not there any more or cannot be read, as a sync says."""
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
    is_hollow = found.st_blocks == 0 and found.st_size > _LARGE
    return _Hashed(digest, f"{algorithm}:{state.hexdigest()}", is_hollow)

"""The fingerprints of a containerd root. While they stay the same, it need not be read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.docker.containerd import build_cache, content, snapshotter
from indexer.docker.containerd.metadata import FILE, FOLDER
from indexer.docker.containerd.snapshotter import snapshotters
from indexer.docker.files.folder import GoneError, UnreadableError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.place import ContainerdRoot
    from indexer.docker.files.folder import Fingerprint, Folder


def fingerprints_of(place: ContainerdRoot, docker_root: Folder) -> Mapping[str, Fingerprint]:
    """The fingerprint of every file and folder that `read_containerd` reads, by a unique name.

    While all of them stay the same, so does its result. Only folders are opened, so this is cheap.
    """
    return {
        printable(name): fingerprint
        for name, fingerprint in _fingerprints(place.folder, docker_root)
    }


def _fingerprints(root: Folder, docker_root: Folder) -> Iterator[tuple[str, Fingerprint]]:
    try:
        with root.folder(FOLDER) as folder:
            yield f"metadata/{FILE}", folder.fingerprint(FILE)
    except (GoneError, UnreadableError):
        pass
    for name, fingerprint in content.fingerprints(root):
        yield f"content/{name}", fingerprint
    for kind in snapshotters(root):
        for name, fingerprint in snapshotter.fingerprints(root, kind):
            yield f"snapshotter/{kind}/{name}", fingerprint
    for name, fingerprint in build_cache.fingerprints(docker_root):
        yield f"buildkit/{name}", fingerprint

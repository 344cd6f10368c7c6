"""The stamps of a containerd root: while they stay, nothing in it has to be read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.docker.containerd import build_cache, content, snapshotter
from indexer.docker.containerd.metadata import FILE, FOLDER
from indexer.docker.containerd.snapshotter import snapshotters
from indexer.docker.files import GoneError, UnreadableError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.place import ContainerdRoot
    from indexer.docker.files import Folder, Stamp


def stamps_of(place: ContainerdRoot, docker_root: Folder) -> Mapping[str, Stamp]:
    """The stamp of everything that `read_containerd` looks at, by a name of its own.

    While all are the same, so is what it gives. Nothing is opened but folders.
    """
    return {printable(name): stamp for name, stamp in _stamps(place.folder, docker_root)}


def _stamps(root: Folder, docker_root: Folder) -> Iterator[tuple[str, Stamp]]:
    try:
        with root.folder(FOLDER) as folder:
            yield f"metadata/{FILE}", folder.stamp(FILE)
    except (GoneError, UnreadableError):
        pass
    for name, stamp in content.stamps(root):
        yield f"content/{name}", stamp
    for kind in snapshotters(root):
        for name, stamp in snapshotter.stamps(root, kind):
            yield f"snapshotter/{kind}/{name}", stamp
    for name, stamp in build_cache.stamps(docker_root):
        yield f"buildkit/{name}", stamp

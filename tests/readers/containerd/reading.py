"""Calling the readers of containerd's store on folders that tests write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.docker.containerd.place import Search, find_containerd
from indexer.docker.containerd.store import Containerd, fingerprints_of, read_containerd
from indexer.docker.files.folder import Fingerprint, Folder
from tests.readers.reading import no_tick

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from indexer.docker.files.scan import Tick

OWN = "containerd/daemon"
"""Where the containerd of a Docker root lies in it."""


def find(docker: Path, given: Path | None = None) -> Search:
    """What is found for the Docker root `docker`; what is open is closed again."""
    with Folder.of_root(str(docker)) as root:
        search = find_containerd(root, str(docker), None if given is None else str(given))
        if search.root is not None:
            with search.root.folder:
                pass
        return search


def read(docker: Path, tick: Tick = no_tick) -> Containerd:
    """What is read of the containerd of the Docker root `docker`."""
    with Folder.of_root(str(docker)) as root:
        search = find_containerd(root, str(docker), None)
        assert search.root is not None
        with search.root.folder:
            return read_containerd(search.root, root, tick)


def fingerprints(docker: Path) -> Mapping[str, Fingerprint]:
    """The fingerprints of the containerd of the Docker root `docker`."""
    with Folder.of_root(str(docker)) as root:
        search = find_containerd(root, str(docker), None)
        assert search.root is not None
        with search.root.folder:
            return fingerprints_of(search.root, root)


def rules(store: Containerd) -> list[tuple[str, str | None]]:
    """The rule and the object of each finding, in order."""
    return sorted((it.rule, it.object_id) for it in store.findings)

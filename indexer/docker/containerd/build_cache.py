"""`buildkit/containerd-<snapshotter>`: the build cache of an engine with the containerd store.

Its records are as with a graph driver; its snapshots are those of containerd. Source: moby
`builder/builder-next/controller.go` (`newSnapshotterController`), BuildKit `worker/containerd`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from indexer.docker.bolt import BoltError, read_snapshot
from indexer.docker.buildkit import BuildKit, State
from indexer.docker.buildkit_metadata import MetadataFile
from indexer.docker.buildkit_records import build_records
from indexer.docker.digests import is_digest
from indexer.docker.files import Folder, GoneError, UnreadableError
from indexer.docker.findings import Finding
from indexer.docker.scan import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.metadata import SnapshotBucket
    from indexer.docker.containerd.snapshotter import Backend
    from indexer.docker.files import Stamp

_FOLDER: Final = "buildkit"
_FILE: Final = "metadata_v2.db"
_KIND: Final = "build cache"


class StoreSnapshots:
    """What the name of a snapshot means where BuildKit keeps them in containerd.

    `complete` is False where not all of them are known, so that an unknown name may exist.
    """

    def __init__(
        self,
        snapshots: Mapping[str, SnapshotBucket],
        backends: Mapping[str, Backend],
        *,
        complete: bool,
    ) -> None:
        """Take the snapshots of Docker's namespace by key, and those of the snapshotter by name."""
        self._snapshots = snapshots
        self._backends = backends
        self.complete = complete

    def exists(self, name: str) -> bool:
        """Whether there is a snapshot `name`; True where that cannot be told."""
        return name in self._snapshots or not self.complete

    def directory(self, name: str) -> str | None:
        """The ID of the snapshot `name`, which is the name of its directory; None if unknown."""
        backend = self._backend(name)
        return None if backend is None else backend.snapshot_id or None

    def chain_id(self, name: str) -> str | None:
        """The chain ID of the image layer that the snapshot `name` is, None if it is none."""
        return name if name in self._snapshots and is_digest(name) else None

    def size(self, name: str) -> int | None:
        """What the snapshot `name` uses on disk, None where it is not noted."""
        backend = self._backend(name)
        return None if backend is None else backend.size_bytes

    def _backend(self, name: str) -> Backend | None:
        snapshot = self._snapshots.get(name)
        return None if snapshot is None else self._backends.get(snapshot.name)


def read_build_cache(
    root: Folder, snapshotter: str, snapshots: StoreSnapshots, blob_sizes: Mapping[str, int]
) -> BuildKit:
    """The build cache of the Docker root `root` on the snapshots of `snapshotter`.

    `blob_sizes` has the bytes of each blob of the store by its digest. `snapshots` of what is given
    back is empty: they are among those of the store.
    """
    place = f"containerd-{snapshotter}"
    findings: list[Finding] = []
    try:
        with root.descend(_FOLDER, place) as folder:
            metadata = MetadataFile(folder.join(_FILE))
            state = _load(folder, metadata, findings)
            path = folder.join(_FILE)
    except GoneError:
        return BuildKit("absent", (), "absent", (), ())
    except UnreadableError as error:
        finding = unreadable(root, f"{_FOLDER}/{place}", _KIND, error)
        return BuildKit("unreadable", (), "unreadable", (), (finding,))
    found = build_records(metadata.entries, snapshots, path, blob_sizes)
    findings += metadata.findings
    # What was only read in part lacks more than it should: that has its finding already.
    if state == "readable":
        findings += found.findings
    whole: State = "readable" if snapshots.complete else "unreadable"
    return BuildKit(whole, (), state, found.records, tuple(findings))


def stamps(root: Folder) -> Iterator[tuple[str, Stamp]]:
    """The stamp of the records of every build cache in the Docker root `root`."""
    try:
        with root.folder(_FOLDER) as buildkit:
            names = [entry.name for entry in buildkit.names() if entry.kind == "folder"]
            for name in names:
                if name.startswith("containerd-"):
                    yield from _stamp(buildkit, name)
    except (GoneError, UnreadableError):
        return


def _stamp(buildkit: Folder, name: str) -> Iterator[tuple[str, Stamp]]:
    try:
        with buildkit.folder(name) as folder:
            yield f"{name}/{_FILE}", folder.stamp(_FILE)
    except (GoneError, UnreadableError):
        return


def _load(folder: Folder, metadata: MetadataFile, findings: list[Finding]) -> State:
    try:
        fd = folder.open(_FILE)
    except GoneError:
        return "absent"
    except UnreadableError as error:
        findings.append(unreadable(folder, _FILE, _KIND, error))
        return "unreadable"
    try:
        file = read_snapshot(fd)
        metadata.read(file.root)
        file.check()
    except BoltError as error:
        path = folder.join(_FILE)
        message = (
            f"{path} {error}; the builder does not start with it, and the build cache is not all "
            "indexed."
        )
        findings.append(Finding("B1", _KIND, None, path, message))
        return "unreadable"
    finally:
        os.close(fd)
    return "readable"

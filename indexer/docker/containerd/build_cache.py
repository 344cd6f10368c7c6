"""`buildkit/containerd-<snapshotter>`: the build cache of an engine with the containerd store.

Its records are as with a graph driver; its snapshots are those of containerd. Source: moby
`builder/builder-next/controller.go` (`newSnapshotterController`), BuildKit `worker/containerd`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from indexer.docker.buildkit.build_cache import BuildKit, State
from indexer.docker.buildkit.loading import is_mutable, load
from indexer.docker.buildkit.metadata import MetadataFile
from indexer.docker.buildkit.records import build_records
from indexer.docker.encodings.bolt import BoltError, read_snapshot
from indexer.docker.encodings.digests import is_digest
from indexer.docker.files.folder import Folder, GoneError, UnreadableError
from indexer.docker.files.scan import unreadable
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.metadata import SnapshotBucket
    from indexer.docker.containerd.snapshotter import Backend
    from indexer.docker.files.folder import Fingerprint

_FOLDER: Final = "buildkit"
_FILE: Final = "metadata_v2.db"
_KIND: Final = "build cache"
_RECORD: Final = "build record"


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
        self._below = frozenset(it.parent for it in snapshots.values() if it.parent is not None)

    def is_below(self, name: str) -> bool:
        """Whether another snapshot is on the snapshot `name`, which need not be there."""
        return name in self._below

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
        findings += (*found.findings, *_lost_snapshots(metadata, snapshots, path))
    whole: State = "readable" if snapshots.complete else "unreadable"
    return BuildKit(whole, (), state, found.records, tuple(findings))


def fingerprints(root: Folder) -> Iterator[tuple[str, Fingerprint]]:
    """The fingerprint of the records of every build cache in the Docker root `root`."""
    try:
        with root.folder(_FOLDER) as buildkit:
            names = [entry.name for entry in buildkit.names() if entry.kind == "folder"]
            for name in names:
                if name.startswith("containerd-"):
                    yield from _fingerprint(buildkit, name)
    except (GoneError, UnreadableError):
        return


def _lost_snapshots(
    metadata: MetadataFile, snapshots: StoreSnapshots, path: str
) -> Iterator[Finding]:
    """B2 for each record whose files are in no snapshot any more.

    The engine asks for that of a record that can be written to when it starts, and for any other
    when a build uses it (BuildKit `cache/manager.go` getRecord, `cache/refs.go`). A merge or a
    difference has none before it is used, and a packed record none before it is unpacked, which
    it was where other snapshots are on it.
    """
    entries = metadata.entries
    loaded = load(entries, snapshots).loaded
    for key, entry in sorted(entries.items()):
        if entry.combined or entry.deleted or entry.twin in loaded:
            continue
        if snapshots.exists(entry.snapshot):
            continue
        if entry.blob_only and not snapshots.is_below(entry.snapshot):
            continue
        lost = f"{path} has the cache record {key!r}, whose snapshot {entry.snapshot!r} is not in"
        if is_mutable(entry, loaded):
            message = f"{lost} containerd; the engine drops it when it starts, and builds it again."
            yield Finding("B2", _RECORD, key, path, message)
        elif key in loaded:
            advice = "builds that use it fail until docker builder prune removes it"
            yield Finding("B2", _RECORD, key, path, f"{lost} containerd; {advice}.", "error")


def _fingerprint(buildkit: Folder, name: str) -> Iterator[tuple[str, Fingerprint]]:
    try:
        with buildkit.folder(name) as folder:
            yield f"{name}/{_FILE}", folder.fingerprint(_FILE)
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

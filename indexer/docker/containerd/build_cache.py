"""Reads `buildkit/containerd-<snapshotter>`: the build cache with the containerd image store.

The records have the same form as with a graph driver; the snapshots are in containerd. Source: moby
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
    """Looks up snapshots of BuildKit in containerd by name.

    `complete` is False if meta.db was not read completely, so that an unknown name may exist.
    """

    def __init__(
        self,
        snapshots: Mapping[str, SnapshotBucket],
        backends: Mapping[str, Backend],
        *,
        complete: bool,
    ) -> None:
        """Use `snapshots` of the namespace by key, and `backends` of the snapshotter by name."""
        self._snapshots = snapshots
        self._backends = backends
        self.complete = complete
        self._below = frozenset(it.parent for it in snapshots.values() if it.parent is not None)

    def is_below(self, name: str) -> bool:
        """Whether `name` is the parent of a snapshot; `name` itself may be missing."""
        return name in self._below

    def exists(self, name: str) -> bool:
        """Whether the snapshot `name` exists; True if that is unknown."""
        return name in self._snapshots or not self.complete

    def directory(self, name: str) -> str | None:
        """The name of the directory of the snapshot `name` (its ID); None if unknown."""
        backend = self._backend(name)
        return None if backend is None else backend.snapshot_id or None

    def chain_id(self, name: str) -> str | None:
        """The chain ID of the snapshot `name` if it is an image layer, else None."""
        return name if name in self._snapshots and is_digest(name) else None

    def size(self, name: str) -> int | None:
        """The disk use of the snapshot `name` in bytes; None if it was not recorded."""
        backend = self._backend(name)
        return None if backend is None else backend.size_bytes

    def _backend(self, name: str) -> Backend | None:
        snapshot = self._snapshots.get(name)
        return None if snapshot is None else self._backends.get(snapshot.name)


def read_build_cache(
    root: Folder, snapshotter: str, snapshots: StoreSnapshots, blob_sizes: Mapping[str, int]
) -> BuildKit:
    """Read the build cache of the Docker root `root` whose snapshots are in `snapshotter`.

    `blob_sizes` maps the digest of each blob of the store to its length in bytes. `snapshots` of
    the result is empty because the store already has them.
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
    # A database that was read only in part lacks records, which would look like faults. The
    # damage itself already has a finding.
    if state == "readable":
        findings += (*found.findings, *_lost_snapshots(metadata, snapshots, path))
    snapshots_state: State = "readable" if snapshots.complete else "unreadable"
    return BuildKit(snapshots_state, (), state, found.records, tuple(findings))


def fingerprints(root: Folder) -> Iterator[tuple[str, Fingerprint]]:
    """The fingerprint of each build cache database in the Docker root `root`, by path."""
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
    """B2 for each record whose snapshot is missing.

    The engine looks for the snapshot of a mutable record when it starts, and for that of any other
    record when a build uses it (BuildKit `cache/manager.go` getRecord, `cache/refs.go`). A merge or
    diff has no snapshot until it is used. A packed record has none until it is unpacked; if another
    snapshot has it as its parent, it was unpacked.
    """
    entries = metadata.entries
    loaded = load(entries, snapshots).loaded
    for key, entry in sorted(entries.items()):
        # A record has the files of its twin until the twin is finalized.
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

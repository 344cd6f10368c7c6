"""Determines which cache records the engine loads at its start, and which of them it lists.

Source: BuildKit `cache/manager.go` (`getRecord` and `DiskUsage`). Only the memory of the engine
tells which records a running build uses, so this is the list while no build runs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from indexer.docker.buildkit.metadata import Metadata


class SnapshotNames(Protocol):
    """Looks up snapshots by name, in BuildKit's own database or in containerd."""

    def exists(self, name: str) -> bool:
        """Whether the snapshot exists; True if that is unknown."""

    def directory(self, name: str) -> str | None:
        """The name of the directory with its files, None for none."""

    def chain_id(self, name: str) -> str | None:
        """The chain ID of the image layer that the snapshot is, None for none."""

    def size(self, name: str) -> int | None:
        """The size in bytes of the snapshot alone, None if it was not recorded."""


class Loading(NamedTuple):
    """The IDs of the records that the engine loads, and of those that depend on themselves."""

    loaded: frozenset[str]
    circular: frozenset[str]


def load(entries: Mapping[str, Metadata], snapshots: SnapshotNames) -> Loading:
    """The records of `entries` that the engine loads; it drops the others at its start.

    A record depends on its parents and its twin. The records are visited in topological order, in
    which cycles are never reached, because a database can be damaged or have thousands of records
    on top of each other, too many for recursion.
    """
    missing: dict[str, int] = {}
    followers: defaultdict[str, list[str]] = defaultdict(list)
    for key, entry in entries.items():
        needed = {*entry.parents, entry.twin}.intersection(entries)
        missing[key] = len(needed)
        for other in needed:
            followers[str(other)].append(key)
    loaded: set[str] = set()
    ready = [key for key, count in missing.items() if count == 0]
    while ready:
        key = ready.pop()
        if _loads(entries[key], loaded, snapshots):
            loaded.add(key)
        for follower in followers[key]:
            missing[follower] -= 1
            if missing[follower] == 0:
                ready.append(follower)
    circular = frozenset(key for key, count in missing.items() if count > 0)
    return Loading(frozenset(loaded), circular)


def is_mutable(entry: Metadata, loaded: Set[str]) -> bool:
    """Whether a build can still write to the record."""
    return not (entry.committed or entry.combined or entry.twin in loaded)


def listed(entries: Mapping[str, Metadata], loaded: Set[str]) -> frozenset[str]:
    """The loaded records that the engine lists.

    A mutable record and the immutable one made from it share their files. The engine lists only the
    immutable one if it has children, and only the mutable one otherwise.
    """
    parents = {parent for key in loaded for parent in entries[key].parents}
    pairs = ((key, entries[key].twin) for key in loaded)
    hidden = {twin if key in parents else key for key, twin in pairs if twin in loaded}
    return frozenset(loaded - hidden)


def _loads(entry: Metadata, loaded: Set[str], snapshots: SnapshotNames) -> bool:
    # The engine drops a record with a missing parent, and with it everything built on it.
    if not loaded >= set(entry.parents):
        return False
    if entry.twin is not None:
        if entry.twin in loaded:
            return True
        if not snapshots.exists(entry.snapshot):
            return False
    if entry.deleted:
        return False
    # For an immutable record, the engine looks for the snapshot only when a build uses the record.
    return not is_mutable(entry, loaded) or snapshots.exists(entry.record_id)

"""Which cache records the engine loads when it starts, and which of them it lists.

Source: BuildKit `cache/manager.go` (`getRecord` and `DiskUsage`). What a running build holds is
known to the engine alone; this is the list while none runs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from indexer.docker.buildkit.metadata import Metadata


class SnapshotNames(Protocol):
    """What the name of a snapshot means, wherever BuildKit keeps its snapshots."""

    def exists(self, name: str) -> bool:
        """Whether there is such a snapshot; True where that cannot be told."""

    def directory(self, name: str) -> str | None:
        """The directory with its files."""

    def chain_id(self, name: str) -> str | None:
        """The image layer that it is."""

    def size(self, name: str) -> int | None:
        """Its size in bytes, None where that is not noted."""


class Loading(NamedTuple):
    """Record IDs: those that the engine loads, and those below which parents form a circle."""

    loaded: frozenset[str]
    circular: frozenset[str]


def load(entries: Mapping[str, Metadata], snapshots: SnapshotNames) -> Loading:
    """The records of `entries` that the engine loads; it drops the others when it starts."""
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
    """Whether the record can be written to still."""
    return not (entry.committed or entry.combined or entry.twin in loaded)


def listed(entries: Mapping[str, Metadata], loaded: Set[str]) -> frozenset[str]:
    """The loaded records that the engine lists.

    Of two records with the same files it is the immutable one where another record is on top of
    it, and else the mutable one.
    """
    parents = {parent for key in loaded for parent in entries[key].parents}
    pairs = ((key, entries[key].twin) for key in loaded)
    hidden = {twin if key in parents else key for key, twin in pairs if twin in loaded}
    return frozenset(loaded - hidden)


def _loads(entry: Metadata, loaded: Set[str], snapshots: SnapshotNames) -> bool:
    if not loaded >= set(entry.parents):
        return False
    if entry.twin is not None:
        if entry.twin in loaded:
            return True
        if not snapshots.exists(entry.snapshot):
            return False
    if entry.deleted:
        return False
    return not is_mutable(entry, loaded) or snapshots.exists(entry.record_id)

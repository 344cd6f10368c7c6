"""Reads the snapshots of BuildKit in the directories of a graph driver (`buildkit/snapshots.db`).

Source: moby `builder/builder-next/adapters/snapshot`. The name of a bucket is one of these: an
active key, which is also the name of a directory of the graph driver; the name under which such a
key was committed; the chain ID of an image layer in use; or the ID of a cache record whose files
are an image layer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.digests import is_digest
from indexer.docker.encodings.gojson import storable
from indexer.docker.encodings.sizes import plausible_size
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from indexer.docker.encodings.bolt import Bucket

_KIND: Final = "snapshot"
_DIRECTORY: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
_SIZE: Final = re.compile(rb"[0-9]{1,18}")
_LAYER: Final = "sha256:"


class SnapshotRecord(NamedTuple):
    """A snapshot: the file system after a build step, or the one that a step writes to.

    `directory` is its active key and the name of its directory of the graph driver. `name` is the
    name under which it was committed, None while it is active. `parent` is the name of the snapshot
    below or the chain ID of an image layer, None for none. `chain_id` is the image layer that it
    was exported as, None for none. `size` is the size of this snapshot alone in bytes, None if the
    engine has not measured it.
    """

    directory: str
    name: str | None
    parent: str | None
    chain_id: str | None
    size: int | None


class _Entry(NamedTuple):
    """The values of one bucket; `parent` is '' for a snapshot without a parent."""

    parent: str | None
    committed: str | None
    is_committed: bool
    chain_id: str | None
    size: int | None


class Snapshots:
    """The buckets of `snapshots.db`, with a lookup of snapshots by name.

    `complete` is False until all buckets were read; an unknown name may still exist until then.
    """

    __slots__ = ("_entries", "_path", "complete")

    def __init__(self, path: str) -> None:
        """Use `path`, relative to the Docker root, in findings."""
        self._entries: dict[str, _Entry] = {}
        self._path = path
        self.complete = False

    def read(self, root: Bucket) -> None:
        """Collect the buckets. Raises `BoltError`; buckets before the damage are kept."""
        for name, bucket in root.buckets():
            self._entries[stored_text(name)] = _entry(bucket)
        self.complete = True

    @property
    def names(self) -> Set[str]:
        """The names of all buckets."""
        return self._entries.keys()

    def exists(self, name: str) -> bool:
        """Whether the snapshot or layer `name` exists; True if that is unknown."""
        return name in self._entries or not self.complete or name.startswith(_LAYER)

    def is_active(self, name: str) -> bool:
        """Whether a build can write to the snapshot `name` (moby `snapshot.Stat`)."""
        entry = self._entries.get(name)
        if entry is None or name.startswith(_LAYER):
            return False
        return entry.committed is None and entry.chain_id is None

    def directory(self, name: str) -> str | None:
        """The directory of the graph driver with the files of the snapshot `name`.

        None for an image layer, whose directory only the layer store knows, and where the name is
        not known.
        """
        entry = self._entries.get(name)
        if entry is None:
            return None
        found = entry.committed or (name if entry.parent is not None else None)
        return found if found is not None and _DIRECTORY.fullmatch(found) else None

    def chain_id(self, name: str) -> str | None:
        """The chain ID of the image layer of the snapshot or cache record `name`, None for none."""
        if name.startswith(_LAYER):
            return _digest(name)
        entry = self._entries.get(name)
        return None if entry is None else _digest(entry.chain_id)

    def size(self, name: str) -> int | None:
        """The recorded size of the snapshot `name` alone in bytes; None if it was not measured."""
        entry = self._entries.get(name)
        return None if entry is None else entry.size

    def parent(self, name: str) -> str | None:
        """The name of the snapshot below the snapshot `name`, None for none."""
        entry = self._entries.get(name)
        if entry is not None and entry.committed is not None:
            entry = self._entries.get(entry.committed)
        return None if entry is None else entry.parent or None

    def records(self) -> Iterator[SnapshotRecord]:
        """Every snapshot with a directory of its own, sorted by the name of the directory."""
        names = self._names()
        for directory in self._directories():
            if _DIRECTORY.fullmatch(directory):
                yield self._record(directory, names.get(directory))

    def findings(self) -> Iterator[Finding]:
        """Findings (B2 to B4) about contradictions between the buckets."""
        names = self._names()
        for name, entry in self._entries.items():
            if entry.committed is not None and entry.committed not in self._entries:
                reason = f"is committed from {entry.committed!r}, which is missing"
                yield self._finding("B3", name, reason, "builds on it fail until it is pruned")
            if entry.is_committed and name not in names:
                reason = "is marked as committed, but nothing is committed from it"
                yield self._finding("B3", name, reason, "no prune frees its directory")
            if entry.chain_id is not None and not is_digest(entry.chain_id):
                reason = f"has the chain ID {entry.chain_id!r}, which is not a digest"
                yield self._finding("B4", name, reason, "builds on it fail until it is pruned")
        for directory in self._directories():
            if not _DIRECTORY.fullmatch(directory):
                yield self._finding("B2", directory, "names no directory", "it is not indexed")

    def _names(self) -> dict[str, str]:
        """Map each directory to the name under which it was committed."""
        pairs = ((entry.committed, name) for name, entry in self._entries.items())
        return {directory: name for directory, name in pairs if directory is not None}

    def _directories(self) -> list[str]:
        entries = self._entries.items()
        # `Prepare` writes the key `parent` even if it is empty, together with the directory.
        made = {name for name, entry in entries if entry.parent is not None or entry.is_committed}
        return sorted(made.union(self._names()))

    def _record(self, directory: str, name: str | None) -> SnapshotRecord:
        nothing = _Entry(None, None, is_committed=False, chain_id=None, size=None)
        own = self._entries.get(directory, nothing)
        committed = nothing if name is None else self._entries[name]
        return SnapshotRecord(
            directory,
            name,
            own.parent or None,
            _digest(committed.chain_id),
            own.size if committed.size is None else committed.size,
        )

    def _finding(self, rule: str, name: str, reason: str, loss: str) -> Finding:
        message = f"{self._path} has a snapshot {name!r} that {reason}; {loss}."
        return Finding(rule, _KIND, name, self._path, message)


def stored_text(data: bytes) -> str:
    """Text from a BuildKit database; bytes that are not UTF-8 become `\\xNN`."""
    return storable(data.decode("utf-8", "backslashreplace"))


def _entry(bucket: Bucket) -> _Entry:
    parent, committed, chain_id, size = (
        bucket.get(key) for key in (b"parent", b"committed", b"chainid", b"size")
    )
    return _Entry(
        None if parent is None else stored_text(parent),
        stored_text(committed) if committed else None,
        bucket.get(b"iscommitted") is not None,
        stored_text(chain_id) if chain_id else None,
        plausible_size(int(size)) if size is not None and _SIZE.fullmatch(size) else None,
    )


def _digest(value: str | None) -> str | None:
    return value if value is not None and is_digest(value) else None

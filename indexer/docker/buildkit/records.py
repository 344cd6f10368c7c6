"""Builds the cache records as `docker builder du` and `docker system df -v` show them.

Source: BuildKit `cache/manager.go`, `cache/refs.go`; moby `builder/builder-next/imagerefchecker`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.buildkit.loading import is_mutable, listed, load
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.buildkit.loading import Loading, SnapshotNames
    from indexer.docker.buildkit.metadata import Metadata

_KIND: Final = "build record"
_REGULAR: Final = "regular"


class BuildRecord(NamedTuple):
    """A record of the build cache.

    `type` is regular, source.local, source.git.checkout, exec.cachemount, internal or frontend.
    `size` is the size of this record alone in bytes. It is None until the engine measures it, which
    it does the first time that a user asks; for a record with a `chain_id`, it then uses the size
    of that layer. `last_used_at` is None if no build used the record. `parents` are record IDs,
    lowest first. `listed` is True if the engine lists the record while no build runs: it hides one
    of two records with the same files, and drops some records at its start. `snapshot` is the name
    of the snapshot with the files, and `directory` is its directory; None if the files belong to
    the image layer `chain_id`.
    """

    record_id: str
    type: str
    description: str | None
    created_at: str | None
    last_used_at: str | None
    usage_count: int
    size: int | None
    parents: tuple[str, ...]
    mutable: bool
    listed: bool
    snapshot: str
    directory: str | None
    chain_id: str | None
    diff_id: str | None
    blob_digest: str | None


class BuildRecords(NamedTuple):
    """The records of a build cache, sorted by ID, and findings (B6) about them."""

    records: tuple[BuildRecord, ...]
    findings: tuple[Finding, ...]


def build_records(
    entries: Mapping[str, Metadata],
    snapshots: SnapshotNames,
    path: str,
    blob_sizes: Mapping[str, int] | None = None,
) -> BuildRecords:
    """Build the records from `entries` (by ID) and `snapshots`; `path` is the file of `entries`.

    `blob_sizes` maps the digest of each packed layer on the disk to its size in bytes. Give it with
    the containerd store only, where the engine adds the blobs to the size of a record.
    """
    loading = load(entries, snapshots)
    shown = listed(entries, loading.loaded)
    finished = {entries[key].twin: entries[key] for key in sorted(loading.loaded)}
    records = [
        _record(
            _on_files(entries, key, loading), finished.get(key), snapshots, blob_sizes
        )._replace(mutable=is_mutable(entries[key], loading.loaded), listed=key in shown)
        for key in sorted(entries)
    ]
    return BuildRecords(tuple(records), tuple(_findings(entries, loading, path)))


def _on_files(entries: Mapping[str, Metadata], key: str, loading: Loading) -> Metadata:
    """The record with the snapshot of its files, which belongs to its twin while there is one."""
    entry = entries[key]
    if entry.twin is None or entry.twin not in loading.loaded:
        return entry
    return entry._replace(snapshot=entries[entry.twin].snapshot)


def _record(
    entry: Metadata,
    finished: Metadata | None,
    snapshots: SnapshotNames,
    blob_sizes: Mapping[str, int] | None,
) -> BuildRecord:
    return BuildRecord(
        record_id=entry.record_id,
        type=entry.type or _REGULAR,
        description=entry.description,
        created_at=entry.created_at,
        last_used_at=entry.last_used_at,
        usage_count=entry.usage_count,
        size=_size(entry, finished, snapshots, blob_sizes),
        parents=entry.parents,
        mutable=False,
        listed=False,
        snapshot=entry.snapshot,
        directory=snapshots.directory(entry.snapshot),
        chain_id=snapshots.chain_id(entry.record_id) or snapshots.chain_id(entry.snapshot),
        diff_id=entry.diff_id,
        blob_digest=entry.blob_digest,
    )


def _size(
    entry: Metadata,
    finished: Metadata | None,
    snapshots: SnapshotNames,
    blob_sizes: Mapping[str, int] | None,
) -> int | None:
    """The size that the engine recorded (BuildKit `cacheRecord.size`), None if it did not.

    Of a record and its twin, only one has the size.
    """
    if entry.size is not None:
        return entry.size
    if finished is not None and finished.size is not None:
        return finished.size
    # With containerd, a record can be unpacked, packed as a blob, or both; the engine counts both.
    if blob_sizes is not None:
        unpacked = 0 if entry.blob_only else snapshots.size(entry.snapshot)
        packed = blob_sizes.get(entry.blob_digest or "", 0)
        return None if unpacked is None else unpacked + packed
    if entry.blob_only:
        return 0 if entry.blob_digest is None else None
    return snapshots.size(entry.snapshot)


def _findings(entries: Mapping[str, Metadata], loading: Loading, path: str) -> Iterator[Finding]:
    for key, entry in sorted(entries.items()):
        lost = [parent for parent in entry.parents if parent not in entries]
        if lost:
            reason = f"has the parent {lost[0]!r}, which is missing"
        elif key in loading.circular:
            reason = "depends on itself through its parents"
        else:
            continue
        message = f"{path} has a cache record {key!r} that {reason}; the engine drops it."
        yield Finding("B6", _KIND, key, path, message)

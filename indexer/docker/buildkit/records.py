"""BuildKit's cache records as `docker builder du` and `docker system df -v` show them.

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

    `type` is the engine's word: regular, source.local, source.git.checkout, exec.cachemount,
    internal or frontend. `size` is in bytes of this record alone: None where the engine has not
    measured it, as it does when it is asked for the first time; where there is a `chain_id` it then
    takes the size of that layer. `last_used_at` is None where it never was used. `parents` are
    record IDs, lowest first. `listed` says whether the engine shows the record while no build runs:
    it leaves out one of two records with the same files, and what it drops when it starts.
    `snapshot` names the snapshot with the files and `directory` its directory of the graph driver,
    None where the files are those of the image layer `chain_id`.
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
    """The records of a build cache in order of their IDs, and what is wrong with them."""

    records: tuple[BuildRecord, ...]
    findings: tuple[Finding, ...]


def build_records(
    entries: Mapping[str, Metadata],
    snapshots: SnapshotNames,
    path: str,
    blob_sizes: Mapping[str, int] | None = None,
) -> BuildRecords:
    """The records of `entries` (by ID) on `snapshots`; `path` is the file they come from.

    `blob_sizes` has the size in bytes of each packed layer that is there, by its digest, where the
    engine counts these as well: with the containerd store.
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
    """The record with the snapshot that has its files: its twin's while there is one."""
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
    """The size that the engine has noted (`cacheRecord.size`); a pair keeps it with one of both."""
    if entry.size is not None:
        return entry.size
    if finished is not None and finished.size is not None:
        return finished.size
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
            reason = f"is on {lost[0]!r}, which is not there"
        elif key in loading.circular:
            reason = "is on records that are below themselves"
        else:
            continue
        message = f"{path} has a cache record {key!r} that {reason}; the engine drops it."
        yield Finding("B6", _KIND, key, path, message)

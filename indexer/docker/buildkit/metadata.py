"""Reads the cache records of BuildKit: `metadata_v2.db`, and `metadata.db` before 20.10.

Source: BuildKit `cache/metadata/metadata.go` and `cache/metadata.go`. `_main/<record ID>/<key>`
holds a JSON object with the value. An empty value means that it was unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from indexer.docker.buildkit.snapshots import stored_text
from indexer.docker.encodings import gojson
from indexer.docker.encodings.digests import is_digest
from indexer.docker.encodings.gojson import JsonError
from indexer.docker.encodings.sizes import plausible_size
from indexer.docker.encodings.times import utc_from_ns
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from indexer.docker.buildkit.snapshots import Snapshots
    from indexer.docker.encodings.bolt import Bucket

_KIND: Final = "build record"
_RECORDS: Final = b"_main"

Value = TypeVar("Value")


class Metadata(NamedTuple):
    """The values of one cache record; None, 0 or False if a value was never set.

    `snapshot` is the name of its snapshot. `twin` is the mutable record that owns the files until
    this record is finalized (`equalMutable`). `combined` marks a merge or diff of its parents.
    `blob_only` marks a record that was not unpacked. `size` is in bytes; times are UTC text.
    """

    record_id: str
    type: str | None
    description: str | None
    created_at: str | None
    last_used_at: str | None
    usage_count: int
    size: int | None
    parents: tuple[str, ...]
    snapshot: str
    twin: str | None
    committed: bool
    combined: bool
    deleted: bool
    blob_only: bool
    blob_digest: str | None
    diff_id: str | None


class MetadataFile:
    """The records of a metadata database by ID, and findings (B7) about their values."""

    __slots__ = ("_path", "entries", "findings")

    def __init__(self, path: str) -> None:
        """Use `path`, relative to the Docker root, in findings."""
        self._path = path
        self.entries: dict[str, Metadata] = {}
        self.findings: list[Finding] = []

    def read(self, root: Bucket) -> None:
        """Collect the records. Raises `BoltError`; records before the damage are kept."""
        records = root.bucket(_RECORDS)
        for key, bucket in () if records is None else records.buckets():
            record_id = stored_text(key)
            values = _Values(bucket)
            self.entries[record_id] = _metadata(record_id, values)
            self.findings += self._findings(record_id, values.wrong)

    def _findings(self, record_id: str, wrong: list[str]) -> Iterator[Finding]:
        for reason in wrong:
            message = (
                f"{self._path} has a cache record {record_id!r} whose {reason}; the value is "
                "ignored."
            )
            yield Finding("B7", _KIND, record_id, self._path, message)


def migrated(entries: dict[str, Metadata], snapshots: Snapshots) -> dict[str, Metadata]:
    """Records of `metadata.db` as the engine converts them (BuildKit `MigrateV2`).

    The old format has no parents and no states; the engine takes them from the snapshots.
    """
    found = {key: _migrated(entry, snapshots) for key, entry in entries.items()}
    return {
        key: entry if entry.twin not in found else _as_twin(entry, found[entry.twin])
        for key, entry in found.items()
    }


def _migrated(entry: Metadata, snapshots: Snapshots) -> Metadata:
    if entry.twin is not None:
        return entry
    parent = snapshots.parent(entry.record_id)
    return entry._replace(
        parents=() if parent is None else (parent,),
        committed=not snapshots.is_active(entry.record_id),
        deleted=entry.deleted or not snapshots.exists(entry.record_id),
    )


def _as_twin(entry: Metadata, twin: Metadata) -> Metadata:
    return entry._replace(parents=twin.parents, committed=True)


class _Values:
    """Decodes the values of one record; `wrong` collects the values that do not decode."""

    __slots__ = ("_bucket", "wrong")

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.wrong: list[str] = []

    def text(self, key: str) -> str | None:
        return self._value(key, gojson.text)

    def texts(self, key: str) -> tuple[str, ...]:
        return self._value(key, gojson.texts) or ()

    def count(self, key: str) -> int | None:
        return self._value(key, gojson.integer)

    def flag(self, key: str) -> bool:
        return self._value(key, gojson.boolean) or False

    def digest(self, key: str) -> str | None:
        found = self.text(key)
        if found is None or is_digest(found):
            return found
        self.wrong.append(f"{key} is {found!r}, which is not a digest")
        return None

    def _value(self, key: str, decode: Callable[[gojson.Object, str], Value]) -> Value | None:
        data = self._bucket.get(key.encode())
        if not data:
            return None
        try:
            return decode(gojson.decode_object(data), "value")
        except JsonError as error:
            self.wrong.append(f"{key} {error}")
            return None


def _metadata(record_id: str, values: _Values) -> Metadata:
    parents, combined = _parents(values)
    created = values.count("cache.createdAt")
    usage, used = values.count("cache.usageCount"), values.count("cache.lastUsedAt")
    size = values.count("snapshot.size")
    return Metadata(
        record_id=record_id,
        type=values.text("cache.recordType"),
        description=values.text("cache.description"),
        created_at=None if created is None else utc_from_ns(created),
        # Without a count, the engine ignores the time (BuildKit `getLastUsed`).
        last_used_at=None if usage is None or not used else utc_from_ns(used),
        usage_count=usage or 0,
        size=None if size is None else plausible_size(size),
        parents=parents,
        snapshot=values.text("cache.snapshot") or record_id,
        twin=values.text("cache.equalMutable"),
        committed=values.flag("snapshot.committed"),
        combined=combined,
        deleted=values.flag("cache.deleted"),
        blob_only=values.flag("cache.blobonly"),
        blob_digest=values.digest("cache.blob"),
        diff_id=values.digest("cache.diffID"),
    )


def _parents(values: _Values) -> tuple[tuple[str, ...], bool]:
    """The parents of the record (BuildKit `parentsOf`), and whether it is a merge or diff."""
    parent = values.text("cache.parent")
    if parent is not None:
        return (parent,), False
    merged = values.texts("cache.mergeParents")
    ends = (values.text("cache.lowerDiffParent"), values.text("cache.upperDiffParent"))
    found = (*merged, *(end for end in ends if end is not None))
    return found, bool(found)

"""`image/<driver>/distribution`: which registry blob is which layer (moby `distribution/metadata`).

The engine uses these notes to avoid transfers. It ignores a note that it cannot read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from indexer.docker.encodings import gojson
from indexer.docker.encodings.digests import is_digest, is_hex64
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import (
    Previous,
    Scan,
    ScanBuilder,
    Tick,
    not_listed,
    temporary,
    unreadable,
)
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from indexer.docker.files.folder import Folder, StampedEntry

_LIMIT: Final = 1 << 20
_KIND: Final = "blob"
_MOST_BLOBS: Final = 50

Record = TypeVar("Record")


class BlobDiffID(NamedTuple):
    """`diffid-by-digest`: the compressed blob `blob_digest` unpacks to the layer `diff_id`."""

    blob_digest: str
    diff_id: str


class BlobSource(NamedTuple):
    """A repository that has a blob, because it was pulled from there or pushed there.

    `repository` is the full name, None if it is not noted. `pushed` is True if the note comes from
    a push: it then carries an HMAC of the credentials (moby `v2_metadata_service.go`).
    """

    blob_digest: str
    repository: str | None
    pushed: bool


class DiffIDBlobs(NamedTuple):
    """`v2metadata-by-diffid`: the blobs that unpack to the layer `diff_id`, oldest first."""

    diff_id: str
    sources: tuple[BlobSource, ...]


def scan_diff_ids(store: Folder, previous: Previous, tick: Tick) -> Scan[BlobDiffID]:
    """The layer that each blob unpacks to, by blob digest."""
    return _scan(store, "diffid-by-digest", _read_diff_id, previous, tick)


def scan_blobs(store: Folder, previous: Previous, tick: Tick) -> Scan[DiffIDBlobs]:
    """The blobs that each layer is packed as, by diff ID."""
    return _scan(store, "v2metadata-by-diffid", _read_blobs, previous, tick)


Report: TypeAlias = "Callable[[str, str], None]"
"""Reports a usable file that breaks a rule: takes the rule ID and the reason."""


class _ContentError(Exception):
    """The file does not hold what it should; the message says why."""


def _scan(
    store: Folder,
    namespace: str,
    read: Callable[[str, bytes, Report], Record],
    previous: Previous,
    tick: Tick,
) -> Scan[Record]:
    builder = ScanBuilder[Record](previous, tick)
    try:
        with store.descend("distribution", namespace) as folder:
            for algorithm in folder.names():
                _scan_algorithm(folder, algorithm.name, read, builder, tick)
    except GoneError:
        return Scan(exists=False)
    except UnreadableError as error:
        return not_listed(store.join(f"distribution/{namespace}"), _KIND, error)
    return builder.finish()


def _scan_algorithm(
    namespace: Folder,
    algorithm: str,
    read: Callable[[str, bytes, Report], Record],
    builder: ScanBuilder[Record],
    tick: Tick,
) -> None:
    try:
        with namespace.folder(algorithm) as folder:
            prefix = f"{algorithm}:"
            same, other = folder.compare(builder.previous_below(prefix))
            builder.keep([f"{prefix}{name}" for name in same])
            for entry in sorted(other):
                tick(1)
                if (left_over := temporary(folder, entry.name, _KIND)) is not None:
                    builder.report(left_over)
                    continue
                _scan_file(folder, entry, f"{prefix}{entry.name}", read, builder)
    except GoneError:
        return
    except UnreadableError as error:
        builder.report(unreadable(namespace, algorithm, _KIND, error))


def _scan_file(
    folder: Folder,
    entry: StampedEntry,
    digest: str,
    read: Callable[[str, bytes, Report], Record],
    builder: ScanBuilder[Record],
) -> None:
    path = folder.join(entry.name)
    findings: list[Finding] = []

    def report(rule: str, reason: str) -> None:
        findings.append(Finding(rule, _KIND, digest, path, f"{path} {reason}."))

    try:
        if not is_digest(digest):
            raise _ContentError("is not named by a digest")
        record = read(digest, folder.read_found(entry, _LIMIT), report)
    except GoneError:
        return
    except UnreadableError as error:
        builder.report(unreadable(folder, entry.name, _KIND, error)._replace(object_id=digest))
        return
    except (_ContentError, gojson.JsonError) as error:
        message = f"{path} {error}; the engine ignores it and may transfer the layer again."
        builder.report(Finding("D1", _KIND, digest, path, message))
        return
    builder.add(digest, entry.fingerprint, record, findings)


def _read_diff_id(blob_digest: str, data: bytes, _: Report) -> BlobDiffID:
    diff_id = data.decode("utf-8", "replace").strip()
    if not is_digest(diff_id):
        raise _ContentError(f"holds {diff_id[:100]!r}, which is not a digest")
    return BlobDiffID(blob_digest, diff_id)


def _read_blobs(diff_id: str, data: bytes, report: Report) -> DiffIDBlobs:
    sources: dict[tuple[str, str | None], BlobSource] = {}
    entries = gojson.decode_array(data)
    if len(entries) > _MOST_BLOBS:
        report("D3", f"lists {len(entries)} blobs; the engine keeps {_MOST_BLOBS} at most")
    for entry in entries:
        if not isinstance(entry, dict):
            raise _ContentError("holds an entry that is not an object")
        blob_digest = gojson.text(entry, "Digest")
        if blob_digest is None or not is_digest(blob_digest):
            raise _ContentError("holds an entry without a valid Digest")
        repository = gojson.text(entry, "SourceRepository")
        hmac = gojson.text(entry, "HMAC")
        if hmac is not None and not is_hex64(hmac):
            report(
                "D5", "has an HMAC that is not 64 hex digits; a push may transfer the layer again"
            )
        pushed = hmac is not None
        # A pull after a push adds an entry without HMAC; the push still took place.
        earlier = sources.get((blob_digest, repository))
        pushed = pushed or (earlier is not None and earlier.pushed)
        sources[blob_digest, repository] = BlobSource(blob_digest, repository, pushed)
    return DiffIDBlobs(diff_id, tuple(sources.values()))

"""Reads `io.containerd.content.v1.content`: blobs, named by digest, and unfinished downloads.

Source: containerd `plugins/content/local/{store,writer}.go`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.boltutil import moment
from indexer.docker.encodings.digests import is_digest
from indexer.docker.encodings.gojson import storable
from indexer.docker.encodings.times import utc_of_file
from indexer.docker.files.entries import NO_FILE
from indexer.docker.files.folder import GoneError, UnreadableError, printable
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.files.folder import Fingerprint, Folder, StampedEntry

FOLDER: Final = "io.containerd.content.v1.content"
_KIND: Final = "blob"
BLOBS: Final = "blobs"
_INGEST: Final = "ingest"
# Docker writes sha256; containerd from 2.3.0 on also stores images with sha512.
_ALGORITHMS: Final = ("sha256", "sha384", "sha512")
# Documents usually have a few kB. The limit keeps a damaged root from filling the memory.
_BLOB_LIMIT: Final = 16 << 20
_TEXT_LIMIT: Final = 4096


class BlobFile(NamedTuple):
    """The file of a blob. `modified_at` is its mtime as UTC text, None beyond the year 9999."""

    digest: str
    size_bytes: int
    fingerprint: Fingerprint
    modified_at: str | None


class Ingest(NamedTuple):
    """A download that is in progress or was interrupted.

    `name` is its folder. `ref` is `<namespace>/<number>/<reference>`. `size_bytes` is what has
    arrived so far. Times are UTC text. Each is None if its file is missing or unreadable.
    """

    name: str
    ref: str | None
    started_at: str | None
    updated_at: str | None
    size_bytes: int | None


class BlobListing(NamedTuple):
    """The blob files by digest; `listed` is False if some of them could not be listed."""

    files: Mapping[str, BlobFile]
    listed: bool
    findings: tuple[Finding, ...]


class WrongBytesError(Exception):
    """The digest of a blob differs from its name; the message follows the path of the blob."""


def blob_path(root: Folder, digest: str) -> str:
    """The path of the blob `digest` of the containerd root `root`, for messages."""
    return root.join(f"{FOLDER}/{BLOBS}/{digest.replace(':', '/', 1)}")


def list_blobs(root: Folder) -> BlobListing:
    """List every blob file in the containerd root `root`. Raises nothing: faults are findings."""
    files: dict[str, BlobFile] = {}
    findings: list[Finding] = []
    listed = True
    for algorithm in _ALGORITHMS:
        try:
            entries = _blob_entries(root, algorithm)
        except GoneError:
            continue
        except UnreadableError as error:
            path = root.join(f"{FOLDER}/{BLOBS}/{algorithm}")
            message = f"{path} {error}; the blobs in it are unknown."
            findings.append(Finding(error.rule, _KIND, None, path, message))
            listed = False
            continue
        for entry in entries:
            digest = f"{algorithm}:{entry.name}"
            if not is_digest(digest):
                continue
            if entry.kind != "file":
                path = blob_path(root, digest)
                message = f"{path} {NO_FILE[entry.kind]}; the blob counts as missing."
                findings.append(Finding("S1", _KIND, digest, path, message))
                continue
            modified_at = utc_of_file(entry.modified_ns)
            files[digest] = BlobFile(digest, entry.size, entry.fingerprint, modified_at)
    return BlobListing(files, listed, tuple(findings))


def blob_names(root: Folder) -> frozenset[str]:
    """The digests of the blob files in the containerd root `root`, from their names alone."""
    found: set[str] = set()
    for algorithm in _ALGORITHMS:
        try:
            with root.descend(FOLDER, BLOBS, algorithm) as folder:
                found.update(f"{algorithm}:{name}" for name in folder.kinds())
        except (GoneError, UnreadableError):
            continue
    return frozenset(found)


def read_blob(root: Folder, digest: str) -> bytes:
    """Read the index, manifest or config `digest` and verify its bytes.

    Raises `GoneError` if it is missing, `UnreadableError` if it cannot be read or is longer than
    16 MiB, and `WrongBytesError` if its bytes have another digest.
    """
    algorithm, _, name = digest.partition(":")
    with root.descend(FOLDER, BLOBS, algorithm) as folder:
        data = folder.read(name, _BLOB_LIMIT)
    actual = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    if actual != digest:
        raise WrongBytesError(f"has the digest {actual}")
    return data


def read_ingests(root: Folder) -> tuple[Ingest, ...]:
    """The unfinished downloads in the containerd root `root`; empty if they cannot be listed."""
    try:
        with root.descend(FOLDER, _INGEST) as folder:
            names = [entry.name for entry in folder.names() if entry.kind == "folder"]
            return tuple(it for name in names if (it := _ingest(folder, name)) is not None)
    except (GoneError, UnreadableError):
        return ()


def fingerprints(root: Folder) -> Iterator[tuple[str, Fingerprint]]:
    """The fingerprints of each blob, each download folder and its file `data`, by path."""
    for digest, blob in list_blobs(root).files.items():
        yield digest, blob.fingerprint
    try:
        with root.descend(FOLDER, _INGEST) as folder:
            _, entries = folder.compare({})
            for entry in entries:
                yield f"{_INGEST}/{entry.name}", entry.fingerprint
                yield from _data_fingerprint(folder, entry)
    except (GoneError, UnreadableError):
        return


def _data_fingerprint(folder: Folder, entry: StampedEntry) -> Iterator[tuple[str, Fingerprint]]:
    try:
        with folder.folder(entry.name) as ingest:
            yield f"{_INGEST}/{entry.name}/data", ingest.fingerprint("data")
    except (GoneError, UnreadableError):
        return


def _blob_entries(root: Folder, algorithm: str) -> list[StampedEntry]:
    with root.descend(FOLDER, BLOBS, algorithm) as folder:
        _, entries = folder.compare({})
    return entries


def _ingest(folder: Folder, name: str) -> Ingest | None:
    try:
        with folder.folder(name) as ingest:
            return Ingest(
                name=printable(name),
                ref=_text(ingest, "ref"),
                started_at=moment(_text(ingest, "startedat")),
                updated_at=moment(_text(ingest, "updatedat")),
                size_bytes=_size(ingest, "data"),
            )
    except (GoneError, UnreadableError):
        return None


def _text(ingest: Folder, name: str) -> str | None:
    try:
        return storable(ingest.read(name, _TEXT_LIMIT).decode("utf-8", "replace")) or None
    except (GoneError, UnreadableError):
        return None


def _size(ingest: Folder, name: str) -> int | None:
    try:
        return ingest.size(name)
    except (GoneError, UnreadableError):
        return None

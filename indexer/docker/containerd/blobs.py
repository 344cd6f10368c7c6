"""The blobs of Docker's namespace: their records, and whether their files exist.

Source: containerd `core/metadata/content.go`, `pkg/labels`, `core/remotes/docker/handler.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.content import blob_path
from indexer.docker.encodings.digests import is_digest
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.content import BlobFile, BlobListing
    from indexer.docker.containerd.images import Documents
    from indexer.docker.containerd.metadata import ContentBucket, Metadata
    from indexer.docker.containerd.references import Part, References
    from indexer.docker.files.folder import Folder

_KIND: Final = "blob"
_UNCOMPRESSED: Final = "containerd.io/uncompressed"
_SOURCE: Final = "containerd.io/distribution.source."


class StoreBlob(NamedTuple):
    """A blob of Docker's namespace.

    `size_bytes` is the recorded size; `is_present` means that a file of this size exists. `diff_id`
    is the diff ID of a layer that was unpacked, else None. `sources` are the full names of the
    repositories that it was pulled from or pushed to. `media_type` comes from a descriptor that
    points to the blob, None if there is none. `created_at` is UTC text. `is_kept` means that
    another namespace has the blob too, or that a label protects it. `references` are the parts
    that its labels protect.
    """

    digest: str
    size_bytes: int | None
    is_present: bool
    created_at: str | None
    diff_id: str | None
    sources: tuple[str, ...]
    media_type: str | None
    is_kept: bool
    references: tuple[Part, ...]


class Present(NamedTuple):
    """The blob files that have the recorded size, by digest, and findings about the others."""

    files: Mapping[str, BlobFile]
    findings: tuple[Finding, ...]


def present_blobs(root: Folder, metadata: Metadata, listing: BlobListing) -> Present:
    """Compare the blobs of the namespace with the files; K3 for a file of another length."""
    files: dict[str, BlobFile] = {}
    findings: list[Finding] = []
    for bucket in metadata.content:
        file = listing.files.get(bucket.digest)
        if file is None:
            continue
        if bucket.size_bytes is None or bucket.size_bytes == file.size_bytes:
            files[bucket.digest] = file
            continue
        path = blob_path(root, bucket.digest)
        message = (
            f"{path} is {file.size_bytes} bytes long instead of {bucket.size_bytes}; images with "
            "it cannot be used until they are removed and pulled or built again."
        )
        findings.append(Finding("K3", _KIND, bucket.digest, path, message))
    return Present(files, tuple(findings))


def store_blobs(
    metadata: Metadata,
    documents: Documents,
    present: Present,
    references: References,
) -> Iterator[StoreBlob]:
    """Each blob of the namespace, sorted by digest, with its references from labels."""
    media_types = _media_types(metadata, documents)
    for bucket in metadata.content:
        diff_id = bucket.labels.get(_UNCOMPRESSED)
        yield StoreBlob(
            digest=bucket.digest,
            size_bytes=bucket.size_bytes,
            is_present=bucket.digest in present.files,
            created_at=bucket.created_at,
            diff_id=diff_id if diff_id is not None and is_digest(diff_id) else None,
            sources=tuple(_sources(bucket)),
            media_type=media_types.get(bucket.digest),
            is_kept=bucket.digest in metadata.other_digests
            or ("content", bucket.digest) in references.kept,
            references=references.targets.get(("content", bucket.digest), ()),
        )


def unknown_blobs(
    metadata: Metadata, listing: BlobListing, before: frozenset[str]
) -> Iterator[BlobFile]:
    """Blob files that no namespace knows.

    A pull creates the file before the record, so only files that existed `before` meta.db was read
    count.
    """
    known = {bucket.digest for bucket in metadata.content} | metadata.other_digests
    for digest in sorted(before - known):
        if digest in listing.files:
            yield listing.files[digest]


def _sources(bucket: ContentBucket) -> Iterator[str]:
    for label, value in sorted(bucket.labels.items()):
        if label.startswith(_SOURCE):
            host = label.removeprefix(_SOURCE)
            yield from (f"{host}/{it}" for it in dict.fromkeys(value.split(",")) if it)


def _media_types(metadata: Metadata, documents: Documents) -> dict[str, str]:
    """The media type of each blob, from the descriptors that point to it.

    Descriptors can differ. The one nearest to an image name wins, as the engine starts there.
    """
    manifests, indexes = documents.manifests.values(), documents.indexes.values()
    found: dict[str, str] = {}
    for manifest in manifests:
        pointed = (*manifest.layers, *((manifest.config,) if manifest.config else ()))
        found.update((it.digest, it.media_type) for it in pointed if it.media_type)
    for index in indexes:
        found.update((it.digest, it.media_type) for it in index.entries if it.media_type)
    found.update((it.digest, it.media_type) for it in manifests if it.media_type)
    found.update((it.digest, it.media_type) for it in indexes if it.media_type)
    found.update((it.target, it.media_type) for it in metadata.images if it.media_type)
    return found

"""The blobs of Docker's namespace: what is noted of them, and whether they are there.

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

    `size_bytes` is as noted, `is_present` says that a file of that size is there. `diff_id` is that
    of the layer in it, `sources` are full repository names it came from or went to, `media_type`
    is what points at it says. `created_at` is UTC text. `is_kept` says that
    another namespace has it too, or that it stays as a label says. `references` are what labels say
    that it keeps: kind, `content` or `snapshot`, and digest or key.
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
    """The files of the blobs that are there with the size noted, and what is wrong with others."""

    files: Mapping[str, BlobFile]
    findings: tuple[Finding, ...]


def present_blobs(root: Folder, metadata: Metadata, listing: BlobListing) -> Present:
    """Which blobs of the namespace are there; K3 for those that are not of the size noted."""
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
    """Each blob of the namespace, in order of the digests; `references` are those of labels."""
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
            or ("content", bucket.digest) in references.held,
            references=references.below.get(("content", bucket.digest), ()),
        )


def unknown_blobs(
    metadata: Metadata, listing: BlobListing, before: frozenset[str]
) -> Iterator[BlobFile]:
    """The files that no namespace knows, of those that were there `before` it was read."""
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
    """What points at a blob says of it; the nearer to an image name, the more it counts."""
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

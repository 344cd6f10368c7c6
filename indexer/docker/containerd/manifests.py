"""Decodes indexes and manifests: the JSON blobs that describe an image.

Source: OCI image-spec `image-index.md` and `manifest.md`; the Docker media types have the same
form. Annotations mark the attestations of BuildKit (BuildKit `docs/attestations`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.encodings.digests import is_digest
from indexer.docker.encodings.gojson import JsonError
from indexer.docker.encodings.sizes import plausible_size

INDEX_TYPES: Final = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
MANIFEST_TYPES: Final = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
CONFIG_TYPES: Final = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
"""Media types of image configs; any other config belongs to an artifact."""

NOT_DISTRIBUTED: Final = frozenset(
    {
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    }
)
"""Media types of layers that the engine neither pushes nor saves, so that they may be missing."""

_REFERENCE_TYPE: Final = "vnd.docker.reference.type"
_ATTESTATION: Final = "attestation-manifest"


class Descriptor(NamedTuple):
    """A reference to a blob (OCI image-spec `descriptor.md`).

    `size_bytes` is None if the field is missing or not a plausible size.
    """

    media_type: str | None
    digest: str
    size_bytes: int | None


class Platform(NamedTuple):
    """The platform that an image runs on; a field is None if the index or config omits it."""

    os: str | None
    architecture: str | None
    variant: str | None
    os_version: str | None


class IndexEntry(NamedTuple):
    """One entry of an index: a descriptor, its platform, and whether it is an attestation."""

    media_type: str | None
    digest: str
    size_bytes: int | None
    platform: Platform | None
    is_attestation: bool


class Index(NamedTuple):
    """An image index or manifest list; `size_bytes` is the length of the document itself."""

    digest: str
    media_type: str | None
    size_bytes: int
    entries: tuple[IndexEntry, ...]


class Manifest(NamedTuple):
    """A manifest with its layers, bottom first; `size_bytes` is the length of the document."""

    digest: str
    media_type: str | None
    size_bytes: int
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    artifact_type: str | None


def decode(digest: str, media_type: str | None, data: bytes) -> Index | Manifest:
    """Decode the index or manifest `data` with the given `digest`.

    `media_type` comes from the descriptor that points to it. If neither this nor the media type in
    the document is known, a document with `manifests` is an index. Raises `JsonError`.
    """
    source = gojson.decode_object(data)
    own = gojson.text(source, "mediaType")
    for known in (media_type, own):
        if known in INDEX_TYPES:
            return _index(digest, own or media_type, source, len(data))
        if known in MANIFEST_TYPES:
            return _manifest(digest, own or media_type, source, len(data))
    if gojson.get(source, "manifests") is not None:
        return _index(digest, own or media_type, source, len(data))
    return _manifest(digest, own or media_type, source, len(data))


def _index(digest: str, media_type: str | None, source: gojson.Object, size: int) -> Index:
    entries = tuple(_entry(_object(it, "manifests")) for it in gojson.array(source, "manifests"))
    return Index(digest, media_type, size, entries)


def _manifest(digest: str, media_type: str | None, source: gojson.Object, size: int) -> Manifest:
    config = None if gojson.get(source, "config") is None else gojson.table(source, "config")
    return Manifest(
        digest=digest,
        media_type=media_type,
        size_bytes=size,
        config=_descriptor(config) if config else None,
        layers=tuple(_descriptor(_object(it, "layers")) for it in gojson.array(source, "layers")),
        artifact_type=gojson.text(source, "artifactType"),
    )


def _entry(source: gojson.Object) -> IndexEntry:
    annotations = dict(gojson.text_table(source, "annotations"))
    return IndexEntry(
        *_descriptor(source),
        platform=_platform(source),
        is_attestation=annotations.get(_REFERENCE_TYPE) == _ATTESTATION,
    )


def _descriptor(source: gojson.Object) -> Descriptor:
    digest = gojson.text(source, "digest")
    if digest is None or not is_digest(digest):
        raise JsonError(f"points at {digest!r}, which is not a digest")
    size = gojson.integer(source, "size")
    return Descriptor(
        gojson.text(source, "mediaType"), digest, None if size is None else plausible_size(size)
    )


def _platform(source: gojson.Object) -> Platform | None:
    if gojson.get(source, "platform") is None:
        return None
    platform = gojson.table(source, "platform")
    return Platform(
        os=gojson.text(platform, "os"),
        architecture=gojson.text(platform, "architecture"),
        variant=gojson.text(platform, "variant"),
        os_version=gojson.text(platform, "os.version"),
    )


def _object(value: object, key: str) -> gojson.Object:
    if not isinstance(value, dict):
        raise JsonError(f"has something in {key!r} that is not an object")
    return value

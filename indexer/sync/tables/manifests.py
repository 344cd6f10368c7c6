"""Writes manifests and indexes as content, and pairs their blobs with diff IDs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.index.rows import add_missing
from indexer.schema.manifests import index_manifests, manifest_layers, manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from indexer.docker.containerd.manifests import Index, Manifest
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row

FROM_MANIFEST: Final = "manifest"
"""The `source` of the rows of `digest_map` that come from a manifest and its config."""


def write_manifests(
    connection: Connection, records: Iterable[Manifest], indexes: Iterable[Index]
) -> None:
    """Write the manifests and indexes that the index lacks. They never change under a digest."""
    listed = sorted(records, key=lambda manifest: manifest.digest)
    add_missing(connection, manifests, [_manifest_row(manifest) for manifest in listed])
    layer_rows = [row for manifest in listed for row in _layer_rows(manifest)]
    add_missing(connection, manifest_layers, layer_rows)
    entries = [row for index in indexes for row in _entry_rows(index)]
    add_missing(connection, index_manifests, entries)


def paired(
    records: Iterable[Manifest], diff_ids: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Yield the blob digest and diff ID of each layer of `records`.

    `diff_ids` are those of the configs. The layers of an image's manifest are in the order of the
    diff IDs in its config (OCI image-spec `manifest.md`). A manifest with another number of layers
    is not that of an image.
    """
    for manifest in records:
        config = manifest.config
        layers = diff_ids.get(config.digest, ()) if config is not None else ()
        if len(layers) == len(manifest.layers):
            for layer, diff_id in zip(manifest.layers, layers, strict=True):
                yield layer.digest, diff_id


def _manifest_row(manifest: Manifest) -> Row:
    config = manifest.config
    return {
        "manifest_digest": manifest.digest,
        "media_type": manifest.media_type,
        "artifact_type": manifest.artifact_type,
        "config_digest": None if config is None else config.digest,
        "config_bytes": None if config is None else config.size_bytes,
        "size_bytes": manifest.size_bytes,
    }


def _layer_rows(manifest: Manifest) -> Iterator[Row]:
    for position, layer in enumerate(manifest.layers, 1):
        yield {
            "manifest_digest": manifest.digest,
            "position": position,
            "blob_digest": layer.digest,
            "media_type": layer.media_type,
            "size_bytes": layer.size_bytes,
        }


def _entry_rows(index: Index) -> Iterator[Row]:
    for position, entry in enumerate(index.entries, 1):
        platform = entry.platform
        yield {
            "index_digest": index.digest,
            "position": position,
            "manifest_digest": entry.digest,
            "media_type": entry.media_type,
            "size_bytes": entry.size_bytes,
            "os": None if platform is None else platform.os,
            "architecture": None if platform is None else platform.architecture,
            "variant": None if platform is None else platform.variant,
            "os_version": None if platform is None else platform.os_version,
            "attestation": int(entry.is_attestation),
        }

"""Writes the rows of the containerd image store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from indexer.docker.encodings.sizes import plausible_size
from indexer.docker.image_store.layerdb_leftovers import Leftover
from indexer.index.rows import replace_rows
from indexer.schema.containerd import (
    blob_references,
    image_manifests,
    store_blobs,
)
from indexer.schema.placement import digest_map, digest_repositories
from indexer.sync.engine.reconcile import Difference, Key, reconcile
from indexer.sync.engine.reconciled_tables import DIGESTS, IMAGES, LAYERS, MOUNTS, TAGS
from indexer.sync.tables.directories import put_directories, write_leftovers
from indexer.sync.tables.images import (
    name_images,
    name_layers,
    write_images,
    write_layers,
    write_repositories,
)
from indexer.sync.tables.manifests import FROM_MANIFEST, paired, write_manifests
from indexer.sync.tables.snapshots import write_leases, write_snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.containerd.images import EngineImage, ImageManifest
    from indexer.docker.containerd.store import Containerd, Snapshot
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import StoreSync

_UNCOMPRESSED: Final = "containerd.io/uncompressed"
_CONTAINER_ID: Final = re.compile(r"[0-9a-f]{64}")
_INIT_SUFFIX: Final = "-init"


def write_containerd_store(sync: StoreSync, containerd: Containerd) -> bool:
    """Make the rows of a snapshotter's store equal to `containerd`.

    Return whether content may have lost its last reference.
    """
    write_layers(sync.connection, containerd.configs, ())
    write_images(sync.connection, containerd.configs, env_values=sync.env_values)
    write_manifests(sync.connection, containerd.manifests, containerd.indexes)
    differences = [
        *_write_names(sync, containerd),
        _write_images(sync, containerd),
        _write_layers(sync, containerd),
        _write_mounts(sync, containerd),
    ]
    rows = list(_manifest_rows(sync, containerd))
    needs_cleanup = replace_rows(sync.connection, image_manifests, sync.scope, rows)
    _write_blobs(sync, containerd)
    _write_digest_map(sync, containerd)
    write_snapshots(sync, containerd.snapshots)
    write_leases(sync, containerd.leases)
    if containerd.directories_listed:
        own = [
            it for it in containerd.directories if it.name not in containerd.foreign_snapshot_ids
        ]
        put_directories(sync, own)
    write_leftovers(sync, tuple(_leftovers(containerd)))
    return needs_cleanup or any(it.needs_cleanup for it in differences)


def _leftovers(containerd: Containerd) -> Iterator[Leftover]:
    for ingest in containerd.ingests:
        at, size = ingest.updated_at or ingest.started_at, ingest.size_bytes
        yield Leftover(f"ingest/{ingest.name}", "ingest", None, None, at, size)
    for blob in containerd.unknown_blobs:
        name = f"blobs/{blob.digest.replace(':', '/')}"
        size = plausible_size(blob.size_bytes)
        yield Leftover(name, "unknown-blob", None, None, blob.modified_at, size)
    for backend in containerd.unknown_snapshots:
        name, at = f"snapshot/{backend.name}", backend.updated_at or backend.created_at
        yield Leftover(name, "unknown-snapshot", None, backend.snapshot_id or None, at, None)


def _write_names(sync: StoreSync, containerd: Containerd) -> Iterator[Difference]:
    chosen = {image.engine_image_id: _chosen_id(image) for image in containerd.images}
    named = [name for name in containerd.names if name.repository is not None]
    write_repositories(sync.connection, (it.repository for it in named if it.repository))
    name_images(sync.connection, chosen.values())
    tags: dict[Key, Row] = {}
    digests: dict[Key, Row] = {}
    for name in named:
        repository = "" if name.repository is None else name.repository.canonical
        target = name.engine_image_id
        image = {
            "repository": repository,
            "engine_image_id": target,
            "image_id": chosen.get(target),
        }
        if name.tag is not None:
            tags[repository, name.tag] = {**image, "tag": name.tag}
        # The engine shows a tag with the digest of its target as a digest reference, too. It shows
        # a name by digest unchanged. After a migration from a graph driver that is the digest in
        # the registry, and the target has another one
        # (moby `daemon/containerd/image_inspect.go` collectRepoTagsAndDigests).
        digest = name.digest or target
        digests[repository, digest] = {**image, "digest": digest}
    for reconciled, fresh in ((TAGS, tags), (DIGESTS, digests)):
        yield reconcile(sync, reconciled, fresh)


def _write_images(sync: StoreSync, containerd: Containerd) -> Difference:
    chosen = {image.engine_image_id: _chosen_id(image) for image in containerd.images}
    fresh: dict[Key, Row] = {
        (image.engine_image_id,): {
            "engine_image_id": image.engine_image_id,
            "image_id": chosen[image.engine_image_id],
            "parent_id": chosen.get(image.parent or ""),
            "engine_parent_id": image.parent,
            "last_tagged_at": image.last_tagged_at,
            "built_locally": None,
            "expires_at": image.expires_at,
        }
        for image in containerd.images
    }
    return reconcile(sync, IMAGES, fresh)


def _chosen_id(image: EngineImage) -> str | None:
    return next((it.image_id for it in image.manifests if it.is_chosen), None)


def _manifest_rows(sync: StoreSync, containerd: Containerd) -> Iterator[Row]:
    for image in containerd.images:
        # An index can name the same manifest twice. The first entry counts.
        seen: dict[str, tuple[int, ImageManifest]] = {}
        for position, manifest in enumerate(image.manifests, 1):
            seen.setdefault(manifest.manifest_digest, (position, manifest))
        for position, manifest in seen.values():
            platform = manifest.platform
            yield {
                **sync.scope,
                "engine_image_id": image.engine_image_id,
                "manifest_digest": manifest.manifest_digest,
                "position": position,
                "image_id": manifest.image_id,
                "os": None if platform is None else platform.os,
                "architecture": None if platform is None else platform.architecture,
                "variant": None if platform is None else platform.variant,
                "present": int(manifest.is_present),
                "attestation": int(manifest.is_attestation),
                "chosen": int(manifest.is_chosen),
            }


def _write_layers(sync: StoreSync, containerd: Containerd) -> Difference:
    fresh: dict[Key, Row] = {
        (it.chain_id,): {
            "chain_id": it.chain_id,
            "cache_id": it.snapshot_id,
            "size_bytes": it.size_bytes,
        }
        for it in containerd.snapshots
        if it.chain_id is not None and it.snapshot_id is not None
    }
    name_layers(sync.connection, (key[0] for key in fresh))
    return reconcile(sync, LAYERS, fresh)


def _write_mounts(sync: StoreSync, containerd: Containerd) -> Difference:
    by_key = {snapshot.key: snapshot for snapshot in containerd.snapshots}
    fresh: dict[Key, Row] = {}
    for snapshot in containerd.snapshots:
        if snapshot.kind == "committed" or not _CONTAINER_ID.fullmatch(snapshot.key):
            continue
        init = by_key.get(f"{snapshot.key}{_INIT_SUFFIX}")
        below = _layer_below(snapshot, by_key)
        fresh[snapshot.key,] = {
            "name": snapshot.key,
            "mount_id": snapshot.snapshot_id,
            "init_id": None if init is None else init.snapshot_id,
            "parent_chain_id": None if below is None else below.chain_id,
        }
    name_layers(sync.connection, (row["parent_chain_id"] for row in fresh.values()))
    return reconcile(sync, MOUNTS, fresh)


def _layer_below(snapshot: Snapshot, by_key: dict[str, Snapshot]) -> Snapshot | None:
    seen: set[str] = set()
    current: Snapshot | None = snapshot
    while current is not None and current.chain_id is None and current.key not in seen:
        seen.add(current.key)
        current = by_key.get(current.parent or "")
    return None if current is None or current.chain_id is None else current


def _write_blobs(sync: StoreSync, containerd: Containerd) -> None:
    rows = [
        {
            **sync.scope,
            "blob_digest": blob.digest,
            "media_type": blob.media_type,
            "size_bytes": blob.size_bytes,
            "present": int(blob.is_present),
            "diff_id": blob.diff_id,
            "created_at": blob.created_at,
            "kept": int(blob.is_kept),
        }
        for blob in containerd.blobs
    ]
    replace_rows(sync.connection, store_blobs, sync.scope, rows)
    references = [
        {**sync.scope, "blob_digest": blob.digest, "kind": kind, "reference": reference}
        for blob in containerd.blobs
        for kind, reference in blob.references
    ]
    replace_rows(sync.connection, blob_references, sync.scope, references)


def _write_digest_map(sync: StoreSync, containerd: Containerd) -> None:
    diff_ids = {config.image_id: config.diff_ids for config in containerd.configs}
    pairs = {(*pair, FROM_MANIFEST) for pair in paired(containerd.manifests, diff_ids)}
    for blob in containerd.blobs:
        if blob.diff_id is not None:
            pairs.add((blob.digest, blob.diff_id, _UNCOMPRESSED))
    rows = [
        {**sync.scope, "blob_digest": blob_digest, "diff_id": diff_id, "source": source}
        for blob_digest, diff_id, source in sorted(pairs)
    ]
    replace_rows(sync.connection, digest_map, sync.scope, rows)
    sources = {blob.digest: blob.sources for blob in containerd.blobs}
    repositories = {
        (blob_digest, diff_id, repository)
        for blob_digest, diff_id, _ in pairs
        for repository in sources.get(blob_digest, ())
    }
    replace_rows(
        sync.connection,
        digest_repositories,
        sync.scope,
        [
            {
                **sync.scope,
                "blob_digest": blob_digest,
                "diff_id": diff_id,
                "source_repository": repository,
                "pushed": 0,
            }
            for blob_digest, diff_id, repository in sorted(repositories)
        ],
    )

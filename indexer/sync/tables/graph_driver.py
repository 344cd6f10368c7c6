"""Writes the rows of a graph driver's image store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from indexer.docker.encodings.sizes import MOST_BYTES
from indexer.docker.image_store.store import PreviousStore, StoreScan
from indexer.index.rows import delete_rows, insert_rows, load_rows, replace_rows
from indexer.schema.directories import damaged_layers
from indexer.schema.placement import digest_map, digest_repositories, store_images
from indexer.sync.engine.fingerprints import save_fingerprints
from indexer.sync.engine.reconcile import Difference, Key, reconcile
from indexer.sync.engine.reconciled_tables import DIGESTS, IMAGES, LAYERS, MOUNTS, TAGS
from indexer.sync.tables.directories import (
    settle_lower_directories,
    write_directories,
    write_leftovers,
    write_short_links,
)
from indexer.sync.tables.images import (
    name_images,
    name_layers,
    write_images,
    write_layers,
    write_repositories,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.docker.files.folder import Fingerprint
    from indexer.docker.files.scan import Scan
    from indexer.docker.image_store.imagedb import ImageMetadata
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import Sections, StoreSync


_METADATA_COLUMNS: Final = (
    "parent_id",
    "engine_parent_id",
    "last_tagged_at",
    "built_locally",
    "expires_at",
)


def previous_store(sections: Sections, driver: str) -> PreviousStore:
    """The fingerprints of the store of `driver`, in the form that its reader takes.

    The row of an image has its metadata too. So a metadata file counts as read only if the image's
    config does.
    """
    parts = (sections.get(f"{driver}/{kind}", {}) for kind in PreviousStore._fields)
    previous = PreviousStore(*parts)
    metadata = {
        name: fingerprint
        for name, fingerprint in previous.metadata.items()
        if name in previous.configs
    }
    return previous._replace(metadata=metadata)


def write_graph_driver_store(sync: StoreSync, scan: StoreScan) -> bool:
    """Make the rows of a graph driver's store equal to `scan`.

    Return whether content may have lost its last reference.
    """
    previous = previous_store(sync.of_root.previous_fingerprints, sync.key.driver)
    write_layers(sync.connection, scan.configs.records.values(), scan.layers.records.values())
    write_images(sync.connection, scan.configs.records.values(), env_values=sync.env_values)
    differences = [
        *_write_references(sync, scan),
        *_write_images(sync, scan, previous),
        *_write_layers(sync, scan, previous),
        *_write_mounts(sync, scan, previous),
    ]
    _write_diff_ids(sync, scan, previous)
    _write_blobs(sync, scan, previous)
    _write_directories(sync, scan, previous)
    if scan.layers.listed:
        write_leftovers(sync, scan.leftovers.records)
    _write_damaged_layers(sync, scan)
    for kind in PreviousStore._fields:
        if kind == "metadata" and not scan.configs.listed:
            continue
        save_fingerprints(sync.of_root, sync.section(kind), getattr(scan, kind))
    return any(difference.needs_cleanup for difference in differences)


def _write_directories(sync: StoreSync, scan: StoreScan, previous: PreviousStore) -> None:
    write_directories(sync, scan.directories, previous.directories)
    write_short_links(sync, scan.short_links, previous.short_links)
    sections = ("directories", "short_links")
    if not all(_is_unchanged(getattr(scan, kind), getattr(previous, kind)) for kind in sections):
        settle_lower_directories(sync)


def _is_unchanged(scan: Scan[Any], previous: Mapping[str, Fingerprint]) -> bool:
    """Whether nothing in a section is new or gone, or the section could not be listed."""
    return not scan.listed or scan.repeats(previous)


def _write_references(sync: StoreSync, scan: StoreScan) -> Iterable[Difference]:
    if not scan.references.readable:
        return
    records = scan.references.records
    name_images(sync.connection, (record.image_id for record in records))
    write_repositories(sync.connection, (record.repository for record in records))
    tags: dict[Key, Row] = {}
    digests: dict[Key, Row] = {}
    for record in records:
        name = record.repository.canonical
        image = {"engine_image_id": record.image_id, "image_id": record.image_id}
        if record.tag is not None:
            tags[name, record.tag] = {"repository": name, "tag": record.tag, **image}
        elif record.digest is not None:
            digests[name, record.digest] = {"repository": name, "digest": record.digest, **image}
    for reconciled, fresh in ((TAGS, tags), (DIGESTS, digests)):
        yield reconcile(sync, reconciled, fresh)


def _write_images(
    sync: StoreSync, scan: StoreScan, previous: PreviousStore
) -> Iterable[Difference]:
    if _is_unchanged(scan.configs, previous.configs) and _is_unchanged(
        scan.metadata, previous.metadata
    ):
        return
    if not scan.configs.listed:
        return
    metadata = _metadata_rows(sync, scan)
    blank = dict.fromkeys(_METADATA_COLUMNS)
    fresh: dict[Key, Row] = {}
    for name in (*scan.configs.records, *scan.configs.unchanged):
        image_id = f"sha256:{name}"
        ids = {"engine_image_id": image_id, "image_id": image_id}
        fresh[image_id,] = {**ids, **metadata.get(image_id, blank)}
    name_images(sync.connection, (row["parent_id"] for row in fresh.values()))
    yield reconcile(sync, IMAGES, fresh)


def _metadata_rows(sync: StoreSync, scan: StoreScan) -> dict[str, Row]:
    metadata = {record.image_id: _metadata_row(record) for record in scan.metadata.records.values()}
    if scan.metadata.unchanged or not scan.metadata.listed:
        for row in load_rows(sync.connection, store_images, sync.scope):
            digits = row["image_id"].removeprefix("sha256:")
            if digits in scan.metadata.unchanged or not scan.metadata.listed:
                metadata[row["image_id"]] = {name: row[name] for name in _METADATA_COLUMNS}
    return metadata


def _metadata_row(record: ImageMetadata) -> Row:
    built = record.built_locally
    return {
        "parent_id": record.parent_id,
        "engine_parent_id": record.parent_id,
        "last_tagged_at": record.last_tagged_at,
        "built_locally": None if built is None else int(built),
        "expires_at": None,
    }


def _write_layers(
    sync: StoreSync, scan: StoreScan, previous: PreviousStore
) -> Iterable[Difference]:
    if _is_unchanged(scan.layers, previous.layers):
        return
    records = scan.layers.records.values()
    fresh: dict[Key, Row] = {
        (record.chain_id,): {
            "chain_id": record.chain_id,
            "cache_id": record.cache_id,
            "size_bytes": min(record.size, MOST_BYTES),
            "recorded_parent": record.parent,
        }
        for record in records
    }
    # `write_layers` wrote the rows of verified layers. The others get a row without a diff ID.
    name_layers(sync.connection, (it.chain_id for it in records if not it.verified))
    verified = {record.chain_id for record in records if record.verified}
    parents = {record.parent for record in records if record.verified}
    name_layers(sync.connection, parents - verified)
    kept = {(f"sha256:{name}",) for name in scan.layers.unchanged}
    yield reconcile(sync, LAYERS, fresh, kept)


def _write_damaged_layers(sync: StoreSync, scan: StoreScan) -> None:
    if not scan.layers.listed:
        return
    rows = {
        it.folder: {
            **sync.scope,
            "folder": it.folder,
            "chain_id": it.chain_id,
            "cache_id": it.cache_id,
            "diff_id": it.diff_id,
            "recorded_parent": it.parent,
        }
        for it in scan.damaged_layers
    }
    replace_rows(sync.connection, damaged_layers, sync.scope, list(rows.values()))


def _write_mounts(
    sync: StoreSync, scan: StoreScan, previous: PreviousStore
) -> Iterable[Difference]:
    if _is_unchanged(scan.mounts, previous.mounts):
        return
    fresh: dict[Key, Row] = {
        (record.name,): {
            "name": record.name,
            "mount_id": record.mount_id,
            "init_id": record.init_id,
            "parent_chain_id": record.parent,
        }
        for record in scan.mounts.records.values()
    }
    name_layers(sync.connection, (row["parent_chain_id"] for row in fresh.values()))
    kept = {(name,) for name in scan.mounts.unchanged}
    yield reconcile(sync, MOUNTS, fresh, kept)


def _write_diff_ids(sync: StoreSync, scan: StoreScan, previous: PreviousStore) -> None:
    if _is_unchanged(scan.diff_ids, previous.diff_ids):
        return
    source = {**sync.scope, "source": "diffid-by-digest"}
    stale = _stale(scan.diff_ids, previous.diff_ids, source, "blob_digest")
    delete_rows(sync.connection, digest_map, stale)
    rows = ({**source, **record._asdict()} for record in scan.diff_ids.records.values())
    insert_rows(sync.connection, digest_map, rows)


def _write_blobs(sync: StoreSync, scan: StoreScan, previous: PreviousStore) -> None:
    if _is_unchanged(scan.blobs, previous.blobs):
        return
    source = {**sync.scope, "source": "v2metadata-by-diffid"}
    for table, scope in ((digest_map, source), (digest_repositories, sync.scope)):
        delete_rows(sync.connection, table, _stale(scan.blobs, previous.blobs, scope, "diff_id"))
    blobs: dict[tuple[str, str], Row] = {}
    places: list[Row] = []
    for record in scan.blobs.records.values():
        for blob in record.sources:
            key = {"blob_digest": blob.blob_digest, "diff_id": record.diff_id}
            blobs[blob.blob_digest, record.diff_id] = {**source, **key}
            if blob.repository is not None:
                place = {"source_repository": blob.repository, "pushed": int(blob.pushed)}
                places.append({**sync.scope, **key, **place})
    insert_rows(sync.connection, digest_map, list(blobs.values()))
    insert_rows(sync.connection, digest_repositories, places)


def _stale(
    scan: Scan[Any], previous: Mapping[str, Fingerprint], scope: Row, column: str
) -> list[Row]:
    """The keys of the rows to delete: of what is gone, and of what was read again.

    Without fingerprints all rows of `scope` are deleted, because `dockidx merge` brings rows of
    other syncs without their fingerprints.
    """
    if not previous:
        return [scope]
    stale = (previous.keys() - scan.unchanged) | scan.records.keys()
    return [{**scope, column: name} for name in sorted(stale)]

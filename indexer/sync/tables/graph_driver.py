"""One image store into its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from indexer.docker.encodings.sizes import MOST_BYTES
from indexer.docker.image_store.store import PreviousStore, StoreScan
from indexer.index.rows import delete_rows, insert_rows, load_rows, replace_rows
from indexer.schema.directories import damaged_layers
from indexer.schema.placement import digest_map, digest_repositories, store_images
from indexer.sync.engine.fingerprints import save_fingerprints
from indexer.sync.engine.kinds import DIGEST, IMAGE, LAYER, MOUNT, TAG
from indexer.sync.engine.reconcile import Difference, Key, reconcile
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
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.change_log import ChangeLog
    from indexer.sync.engine.fingerprints import Sections


_NOTED: Final = ("parent_id", "engine_parent_id", "last_tagged_at", "built_locally", "expires_at")


class StoreSync(NamedTuple):
    """What it takes to write one store: the open transaction, whose rows, when, and the log.

    `prefix` is what the sections of its fingerprints begin with.
    """

    connection: Connection
    root_id: str
    store_id: str
    prefix: str
    at: str
    log: ChangeLog
    env_values: bool

    @property
    def scope(self) -> Row:
        """The key columns shared by all rows of the store."""
        return {"store_id": self.store_id}

    def section(self, kind: str) -> str:
        """The section that the fingerprints of `kind` are kept under."""
        return f"{self.prefix}/{kind}"


def known_of(sections: Sections, driver: str) -> PreviousStore:
    """The fingerprints of the store of `driver`, as its reader takes them.

    What was noted of an image stands in the image's row, so it is known only where the image is.
    """
    known = PreviousStore(*(sections.get(f"{driver}/{kind}", {}) for kind in PreviousStore._fields))
    noted = {
        name: fingerprint for name, fingerprint in known.metadata.items() if name in known.configs
    }
    return known._replace(metadata=noted)


def write_store(sync: StoreSync, scan: StoreScan, known: PreviousStore) -> bool:
    """Make the rows of a graph driver's store equal to `scan`; say whether anything went away."""
    write_layers(sync.connection, scan.configs.records.values(), scan.layers.records.values())
    write_images(sync.connection, scan.configs.records.values(), env_values=sync.env_values)
    differences = [
        *_write_references(sync, scan),
        *_write_images(sync, scan, known),
        *_write_layers(sync, scan, known),
        *_write_mounts(sync, scan, known),
    ]
    _write_diff_ids(sync, scan, known)
    _write_blobs(sync, scan, known)
    _write_directories(sync, scan, known)
    if scan.layers.listed:
        write_leftovers(sync.connection, sync.store_id, scan.leftovers.records)
    _write_damaged_layers(sync, scan)
    for kind in PreviousStore._fields:
        if kind == "metadata" and not scan.configs.listed:
            continue
        save_fingerprints(
            sync.connection,
            sync.root_id,
            sync.section(kind),
            getattr(known, kind),
            getattr(scan, kind),
        )
    return any(difference.removed or difference.changed for difference in differences)


def _write_directories(sync: StoreSync, scan: StoreScan, known: PreviousStore) -> None:
    write_directories(sync.connection, sync.store_id, scan.directories, known.directories, sync.at)
    write_short_links(sync.connection, sync.store_id, scan.short_links, known.short_links)
    sections = ("directories", "short_links")
    if not all(_is_same(getattr(scan, kind), getattr(known, kind)) for kind in sections):
        settle_lower_directories(sync.connection, sync.store_id)


def _is_same(scan: Scan[Any], known: Mapping[str, Fingerprint]) -> bool:
    """Whether a section has nothing new and nothing gone, or cannot be told."""
    return not scan.listed or scan.repeats(known)


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
        meant = {"engine_image_id": record.image_id, "image_id": record.image_id}
        if record.tag is not None:
            tags[name, record.tag] = {"repository": name, "tag": record.tag, **meant}
        elif record.digest is not None:
            digests[name, record.digest] = {"repository": name, "digest": record.digest, **meant}
    for kind, fresh in ((TAG, tags), (DIGEST, digests)):
        yield reconcile(sync.connection, kind, sync.scope, fresh, frozenset(), sync.at, sync.log)


def _write_images(sync: StoreSync, scan: StoreScan, known: PreviousStore) -> Iterable[Difference]:
    if _is_same(scan.configs, known.configs) and _is_same(scan.metadata, known.metadata):
        return
    if not scan.configs.listed:
        return
    noted = _metadata_rows(sync, scan)
    blank = dict.fromkeys(_NOTED)
    fresh: dict[Key, Row] = {}
    for name in (*scan.configs.records, *scan.configs.unchanged):
        image_id = f"sha256:{name}"
        same = {"engine_image_id": image_id, "image_id": image_id}
        fresh[image_id,] = {**same, **noted.get(image_id, blank)}
    name_images(sync.connection, (row["parent_id"] for row in fresh.values()))
    yield reconcile(sync.connection, IMAGE, sync.scope, fresh, frozenset(), sync.at, sync.log)


def _metadata_rows(sync: StoreSync, scan: StoreScan) -> dict[str, Row]:
    noted = {record.image_id: _metadata_row(record) for record in scan.metadata.records.values()}
    if scan.metadata.unchanged or not scan.metadata.listed:
        for row in load_rows(sync.connection, store_images, sync.scope):
            digits = row["image_id"].removeprefix("sha256:")
            if digits in scan.metadata.unchanged or not scan.metadata.listed:
                noted[row["image_id"]] = {name: row[name] for name in _NOTED}
    return noted


def _metadata_row(record: ImageMetadata) -> Row:
    built = record.built_locally
    return {
        "parent_id": record.parent_id,
        "engine_parent_id": record.parent_id,
        "last_tagged_at": record.last_tagged_at,
        "built_locally": None if built is None else int(built),
        "expires_at": None,
    }


def _write_layers(sync: StoreSync, scan: StoreScan, known: PreviousStore) -> Iterable[Difference]:
    if _is_same(scan.layers, known.layers):
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
    # The others have rows of what they are: see `write_layers`.
    name_layers(sync.connection, (it.chain_id for it in records if not it.verified))
    verified = {record.chain_id for record in records if record.verified}
    parents = {record.parent for record in records if record.verified}
    name_layers(sync.connection, parents - verified)
    kept = {(f"sha256:{name}",) for name in scan.layers.unchanged}
    yield reconcile(sync.connection, LAYER, sync.scope, fresh, kept, sync.at, sync.log)


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


def _write_mounts(sync: StoreSync, scan: StoreScan, known: PreviousStore) -> Iterable[Difference]:
    if _is_same(scan.mounts, known.mounts):
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
    yield reconcile(sync.connection, MOUNT, sync.scope, fresh, kept, sync.at, sync.log)


def _write_diff_ids(sync: StoreSync, scan: StoreScan, known: PreviousStore) -> None:
    if _is_same(scan.diff_ids, known.diff_ids):
        return
    source = {**sync.scope, "source": "diffid-by-digest"}
    stale = _stale(scan.diff_ids, known.diff_ids, source, "blob_digest")
    delete_rows(sync.connection, digest_map, stale)
    rows = ({**source, **record._asdict()} for record in scan.diff_ids.records.values())
    insert_rows(sync.connection, digest_map, rows)


def _write_blobs(sync: StoreSync, scan: StoreScan, known: PreviousStore) -> None:
    if _is_same(scan.blobs, known.blobs):
        return
    source = {**sync.scope, "source": "v2metadata-by-diffid"}
    for table, scope in ((digest_map, source), (digest_repositories, sync.scope)):
        delete_rows(sync.connection, table, _stale(scan.blobs, known.blobs, scope, "diff_id"))
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


def _stale(scan: Scan[Any], known: Mapping[str, Fingerprint], scope: Row, column: str) -> list[Row]:
    """Keys of the rows that are to go: those of what is gone, and of what was read again.

    Where there are no fingerprints, rows can be there that another sync wrote, merged into this
    index.
    """
    if not known:
        return [scope]
    stale = (known.keys() - scan.unchanged) | scan.records.keys()
    return [{**scope, column: name} for name in sorted(stale)]

"""Writes image configs and layers as content: one row per digest, for all stores together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.encodings.digests import chain_ids
from indexer.index.rows import add_missing, delete_rows, insert_rows, put_rows
from indexer.schema.content import (
    image_env,
    image_history,
    image_labels,
    image_layers,
    image_ports,
    image_volumes,
    images,
    layers,
    repositories,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from indexer.docker.encodings.image_reference import Repository
    from indexer.docker.image_store.image_config import ImageConfig
    from indexer.docker.image_store.layerdb import LayerRecord
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row

_SAME_FIELDS: Final = (
    "image_id",
    "created_at",
    "author",
    "comment",
    "architecture",
    "os",
    "os_version",
    "variant",
    "docker_version",
    "user",
    "working_dir",
    "stop_signal",
    "entrypoint",
    "cmd",
    "shell",
    "on_build",
    "healthcheck",
)


def write_images(
    connection: Connection, configs: Collection[ImageConfig], *, env_values: bool
) -> None:
    """Write the configs that the index does not have. Of the others, write only `Env` again.

    The config of an image never changes, but whether `--env-values` was given does.
    """
    written = _images_with_config(connection) if configs else frozenset()
    new = [config for config in configs if config.image_id not in written]
    old = [config for config in configs if config.image_id in written]
    put_rows(connection, images, [_image_row(config) for config in new])
    insert_rows(connection, image_layers, (row for config in new for row in _layer_rows(config)))
    insert_rows(connection, image_history, (row for c in new for row in _history_rows(c)))
    insert_rows(connection, image_labels, (row for c in new for row in _label_rows(c)))
    insert_rows(connection, image_ports, (row for c in new for row in _port_rows(c)))
    insert_rows(connection, image_volumes, (row for c in new for row in _volume_rows(c)))
    delete_rows(connection, image_env, [{"image_id": config.image_id} for config in old])
    insert_rows(connection, image_env, (row for c in configs for row in _env_rows(c, env_values)))


def write_layers(
    connection: Connection, configs: Iterable[ImageConfig], records: Iterable[LayerRecord]
) -> None:
    """Write the layers that image configs and the layer store describe.

    A record is left out if the name of its folder is not the chain ID of its content.
    """
    rows: dict[str, Row] = {}
    for config in configs:
        below: str | None = None
        for diff_id, chain_id in zip(config.diff_ids, chain_ids(config.diff_ids), strict=True):
            if chain_id not in rows:
                rows[chain_id] = _layer_row(chain_id, diff_id, below)
            below = chain_id
    for record in records:
        if record.verified and record.chain_id not in rows:
            rows[record.chain_id] = _layer_row(record.chain_id, record.diff_id, record.parent)
    put_rows(connection, layers, [rows[chain_id] for chain_id in sorted(rows)])


def name_layers(connection: Connection, chain_ids: Iterable[str | None]) -> None:
    """Add a row for each chain ID that has none, so that other rows can refer to it."""
    named = {chain_id for chain_id in chain_ids if chain_id is not None}
    add_missing(connection, layers, [{"chain_id": chain_id} for chain_id in sorted(named)])


def name_images(connection: Connection, image_ids: Iterable[str | None]) -> None:
    """Add a row for each image ID that has none, so that other rows can refer to it."""
    named = {image_id for image_id in image_ids if image_id is not None}
    add_missing(connection, images, [{"image_id": image_id} for image_id in sorted(named)])


def write_repositories(connection: Connection, named: Iterable[Repository]) -> None:
    """Add a row for each repository in `named` that has none."""
    names = {repository.canonical: repository for repository in named}
    rows = [
        {
            "repository": name,
            "domain": repository.domain,
            "path": repository.path,
            "familiar_name": repository.familiar,
        }
        for name, repository in names.items()
    ]
    add_missing(connection, repositories, rows)


def _images_with_config(connection: Connection) -> frozenset[str]:
    query = "SELECT image_id FROM images WHERE layer_count IS NOT NULL"
    return frozenset(connection.column(query))


def _image_row(config: ImageConfig) -> Row:
    row = {name: getattr(config, name) for name in _SAME_FIELDS}
    chain = chain_ids(config.diff_ids)
    row["layer_count"] = len(config.diff_ids)
    row["history_count"] = len(config.history)
    row["top_chain_id"] = chain[-1] if chain else None
    return row


def _layer_rows(config: ImageConfig) -> Iterator[Row]:
    chain = chain_ids(config.diff_ids)
    for position, chain_id in enumerate(chain, 1):
        yield {"image_id": config.image_id, "position": position, "chain_id": chain_id}


def _history_rows(config: ImageConfig) -> Iterator[Row]:
    steps = sum(not entry.empty_layer for entry in config.history)
    matches = steps == len(config.diff_ids)
    position = 0
    for step, entry in enumerate(config.history, 1):
        position += not entry.empty_layer
        yield {
            "image_id": config.image_id,
            "step": step,
            "created_at": entry.created_at,
            "created_by": entry.created_by,
            "comment": entry.comment,
            "author": entry.author,
            "empty_layer": int(entry.empty_layer),
            "position": position if matches and not entry.empty_layer else None,
        }


def _label_rows(config: ImageConfig) -> Iterator[Row]:
    for label, value in config.labels:
        yield {"image_id": config.image_id, "label": label, "value": value}


def _port_rows(config: ImageConfig) -> Iterator[Row]:
    for port in config.exposed_ports:
        yield {"image_id": config.image_id, "port": port}


def _volume_rows(config: ImageConfig) -> Iterator[Row]:
    for path in config.volumes:
        yield {"image_id": config.image_id, "path": path}


def _env_rows(config: ImageConfig, env_values: bool) -> Iterator[Row]:
    for name, value in config.env:
        yield {
            "image_id": config.image_id,
            "name": name,
            "value": value if env_values else None,
        }


def _layer_row(chain_id: str, diff_id: str, parent: str | None) -> Row:
    return {"chain_id": chain_id, "diff_id": diff_id, "parent_chain_id": parent}

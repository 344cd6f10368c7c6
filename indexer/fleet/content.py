"""Merges the content of one index into another: images, layers, manifests and repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.index.rows import add_missing, insert_rows, load_rows, put_rows
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
from indexer.schema.manifests import index_manifests, manifest_layers, manifests

if TYPE_CHECKING:
    from indexer.index.connection import Connection
    from indexer.schema.columns import Table

_PARTS: Final = (image_layers, image_history, image_labels, image_ports, image_volumes)


def merge_content(target: Connection, source: Connection) -> None:
    """Add to `target` the content that only `source` has."""
    add_missing(target, repositories, load_rows(source, repositories, {}))
    _merge_described(target, source, layers, "diff_id")
    new = _merge_described(target, source, images, "layer_count")
    for part in _PARTS:
        rows = load_rows(source, part, {})
        insert_rows(target, part, [row for row in rows if row["image_id"] in new])
    for table in (manifests, manifest_layers, index_manifests):
        add_missing(target, table, load_rows(source, table, {}))
    variables = load_rows(source, image_env, {})
    add_missing(target, image_env, variables)
    put_rows(target, image_env, [row for row in variables if row["value"] is not None])


def _merge_described(
    target: Connection, source: Connection, table: Table, column: str
) -> frozenset[str]:
    """Add rows of `table`. Some have only an ID, and then `column` is NULL.

    A row that describes its object replaces one that has only the ID. Return the keys of the
    objects that `target` can describe only now.
    """
    (key,) = table.key
    query = f"SELECT {key} FROM {table.name} WHERE {column} IS NOT NULL"  # noqa: S608
    already_described = set(target.column(query))
    rows = [row for row in load_rows(source, table, {}) if row[key] not in already_described]
    described = [row for row in rows if row[column] is not None]
    add_missing(target, table, [row for row in rows if row[column] is None])
    put_rows(target, table, described)
    return frozenset(row[key] for row in described)

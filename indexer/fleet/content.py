"""Content of one index into another: images, layers, manifests, repositories, by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

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
from indexer.sync.writer import add_missing, insert_rows, load_rows, put_rows

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Table

_PARTS: Final = (image_layers, image_history, image_labels, image_ports, image_volumes)


def merge_content(target: Connection, source: Connection) -> None:
    """Add to `target` what `source` knows of content and it does not."""
    add_missing(target, repositories, load_rows(source, repositories, {}))
    _merge_whole(target, source, layers, layers.c.diff_id)
    new = _merge_whole(target, source, images, images.c.layer_count)
    for part in _PARTS:
        rows = load_rows(source, part, {})
        insert_rows(target, part, [row for row in rows if row["image_id"] in new])
    for table in (manifests, manifest_layers, index_manifests):
        add_missing(target, table, load_rows(source, table, {}))
    variables = load_rows(source, image_env, {})
    add_missing(target, image_env, variables)
    put_rows(target, image_env, [row for row in variables if row["value"] is not None])


def _merge_whole(
    target: Connection, source: Connection, table: Table, told: Column[object]
) -> frozenset[str]:
    """Add rows of `table`; one that `told` says more of goes over one that is only an ID.

    Returns the keys of the rows that say more than before.
    """
    key = table.primary_key.columns[0]
    known = set(target.execute(select(key).where(told.is_not(None))).scalars())
    rows = [row for row in load_rows(source, table, {}) if row[key.name] not in known]
    whole = [row for row in rows if row[told.name] is not None]
    add_missing(target, table, [row for row in rows if row[told.name] is None])
    put_rows(target, table, whole)
    return frozenset(row[key.name] for row in whole)

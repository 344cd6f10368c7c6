"""Content of one index into another: images, layers, manifests, repositories, by their keys."""

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
    """Add to `target` what `source` knows of content and it does not."""
    add_missing(target, repositories, load_rows(source, repositories, {}))
    _merge_whole(target, source, layers, "diff_id")
    new = _merge_whole(target, source, images, "layer_count")
    for part in _PARTS:
        rows = load_rows(source, part, {})
        insert_rows(target, part, [row for row in rows if row["image_id"] in new])
    for table in (manifests, manifest_layers, index_manifests):
        add_missing(target, table, load_rows(source, table, {}))
    variables = load_rows(source, image_env, {})
    add_missing(target, image_env, variables)
    put_rows(target, image_env, [row for row in variables if row["value"] is not None])


def _merge_whole(target: Connection, source: Connection, table: Table, told: str) -> frozenset[str]:
    """Add rows of `table`; one that `told` says more of goes over one that is only an ID.

    Returns the keys of the rows that say more than before.
    """
    (key,) = table.key
    whole_rows = f"SELECT {key} FROM {table.name} WHERE {told} IS NOT NULL"  # noqa: S608
    known = set(target.column(whole_rows))
    rows = [row for row in load_rows(source, table, {}) if row[key] not in known]
    whole = [row for row in rows if row[told] is not None]
    add_missing(target, table, [row for row in rows if row[told] is None])
    put_rows(target, table, whole)
    return frozenset(row[key] for row in whole)

"""Which parts of each store of a root could be read: what follows from the others is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.index.rows import load_rows, update_rows
from indexer.schema.placement import stores
from indexer.sync.engine.store_key import GRAPH_DRIVER
from indexer.sync.tables.stores import KNOWN

if TYPE_CHECKING:
    from indexer.docker.buildkit.build_cache import BuildKit
    from indexer.docker.read_root import RootContents
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.options import OpenRoot


_OF_IMAGES: Final = frozenset({"images", "names", "layers", "mounts"})
"""The parts of a store that image/<driver> tells of."""


def mark_known(connection: Connection, root_id: str, root: OpenRoot, found: RootContents) -> None:
    """Note in the stores of a root what of them `found` could not tell."""
    changed: list[Row] = []
    for row in load_rows(connection, stores, {"root_id": root_id}):
        unknown = _unknown(row, root, found)
        if unknown is None:
            continue
        known = {name: int(name.removesuffix("_known") not in unknown) for name in KNOWN}
        if any(row[name] != value for name, value in known.items()):
            changed.append({"store_id": row["store_id"], **known})
    update_rows(connection, stores, changed)


def _unknown(row: Row, root: OpenRoot, found: RootContents) -> frozenset[str] | None:
    """The parts of a store that cannot be told; None where all is as before, and was not read."""
    everything = frozenset(name.removesuffix("_known") for name in KNOWN)
    if row["kind"] == GRAPH_DRIVER:
        parts = found.unknown.of_stores.get(row["driver"], everything)
        if row["active"] and not row["has_images"]:
            # Of a driver that the engine does not use, nothing else is asked.
            parts |= _OF_IMAGES
        return parts | _of_cache(found.buildkit)
    if root.containerd.root is None:
        return everything
    if found.containerd is None:
        return None
    cache = found.containerd.build_cache
    return (
        everything
        if found.containerd.state == "unreadable"
        else (found.unknown.of_containerd | _of_cache(cache))
    )


def _of_cache(cache: BuildKit) -> frozenset[str]:
    is_unread = "unreadable" in (cache.state, cache.records_state)
    return frozenset({"build_cache"} if is_unread else ())

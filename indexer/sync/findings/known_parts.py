"""Writes which parts of each store could be read; what depends on the others is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.index.rows import load_rows, update_rows
from indexer.schema.placement import stores
from indexer.sync.engine.store_key import GRAPH_DRIVER
from indexer.sync.tables.stores import KNOWN_COLUMNS

if TYPE_CHECKING:
    from indexer.docker.buildkit.build_cache import BuildKit
    from indexer.docker.read_root import RootContents
    from indexer.schema.columns import Row
    from indexer.sync.engine.options import OpenRoot
    from indexer.sync.engine.root_sync import RootSync


_PARTS_OF_IMAGES: Final = frozenset({"images", "names", "layers", "mounts"})
"""The parts of a store that are in image/<driver>."""


def mark_known_parts(sync: RootSync, contents: RootContents) -> None:
    """Write into the rows of the stores which of their parts this pass could read."""
    changed: list[Row] = []
    for row in load_rows(sync.connection, stores, sync.scope):
        unknown = _unknown(row, sync.root, contents)
        if unknown is None:
            continue
        flags = {name: int(name.removesuffix("_known") not in unknown) for name in KNOWN_COLUMNS}
        if any(row[name] != value for name, value in flags.items()):
            changed.append({"store_id": row["store_id"], **flags})
    update_rows(sync.connection, stores, changed)


def _unknown(row: Row, root: OpenRoot, contents: RootContents) -> frozenset[str] | None:
    """The parts of a store that could not be read, None if they are as in the previous pass.

    A pass does not read containerd if it has not changed since the previous one.
    """
    everything = frozenset(name.removesuffix("_known") for name in KNOWN_COLUMNS)
    if row["kind"] == GRAPH_DRIVER:
        parts = contents.unknown.of_stores.get(row["driver"], everything)
        if row["active"] and not row["has_images"]:
            # The store in use lost its folder of images, so they are unknown. A leftover store of
            # another driver need not have any.
            parts |= _PARTS_OF_IMAGES
        return parts | _unknown_of(contents.buildkit)
    if root.containerd.root is None:
        return everything
    if contents.containerd is None:
        return None
    if contents.containerd.state == "unreadable":
        return everything
    return contents.unknown.of_containerd | _unknown_of(contents.containerd.build_cache)


def _unknown_of(build_cache: BuildKit) -> frozenset[str]:
    is_unread = "unreadable" in (build_cache.state, build_cache.records_state)
    return frozenset({"build_cache"} if is_unread else ())

"""Which image store of a root the engine uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.drivers.left import CHOSEN
from indexer.index.rows import load_rows, update_rows
from indexer.schema.placement import stores
from indexer.sync.engine.store_key import CONTAINERD, GRAPH_DRIVER, StoreKey

if TYPE_CHECKING:
    from indexer.sync.engine.root_sync import RootSync

_LAST_USES: Final = """
    SELECT store_id, MAX(COALESCE(started_at, created_at))
    FROM containers
    WHERE root_id = :root_id
        AND store_id IS NOT NULL
    GROUP BY store_id
    UNION ALL
    SELECT i.store_id, MAX(i.last_tagged_at)
    FROM store_images AS i
    JOIN stores AS s ON s.store_id = i.store_id
    WHERE s.root_id = :root_id
    GROUP BY i.store_id
"""
_MOST_BLOBS: Final = """
    SELECT b.store_id
    FROM store_blobs AS b
    JOIN stores AS s ON s.store_id = b.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
    GROUP BY b.store_id
    ORDER BY COUNT(*) DESC, b.store_id
    LIMIT 1
"""


def mark_active_store(sync: RootSync, newest_driver: str | None) -> None:
    """Mark the store that the engine uses.

    It is the store in which a container was last created or started, or an image last tagged. If
    neither is known, it is that of containerd, or else that of `newest_driver`, the graph driver
    whose image names changed last. A driver that has directories but no images counts only if no
    other store is there, and then one that an engine would choose comes first. If several
    snapshotters have a store, the engine uses the one that has the blobs.
    """
    without_images = sync.root.layout.left
    times = _last_uses(sync)
    newest = StoreKey(GRAPH_DRIVER, newest_driver or "")
    with_blobs: str | None = sync.connection.value(_MOST_BLOBS, sync.scope)

    def is_candidate(key: StoreKey) -> bool:
        return key.kind != CONTAINERD or with_blobs in (None, sync.stores[key])

    def rank(key: StoreKey) -> tuple[bool, bool, str, bool, bool]:
        is_containerd = key.kind == CONTAINERD
        has_images = is_containerd or key.driver not in without_images
        is_chosen = has_images or key.driver in CHOSEN
        last_use = times.get(sync.stores[key], "")
        return has_images, is_chosen, last_use, is_containerd, key == newest

    active = sync.stores[max(filter(is_candidate, sync.stores), key=rank)] if sync.stores else None
    rows = load_rows(sync.connection, stores, sync.scope)
    marked = [{**row, "active": int(row["store_id"] == active)} for row in rows]
    update_rows(sync.connection, stores, [row for row in marked if row not in rows])


def _last_uses(sync: RootSync) -> dict[str, str]:
    """When a container of each store was last created or started, or an image tagged (UTC)."""
    times: dict[str, str] = {}
    for store_id, at in sync.connection.rows(_LAST_USES, sync.scope):
        times[store_id] = max(times.get(store_id, ""), at or "")
    return times

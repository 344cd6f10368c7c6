"""Tells which image store of a root a sync did not find."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.sync.engine.root_sync import RootSync


def notice_of(sync: RootSync) -> str | None:
    """Return a sentence about the image store that is missing, None if none is.

    The containerd of the system has its root outside of the Docker root, so a sync may not find it.
    """
    root = sync.root
    if any(finding.path.startswith("image") for finding in root.layout.findings):
        return f"{root.path}/image was not all read, so that not all images are indexed."
    *places, last = root.containerd.looked_at
    looked_at = f"{', '.join(places)} and {last}" if places else last
    if not sync.stores:
        return (
            f"{root.path} has no image store of its own, and no containerd was found at {looked_at}"
            ": name its root with --containerd-root. Containers and volumes are indexed."
        )
    drivers = _drivers_without_store(sync)
    if drivers and root.containerd.root is None:
        return (
            f"{root.path} has containers of {', '.join(drivers)}, but no containerd was found at "
            f"{looked_at}: name its root with --containerd-root."
        )
    return None


def _drivers_without_store(sync: RootSync) -> list[str]:
    query = """
        SELECT DISTINCT driver
        FROM containers
        WHERE root_id = :root_id
            AND store_id IS NULL
            AND driver IS NOT NULL
        ORDER BY driver
    """
    return sync.connection.column(query, sync.scope)

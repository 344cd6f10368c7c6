"""What a sync did not find although the root says that it is somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.sync.tables.stores import stores_of

if TYPE_CHECKING:
    from indexer.index.connection import Connection
    from indexer.sync.engine.options import OpenRoot


def notice_of(connection: Connection, root: OpenRoot, root_id: str) -> str | None:
    """A sentence about the image store that is missing, None where nothing is.

    With a containerd of the system the images lie outside of the Docker root.
    """
    if any(finding.path.startswith("image") for finding in root.layout.findings):
        return f"{root.path}/image was not all read, so that not all images are indexed."
    *places, last = root.containerd.looked_at
    looked_at = f"{', '.join(places)} and {last}" if places else last
    if not stores_of(connection, root_id):
        return (
            f"{root.path} has no image store of its own, and no containerd was found at {looked_at}"
            ": name its root with --containerd-root. Containers and volumes are indexed."
        )
    drivers = _drivers_without_store(connection, root_id)
    if drivers and root.containerd.root is None:
        return (
            f"{root.path} has containers of {', '.join(drivers)}, but no containerd was found at "
            f"{looked_at}: name its root with --containerd-root."
        )
    return None


def _drivers_without_store(connection: Connection, root_id: str) -> list[str]:
    query = """
        SELECT DISTINCT driver
        FROM containers
        WHERE root_id = ?
            AND store_id IS NULL
            AND driver IS NOT NULL
        ORDER BY driver
    """
    return connection.column(query, (root_id,))

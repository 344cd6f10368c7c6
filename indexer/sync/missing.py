"""What a sync did not find although the root says that it is somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from indexer.schema.runtime import containers
from indexer.sync.stores import stores_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from indexer.sync.options import OpenRoot


def notice_of(connection: Connection, root: OpenRoot, root_id: str) -> str | None:
    """A sentence about the image store that is missing, None where nothing is.

    With a containerd of the system the images lie outside of the Docker root.
    """
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
    query = (
        select(containers.c.driver)
        .where(
            containers.c.root_id == root_id,
            containers.c.store_id.is_(None),
            containers.c.driver.is_not(None),
        )
        .distinct()
        .order_by(containers.c.driver)
    )
    return list(connection.execute(query).scalars())

"""Finds folders of graph drivers without an image store, e.g. if a user removed `image/<driver>`.

An engine uses one driver and never looks at the folder of another one (moby
`daemon/graphdriver/driver.go`). Only `image/<driver>` tells what the directories contain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.drivers import LAYER_PLACES, list_directories
from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Collection

    from indexer.docker.files.folder import Folder

CHOSEN: Final = frozenset({"overlay2", "fuse-overlayfs", "btrfs", "zfs", "windowsfilter"})
"""Drivers whose folder alone makes engine 29 stay with graph drivers; vfs is not among them."""


def left_drivers(root: Folder, others: Collection[str]) -> tuple[str, ...]:
    """The drivers other than `others` whose folder in `root` is not empty."""
    return tuple(
        driver for driver in LAYER_PLACES if driver not in others and _has_any(root, driver)
    )


def _has_any(root: Folder, driver: str) -> bool:
    try:
        if list_directories(root, driver):
            return True
        place = LAYER_PLACES[driver].pool
        if place is None:
            return False
        with root.descend(*place) as folder:
            return bool(folder.kinds())
    except GoneError:
        return False
    except UnreadableError:
        # A folder that cannot be listed may have directories.
        return True

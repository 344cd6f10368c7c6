"""Folders of graph drivers that have no image store beside them: what a switch or a hand left.

An engine uses one driver and never looks at another's folder (moby
`daemon/graphdriver/driver.go`). What its directories hold is told by `image/<driver>` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.drivers import LAYER_PLACES, list_directories
from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Collection

    from indexer.docker.files.folder import Folder

CHOSEN: Final = frozenset({"overlay2", "fuse-overlayfs", "btrfs", "zfs", "windowsfilter"})
"""The drivers by whose folder alone an engine keeps to graph drivers (29, never vfs)."""


def left_drivers(root: Folder, others: Collection[str]) -> tuple[str, ...]:
    """The drivers that are not among `others` and have anything but empty folders in `root`."""
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
        # What is there and cannot be listed is not known to be empty.
        return True

"""The directories of graph drivers (moby `daemon/graphdriver/<driver>`): one module per family."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from indexer.docker.drivers import (
    aufs,
    btrfs,
    devicemapper,
    overlay,
    overlay2,
    space,
    vfs,
    windowsfilter,
    zfs,
)
from indexer.docker.drivers.directory import DriverDirectory
from indexer.docker.drivers.places import LAYER_PLACES, LayerPlace
from indexer.docker.drivers.short_links import ShortLink, read_short_links
from indexer.docker.files import GoneError, UnreadableError, printable
from indexer.docker.scan import Scan

if TYPE_CHECKING:
    from indexer.docker.files import Folder
    from indexer.docker.scan import Known, Tick

__all__ = [
    "LAYER_PLACES",
    "DriverDirectory",
    "LayerPlace",
    "ShortLink",
    "directory_folder",
    "list_directories",
    "scan_directories",
    "scan_short_links",
    "still_there",
]

_STACKING: Final = frozenset({"overlay2", "fuse-overlayfs"})
_SPACES: Final = MappingProxyType(
    {
        **{driver: overlay2.space(driver) for driver in _STACKING},
        "aufs": aufs.SPACE,
        "btrfs": btrfs.SPACE,
        "devicemapper": devicemapper.SPACE,
        "overlay": overlay.SPACE,
        "vfs": vfs.SPACE,
        "windowsfilter": windowsfilter.SPACE,
    }
)


def scan_directories(root: Folder, driver: str, known: Known, tick: Tick) -> Scan[DriverDirectory]:
    """The directories of `driver`, a key of `LAYER_PLACES`, in the Docker root, by name.

    One with a known stamp is not opened. No mount point, link or special file is entered. With zfs
    the scan is not `listed`: its layers lie outside the root.
    """
    if driver == "zfs":
        return zfs.scan(root)
    return space.scan(root, _SPACES[driver], known, tick)


def scan_short_links(
    root: Folder, driver: str, known: Known, tick: Tick
) -> Scan[tuple[ShortLink, ...]]:
    """All short links of `driver`, sorted, as the one record `l`; none where it has no such."""
    if driver not in _STACKING:
        return Scan()
    try:
        with root.folder(driver) as home:
            return read_short_links(home, known, tick)
    except GoneError:
        return Scan()
    except UnreadableError:
        # The scan of the directories, in the same folder, has the finding.
        return Scan(listed=False)


def directory_folder(driver: str) -> tuple[str, ...]:
    """Where `driver` keeps its directories, as names of folders from the root down."""
    return (driver,) if driver == "zfs" else _SPACES[driver].path


def list_directories(root: Folder, driver: str) -> frozenset[str]:
    """The names that `scan_directories` would find; none is looked at.

    Raises `UnreadableError`. With zfs there are none.
    """
    ids = _SPACES.get(driver)
    if ids is None:
        return frozenset()
    try:
        with root.descend(*ids.path) as folder:
            kinds = folder.kinds()
    except GoneError:
        return frozenset()
    return frozenset(printable(name) for name, kind in kinds.items() if ids.holds(name, kind))


def still_there(root: Folder, driver: str, scan: Scan[DriverDirectory]) -> Scan[DriverDirectory]:
    """`scan` without the directories that are gone by now, and what was found about them.

    A running engine makes a directory before, and removes it before, what names it. So whose a
    directory is can be told only if it was there before that was read and still is.
    """
    try:
        names = list_directories(root, driver)
    except UnreadableError:
        return scan
    gone = (scan.records.keys() | scan.unchanged) - names
    if not gone or not scan.listed:
        return scan
    return Scan(
        {name: record for name, record in scan.records.items() if name not in gone},
        scan.unchanged - gone,
        {name: stamp for name, stamp in scan.stamps.items() if name not in gone},
        tuple(found for found in scan.findings if found.object_id not in gone),
    )

"""The directories of graph drivers (moby `daemon/graphdriver/<driver>`): one module per family."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from indexer.docker.drivers import (
    aufs,
    btrfs,
    devicemapper,
    graph,
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
from indexer.docker.files.folder import GoneError, UnreadableError, printable
from indexer.docker.files.scan import Scan

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder
    from indexer.docker.files.scan import Previous, Tick
    from indexer.docker.rules.finding import Finding

__all__ = [
    "LAYER_PLACES",
    "DriverDirectory",
    "LayerPlace",
    "ShortLink",
    "directory_folder",
    "has_trees",
    "list_directories",
    "scan_directories",
    "scan_short_links",
    "settled",
]

_STACKING: Final = frozenset({"overlay2", "fuse-overlayfs"})
_SPACES: Final = MappingProxyType(
    {
        **{driver: overlay2.space(driver) for driver in _STACKING},
        "aufs": aufs.SPACE,
        "btrfs": btrfs.SPACE,
        "devicemapper": devicemapper.SPACE,
        "graph": graph.SPACE,
        "overlay": overlay.SPACE,
        "vfs": vfs.SPACE,
        "windowsfilter": windowsfilter.SPACE,
    }
)


def scan_directories(
    root: Folder, driver: str, known: Previous, tick: Tick
) -> Scan[DriverDirectory]:
    """The directories of `driver`, a key of `LAYER_PLACES`, in the Docker root, by name.

    One with a known fingerprint is not opened. No mount point, link or special file is entered.
    With zfs the scan is not `listed`: its layers lie outside the root.
    """
    if driver == "zfs":
        return zfs.scan(root)
    return space.scan(root, _SPACES[driver], known, tick)


def scan_short_links(
    root: Folder, driver: str, known: Previous, tick: Tick
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


def has_trees(driver: str) -> bool:
    """Whether the files of a layer are below the root at rest; not so of devices and datasets."""
    return driver != "zfs" and _SPACES[driver].kind == "folder"


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


def settled(
    root: Folder, driver: str, scan: Scan[DriverDirectory], named: frozenset[str]
) -> Scan[DriverDirectory]:
    """`scan` brought up to now, when everything that names directories has been read as `named`.

    A running engine makes a directory before what names it, and removes it before that. So one that
    nothing names counts only if it was there before the names were read and still is; one that is
    named counts if it is there now.
    """
    try:
        names = list_directories(root, driver)
    except UnreadableError:
        return scan
    before = scan.records.keys() | scan.unchanged
    added = (names - before) & named
    if not scan.listed or not (added or before - names):
        return scan
    later = space.look_up(root, _SPACES[driver], added, names)
    return Scan(
        {name: it for name, it in {**scan.records, **later.records}.items() if name in names},
        scan.unchanged & names,
        {
            name: it
            for name, it in {**scan.fingerprints, **later.fingerprints}.items()
            if name in names
        },
        tuple(it for it in scan.findings if _is_about(it, names)) + later.findings,
    )


def _is_about(finding: Finding, names: frozenset[str]) -> bool:
    return finding.object_id is None or finding.object_id in names

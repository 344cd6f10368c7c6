"""Readers of the directories of graph drivers, one module for each family of drivers.

Source: moby `daemon/graphdriver/<driver>`.
"""

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
    """Scan the directories of `driver`, a key of `LAYER_PLACES`, in the Docker root `root`.

    A directory with a fingerprint in `known` is not opened. Mount points, links and special files
    are never entered. With zfs the scan is not `listed`, because its layers are outside the root.
    """
    if driver == "zfs":
        return zfs.scan(root)
    return space.scan(root, _SPACES[driver], known, tick)


def scan_short_links(
    root: Folder, driver: str, known: Previous, tick: Tick
) -> Scan[tuple[ShortLink, ...]]:
    """All short links of `driver`, sorted, in one record named `l`; none for other drivers."""
    if driver not in _STACKING:
        return Scan()
    try:
        with root.folder(driver) as home:
            return read_short_links(home, known, tick)
    except GoneError:
        return Scan()
    except UnreadableError:
        # The scan of the directories reads the same folder and reports it.
        return Scan(listed=False)


def directory_folder(driver: str) -> tuple[str, ...]:
    """The folder of the directories of `driver`, as folder names from the root down."""
    return (driver,) if driver == "zfs" else _SPACES[driver].path


def has_trees(driver: str) -> bool:
    """Whether files of layers are in the root, not on devices or datasets mounted on demand."""
    return driver != "zfs" and _SPACES[driver].kind == "folder"


def list_directories(root: Folder, driver: str) -> frozenset[str]:
    """The names that `scan_directories` would find, without opening any directory.

    Empty with zfs and if the folder does not exist. Raises `UnreadableError`.
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
    """Update `scan` after everything that names directories was read; `named` are these names.

    A running engine creates a directory before the file that names it, and removes it before that
    file. So a directory that nothing names counts only if it existed both before and after the
    names were read. A named directory counts if it exists now.
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

"""The paths of layer files with each graph driver (moby `daemon/graphdriver/<driver>`)."""

from types import MappingProxyType
from typing import Final, NamedTuple


class LayerPlace(NamedTuple):
    """Where a driver keeps things, relative to the Docker root.

    The files of a layer are at `prefix` + cache ID + `suffix`. `directories` is the folder with an
    entry for each directory, as folder names. `written` are the folders below the entry of a
    read-write layer to what a container wrote, None where the driver keeps it elsewhere or in a
    form of its own; `copied` says that this began as a copy of the layer below. `pool` is the
    folder that holds the contents of all layers, where their directories are not in the root.
    """

    prefix: str
    suffix: str
    directories: tuple[str, ...] = ()
    written: tuple[str, ...] | None = None
    copied: bool = False
    pool: tuple[str, ...] | None = None


LAYER_PLACES: Final = MappingProxyType(
    {
        "overlay2": LayerPlace("overlay2/", "/diff", ("overlay2",), ("diff",)),
        "fuse-overlayfs": LayerPlace("fuse-overlayfs/", "/diff", ("fuse-overlayfs",), ("diff",)),
        "btrfs": LayerPlace("btrfs/subvolumes/", "", ("btrfs", "subvolumes"), (), copied=True),
        "zfs": LayerPlace("zfs/graph/", "", ("zfs",), pool=("zfs", "graph")),
        "vfs": LayerPlace("vfs/dir/", "", ("vfs", "dir"), (), copied=True),
        "windowsfilter": LayerPlace("windowsfilter/", "/Files", ("windowsfilter",)),
        "overlay": LayerPlace("overlay/", "/root", ("overlay",), ("upper",), copied=True),
        "aufs": LayerPlace("aufs/diff/", "", ("aufs", "diff"), ()),
        "devicemapper": LayerPlace(
            "devicemapper/mnt/",
            "/rootfs",
            ("devicemapper", "metadata"),
            pool=("devicemapper", "devicemapper"),
        ),
        "graph": LayerPlace("graph/", "", ("graph",)),
    }
)
"""Paths by graph driver. With zfs and devicemapper the path is a mount point, empty at rest.

`graph` is not a driver: it is where engines before 1.10 stored images, whatever the driver.
"""

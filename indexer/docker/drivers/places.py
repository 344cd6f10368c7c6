"""The paths of layer files with each graph driver (moby `daemon/graphdriver/<driver>`)."""

from types import MappingProxyType
from typing import Final, NamedTuple


class LayerPlace(NamedTuple):
    """The files of a layer are at `prefix` + cache ID + `suffix`, relative to the Docker root."""

    prefix: str
    suffix: str


LAYER_PLACES: Final = MappingProxyType(
    {
        "overlay2": LayerPlace("overlay2/", "/diff"),
        "fuse-overlayfs": LayerPlace("fuse-overlayfs/", "/diff"),
        "btrfs": LayerPlace("btrfs/subvolumes/", ""),
        "zfs": LayerPlace("zfs/graph/", ""),
        "vfs": LayerPlace("vfs/dir/", ""),
        "windowsfilter": LayerPlace("windowsfilter/", "/Files"),
        "overlay": LayerPlace("overlay/", "/root"),
        "aufs": LayerPlace("aufs/diff/", ""),
        "devicemapper": LayerPlace("devicemapper/mnt/", "/rootfs"),
        "graph": LayerPlace("graph/", ""),
    }
)
"""Paths by graph driver. With zfs and devicemapper the path is a mount point, empty at rest.

`graph` is not a driver: it is where engines before 1.10 stored images, whatever the driver.
"""

"""Where each graph driver keeps the files of a layer (moby `daemon/graphdriver/<driver>`)."""

from types import MappingProxyType
from typing import Final, NamedTuple


class LayerPlace(NamedTuple):
    """A layer's files are at `prefix` + cache ID + `suffix`, relative to the Docker root."""

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
"""By graph driver. With zfs and devicemapper the place is a mount point, empty at rest.

`graph` is no driver: it has what every driver's images were noted in before 1.10.
"""

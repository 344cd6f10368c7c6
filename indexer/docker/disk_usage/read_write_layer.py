"""How much a container wrote to its files (`SizeRw` of the engine, moby `daemon/graphdriver`)."""

from __future__ import annotations

import os
import stat
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from indexer.docker.disk_usage.tree import MOST_LEVELS, TreePath, measure_tree
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.encodings.sizes import plausible_size
from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder

_SECOND: Final = 1_000_000_000
_CAPABILITY: Final = "security.capability"


def rw_bytes(root: Folder, driver: str, mount_id: str, parent_id: str | None) -> int | None:
    """The size in bytes of what was added or modified in the read-write layer `mount_id`.

    `parent_id` is the graph driver's folder of what lies directly below it: of the init layer or,
    where there is none, of the image's top layer; None where there is neither. Gives None where
    the driver keeps the files outside the root, they are gone, a part of them cannot be read, or
    they are longer than is plausible_size.
    Where the engine itself compares mounted layers (fuse-overlayfs, overlay) it leaves out files
    that were opened for writing and not written; they are counted here.
    """
    place = LAYER_PLACES.get(driver)
    if place is None or place.written is None:
        return None
    written = (*place.directories, mount_id, *place.written)
    if place.copied and parent_id is not None:
        return _changed_bytes(root, written, (*place.directories, parent_id, *place.written))
    use = measure_tree(root, written, {})
    return None if use is None or use.unread else plausible_size(use.apparent_bytes)


def _changed_bytes(root: Folder, path: TreePath, parent_path: TreePath) -> int | None:
    try:
        with root.descend(*path) as layer, root.descend(*parent_path) as parent:
            comparison = _Comparison(os.fstat(layer.fileno()).st_dev)
            comparison.enter(layer, parent, MOST_LEVELS)
    except (GoneError, UnreadableError, OSError):
        return None
    return plausible_size(sum(comparison.sizes.values()))


class _Comparison:
    """A layer being compared with the one it is a copy of (moby `pkg/archive/changes.go`).

    `sizes` holds by inode all but folders that differ, so that a file with two names counts once.
    """

    __slots__ = ("_device", "sizes")

    def __init__(self, device: int) -> None:
        self._device = device
        self.sizes: dict[int, int] = {}

    def enter(self, layer: Folder, parent: Folder | None, levels: int) -> None:
        for name in os.listdir(layer.fileno()):
            found = _look(layer, name)
            former = _look(parent, name)
            if found is None or found.st_dev != self._device or _is_one_file(found, former):
                continue
            if stat.S_ISDIR(found.st_mode):
                was_folder = former is not None and stat.S_ISDIR(former.st_mode)
                self._descend(name, layer, parent if was_folder else None, levels - 1)
            elif former is None or _differs(found, former) or _got_rights(name, layer, parent):
                self.sizes[found.st_ino] = found.st_size

    def _descend(self, name: str, layer: Folder, parent: Folder | None, levels: int) -> None:
        if not levels:
            raise UnreadableError("U2", f"holds folders of more than {MOST_LEVELS} levels")
        try:
            below = layer.folder(name)
        except GoneError:
            return
        with below, nullcontext() if parent is None else parent.folder(name) as former:
            self.enter(below, former, levels)


def _look(folder: Folder | None, name: str) -> os.stat_result | None:
    if folder is None:
        return None
    try:
        return os.stat(name, dir_fd=folder.fileno(), follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is_one_file(found: os.stat_result, former: os.stat_result | None) -> bool:
    return former is not None and os.path.samestat(found, former)


def _differs(found: os.stat_result, former: os.stat_result) -> bool:
    return _properties(found) != _properties(former) or not _is_same_time(
        divmod(found.st_mtime_ns, _SECOND), divmod(former.st_mtime_ns, _SECOND)
    )


def _properties(found: os.stat_result) -> tuple[int, ...]:
    return found.st_mode, found.st_uid, found.st_gid, found.st_size


def _is_same_time(one: tuple[int, int], other: tuple[int, int]) -> bool:
    # A file from an archive has whole seconds, so a fraction is compared only where both have one.
    return one[0] == other[0] and (one[1] == other[1] or not one[1] or not other[1])


def _got_rights(name: str, layer: Folder, parent: Folder | None) -> bool:
    """Whether the capabilities of a program differ."""
    return parent is not None and _capability(layer, name) != _capability(parent, name)


def _capability(folder: Folder, name: str) -> bytes | None:
    try:
        # There is no getxattr relative to a handle; this path is the handle's.
        path = f"/proc/self/fd/{folder.fileno()}/{name}"
        return os.getxattr(path, _CAPABILITY, follow_symlinks=False)
    except OSError:
        return None

"""What everything in a root takes on the disk that is not measured as a tree of its own.

One walk gives each inode's blocks to the place that it is at, so that all places and all trees
together take what `du -sx` says of the root.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from indexer.docker.disk_usage.places import SHARED, TOP, Place, place_of
from indexer.docker.disk_usage.tree import BLOCK, GONE, MOST_LEVELS, opened
from indexer.docker.files.folder import printable

if TYPE_CHECKING:
    from collections.abc import Set

    from indexer.docker.disk_usage.tree import TreePath
    from indexer.docker.files.folder import Folder

Inode = tuple[int, int]
"""Device and number of a file."""


class Claim(NamedTuple):
    """A place in which a file with several names has one of them, and the file's disk bytes."""

    inode: Inode
    disk_bytes: int
    place: Place


class Census(NamedTuple):
    """The disk bytes of each place, without the files in `claims`, which have several names.

    Of the places in `unread` a part could not be looked at; where that is a folder that things of
    many kinds share, it is the place `unread` with the name of the top folder.
    """

    sizes: dict[Place, int]
    unread: frozenset[Place]
    claims: tuple[Claim, ...]


def take_census(root: Folder, table: str, apart: Set[TreePath], mounts: Set[str]) -> Census:
    """Walk over `root` and give the bytes to the places that `table`, docker or containerd, names.

    Trees at the paths `apart` are left out, and what is behind the mount points `mounts` or on
    another file system. No link is followed, also not one that stands in for a folder.
    """
    walk = _Walk(table, apart, mounts, root.device())
    walk.enter(root.fileno(), (), TOP)
    return Census(walk.sizes, frozenset(walk.unread), tuple(walk.claims))


class _Walk:
    """A root being walked over. Works on bare handles, as it opens a great many folders."""

    __slots__ = ("_apart", "_device", "_mounts", "_table", "claims", "sizes", "unread")

    def __init__(self, table: str, apart: Set[TreePath], mounts: Set[str], device: int) -> None:
        self._table = table
        self._apart = apart
        self._mounts = mounts
        self._device = device
        self.sizes: dict[Place, int] = {}
        self.unread: set[Place] = set()
        self.claims: list[Claim] = []

    def enter(self, fd: int, path: TreePath, place: Place) -> None:
        """Count the folder `fd` itself and all in it."""
        self._add(place, os.fstat(fd).st_blocks)
        try:
            names = sorted(os.listdir(fd))
        except OSError as error:
            self._fail(path, place, error)
            return
        for name in names:
            self._count(fd, (*path, name), place)

    def _count(self, fd: int, path: TreePath, above: Place) -> None:
        if path in self._apart or "/".join(path) in self._mounts:
            return
        place = place_of(self._table, path, above)
        try:
            found = os.stat(path[-1], dir_fd=fd, follow_symlinks=False)
        except OSError as error:
            self._fail(path, place, error)
            return
        if found.st_dev != self._device:
            return
        if stat.S_ISDIR(found.st_mode):
            self._descend(fd, path, place, found)
        elif found.st_nlink > 1:
            inode = (found.st_dev, found.st_ino)
            self.claims.append(Claim(inode, found.st_blocks * BLOCK, place))
        else:
            self._add(place, found.st_blocks)

    def _descend(self, fd: int, path: TreePath, place: Place, found: os.stat_result) -> None:
        try:
            if len(path) >= MOST_LEVELS:
                raise OSError("too deep")
            below = opened(path[-1], fd)
        except OSError as error:
            self._add(place, found.st_blocks)
            self._fail(path, place, error)
            return
        try:
            self.enter(below, path, place)
        finally:
            os.close(below)

    def _add(self, place: Place, blocks: int) -> None:
        self.sizes[place] = self.sizes.get(place, 0) + blocks * BLOCK

    def _fail(self, path: TreePath, place: Place, error: OSError) -> None:
        if error.errno in GONE:
            return
        if place.kind in SHARED and path:
            # What of others is in it is as unknown as what it takes itself.
            place = Place("unread", "", printable(path[0]))
        self.unread.add(place)

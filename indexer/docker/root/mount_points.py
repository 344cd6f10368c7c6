"""Finds the mount points in a Docker root (proc(5), `/proc/<pid>/mountinfo`)."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.docker.files.folder import Folder

_TABLE: Final = "/proc/self/mountinfo"
_POINT: Final = 4
_ESCAPE: Final = re.compile(rb"\\([0-7]{3})")


def mount_points(root: Folder) -> Mapping[str, frozenset[str]]:
    """The mount points in the Docker root `root`, by each folder that has some below it.

    All paths are relative to the root, which is '' itself. Those below a followed link begin with
    the name of the link. Empty without `/proc`. Only the kernel's table is read, since a `stat` of
    a network mount whose server is gone would hang.
    """
    try:
        tops_by_prefix = {"": _path(root)}
        tops_by_prefix |= {f"{name}/": _path(folder) for name, folder in root.followed.items()}
        with open(_TABLE, "rb") as table:
            points = [_point(line) for line in table]
    except OSError:
        return {}
    tops = ((below, path.rstrip("/") + "/") for below, path in tops_by_prefix.items())
    return _by_folder(
        below + point.removeprefix(top)
        for below, top in tops
        for point in points
        if point.startswith(top)
    )


def _path(folder: Folder) -> str:
    return os.readlink(f"/proc/self/fd/{folder.fileno()}")


def _point(line: bytes) -> str:
    # The kernel writes a space, tab, newline or backslash of a path as `\\` and three octal digits.
    escaped = line.split(b" ")[_POINT]
    return os.fsdecode(_ESCAPE.sub(lambda match: bytes([int(match[1], 8)]), escaped))


def _by_folder(points: Iterable[str]) -> Mapping[str, frozenset[str]]:
    below = defaultdict[str, set[str]](set)
    for point in points:
        above = point
        while above:
            above = above.rpartition("/")[0]
            below[above].add(point)
    return {folder: frozenset(names) for folder, names in below.items()}

"""Where other file systems are mounted in a Docker root (proc(5), `/proc/<pid>/mountinfo`)."""

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
    """The mount points below each folder that has some, for the Docker root `root`.

    All are relative to the root, which is '' itself; those below a followed link are below its
    name. Nothing below the root is touched, so that a server which does not answer any more
    cannot stop this. Empty where there is no `/proc`.
    """
    try:
        places = {"": _path(root)}
        places |= {f"{name}/": _path(folder) for name, folder in root.followed.items()}
        with open(_TABLE, "rb") as table:
            points = [_point(line) for line in table]
    except OSError:
        return {}
    tops = ((below, path.rstrip("/") + "/") for below, path in places.items())
    return _by_folder(
        below + point.removeprefix(top)
        for below, top in tops
        for point in points
        if point.startswith(top)
    )


def _path(folder: Folder) -> str:
    return os.readlink(f"/proc/self/fd/{folder.fileno()}")


def _point(line: bytes) -> str:
    escaped = line.split(b" ")[_POINT]
    return os.fsdecode(_ESCAPE.sub(lambda found: bytes([int(found[1], 8)]), escaped))


def _by_folder(points: Iterable[str]) -> Mapping[str, frozenset[str]]:
    below = defaultdict[str, set[str]](set)
    for point in points:
        above = point
        while above:
            above = above.rpartition("/")[0]
            below[above].add(point)
    return {folder: frozenset(names) for folder, names in below.items()}

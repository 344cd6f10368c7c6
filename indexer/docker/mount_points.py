"""Where other file systems are mounted in a Docker root (proc(5), `/proc/<pid>/mountinfo`)."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TABLE: Final = "/proc/self/mountinfo"
_POINT: Final = 4
_ESCAPE: Final = re.compile(rb"\\([0-7]{3})")


def mount_points(root_fd: int) -> Mapping[str, frozenset[str]]:
    """The mount points below each folder that has some, for the root open as `root_fd`.

    All are relative to the root, which is '' itself. Nothing below the root is touched, so that a
    server which does not answer any more cannot stop this. Empty where there is no `/proc`.
    """
    try:
        root = os.readlink(f"/proc/self/fd/{root_fd}")
        with open(_TABLE, "rb") as table:
            points = [_point(line) for line in table]
    except OSError:
        return {}
    top = root.rstrip("/") + "/"
    return _by_folder(point.removeprefix(top) for point in points if point.startswith(top))


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

"""A Docker root that is damaged and mended again: what goes is moved aside, and moved back."""

from __future__ import annotations

import os
import re
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_ID: Final = re.compile(r"[0-9a-f]{64}|\b[0-9A-Z]{26}\b|[0-9a-z]{25}")


class Damage:
    """Changes to the files below `root`, all of which `mend` takes back.

    Paths are relative to the root. `aside` is a folder of the same file system outside of it.
    """

    def __init__(self, root: Path, aside: Path) -> None:
        """Take a root that nobody else changes; the folder `aside` is made."""
        self.root = str(root)
        self.groups = _groups(self.root)
        self.paths = sorted(path for paths in self.groups.values() for path in paths)
        self.ids = sorted({found for path in self.paths for found in _HEX.findall(path)})
        self._aside = str(aside)
        self._moved: list[tuple[str, str | None]] = []
        os.makedirs(aside, exist_ok=True)

    def at(self, path: str) -> str:
        """The path on the disk."""
        return os.path.join(self.root, path)

    def is_free(self, path: str) -> bool:
        """Whether `path` can be made: its folder is there, without a link on the way to it."""
        folder = os.path.dirname(self.at(path))
        is_inside = os.path.isdir(folder) and os.path.realpath(folder) == folder
        return is_inside and not os.path.lexists(self.at(path))

    def is_there(self, path: str) -> bool:
        """Whether there is something at `path` and no link on the way to it."""
        folder = os.path.dirname(self.at(path))
        return os.path.lexists(self.at(path)) and os.path.realpath(folder) == folder

    def take(self, path: str) -> str:
        """Move what is at `path` aside and give the place where it is now."""
        kept = os.path.join(self._aside, str(len(self._moved)))
        os.rename(self.at(path), kept)
        self._moved.append((self.at(path), kept))
        return kept

    def place(self, path: str) -> str:
        """Give the path on the disk of something that is going to be made at the free `path`."""
        self._moved.append((self.at(path), None))
        return self.at(path)

    def read(self, path: str) -> bytes:
        """The content of the regular file at `path`."""
        with open(self.at(path), "rb") as file:
            return file.read(_MOST_BYTES)

    def write(self, path: str, data: bytes) -> None:
        """Put a new file with `data` in the place of whatever is at `path`."""
        if os.path.lexists(self.at(path)):
            self.take(path)
        with open(self.place(path), "xb") as file:
            file.write(data)

    def mend(self) -> None:
        """Take every change back, the last one first."""
        while self._moved:
            path, kept = self._moved.pop()
            if kept is not None:
                os.rename(kept, path)
            elif os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)


_HEX: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_MOST_BYTES: Final = 4 << 20


def _groups(root: str) -> dict[str, list[str]]:
    """Everything below `root` by what it is: its path with every ID replaced by a sign."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.relpath(os.path.join(folder, name), root)
            groups[_ID.sub("*", path)].append(path)
    return {group: sorted(paths) for group, paths in sorted(groups.items())}

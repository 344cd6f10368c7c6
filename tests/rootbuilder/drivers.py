"""The directories of graph drivers (moby `daemon/graphdriver/<driver>`)."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from typing import TYPE_CHECKING, Final, Protocol

from tests.rootbuilder.files import NO_FILES, Files, make_directory, write_file, write_tree

if TYPE_CHECKING:
    from pathlib import Path

_STACKING: Final = ("overlay2", "fuse-overlayfs")
_COPYING: Final = {"vfs": "dir", "btrfs": "subvolumes"}


class Driver(Protocol):
    """A graph driver's part of the root."""

    def path(self, cache_id: str) -> Path:
        """Give the directory named `cache_id`."""
        ...

    def create(self, cache_id: str, parent: str | None, files: Files = NO_FILES) -> Path:
        """Make the directory `cache_id` with `files` on top of `parent`; give its path.

        Raises `FileExistsError` where it is there already.
        """
        ...

    def mount(self, cache_id: str) -> None:
        """Leave what a mounted directory shows on disk."""
        ...

    def remove(self, cache_id: str) -> None:
        """Remove the directory `cache_id` and what points to it."""
        ...


def open_driver(root: Path, name: str) -> Driver:
    """Open the graph driver `name` in the Docker root `root`. Raises `ValueError`."""
    if name in _STACKING:
        return StackingDriver(root / name)
    if name in _COPYING:
        return CopyingDriver(root / name / _COPYING[name])
    known = ", ".join((*_STACKING, *_COPYING))
    raise ValueError(f"The root builder cannot write the driver {name!r}; take one of {known}.")


class StackingDriver:
    """overlay2 and fuse-overlayfs: one folder a layer, stacked by `lower` and short links."""

    def __init__(self, home: Path) -> None:
        self._home = make_directory(home, 0o710)
        make_directory(home / "l", 0o700)

    def path(self, cache_id: str) -> Path:
        """Give the directory named `cache_id`."""
        return self._home / cache_id

    def create(self, cache_id: str, parent: str | None, files: Files = NO_FILES) -> Path:
        """Make the directory in the engine's order, and mark `parent` as committed."""
        directory = self.path(cache_id)
        os.mkdir(directory)
        os.chmod(directory, 0o710)
        write_tree(make_directory(directory / "diff"), files)
        link = self._link(cache_id)
        os.symlink(f"../{cache_id}/diff", self._home / "l" / link)
        write_file(directory / "link", link.encode())
        if parent is not None:
            make_directory(directory / "work", 0o700)
            write_file(self.path(parent) / "committed", b"", 0o600)
            write_file(directory / "lower", self._lower(parent))
        return directory

    def mount(self, cache_id: str) -> None:
        """Make the mount point `merged`."""
        merged = make_directory(self.path(cache_id) / "merged", 0o700)
        # It is mounted some time after the directory was made.
        later = merged.stat().st_mtime_ns + 1_000_000_000
        os.utime(merged, ns=(later, later))

    def remove(self, cache_id: str) -> None:
        """Remove the short link, then the directory."""
        os.unlink(self._home / "l" / self._link(cache_id))
        shutil.rmtree(self.path(cache_id))

    def _lower(self, parent: str) -> bytes:
        directory = self.path(parent)
        nearest = b"l/" + (directory / "link").read_bytes()
        below = directory / "lower"
        return nearest + b":" + below.read_bytes() if below.exists() else nearest

    @staticmethod
    def _link(cache_id: str) -> str:
        return base64.b32encode(hashlib.sha256(cache_id.encode()).digest()).decode()[:26]


class CopyingDriver:
    """vfs and btrfs: every directory shows the whole file system, and nothing names its parent."""

    def __init__(self, home: Path) -> None:
        self._home = make_directory(home, 0o710)

    def path(self, cache_id: str) -> Path:
        """Give the directory named `cache_id`."""
        return self._home / cache_id

    def create(self, cache_id: str, parent: str | None, files: Files = NO_FILES) -> Path:
        """Copy `parent` and write `files` over it."""
        directory = self.path(cache_id)
        os.mkdir(directory)
        os.chmod(directory, 0o755)
        if parent is not None:
            shutil.copytree(self.path(parent), directory, symlinks=True, dirs_exist_ok=True)
        write_tree(directory, files)
        return directory

    def mount(self, cache_id: str) -> None:
        """Change nothing: the directory itself is what a container sees."""

    def remove(self, cache_id: str) -> None:
        """Remove the directory."""
        shutil.rmtree(self.path(cache_id))

"""Docker roots of real engines, and what each engine said of its own: see README.md."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Final

GOLDEN_ROOTS: Final = ("20.10-overlay2", "20.10-vfs", "26.1.5-overlay2", "28.5.2-vfs")
"""Roots whose images a graph driver holds."""

CONTAINERD_ROOTS: Final = ("28.5.2-c8d", "29.7.2-c8d-sysctrd")
"""Roots whose images the containerd image store holds."""

CAPTURED_ROOTS: Final = (*GOLDEN_ROOTS, *CONTAINERD_ROOTS)

_FOLDER: Final = Path(__file__).parent


def unpack(name: str, folder: Path) -> Path:
    """Unpack the root `name` of `CAPTURED_ROOTS` into `folder` and give the Docker root's path.

    Where the engine used a containerd of the system, that one's root lies beside it. Owners, modes
    and times are those of the captured root. Only root can set owners: for any other user all
    belongs to that user, who may then read and change everything.
    """
    with tarfile.open(_FOLDER / name / "root.tar.gz") as archive:
        if os.geteuid() != 0:
            for member in archive:
                member.mode |= 0o700 if member.isdir() else 0o600
        # An attribute, because the first 3.11 do not know the argument `filter` of extractall.
        archive.extraction_filter = _as_it_is
        archive.extractall(folder, numeric_owner=True)
    return folder.resolve() / "docker"


def containerd_root(root: Path) -> Path:
    """The root of containerd that belongs to the unpacked Docker root `root`: inside or beside."""
    inside = root / "containerd" / "daemon"
    return inside if inside.exists() else root.parent / "containerd"


def truth(name: str) -> Path:
    """The folder with the answers of the engine of the root `name`, for `Answers.from_folder`."""
    return _FOLDER / name / "truth"


def _as_it_is(member: tarfile.TarInfo, _: str) -> tarfile.TarInfo:
    return member

"""Copies the root of a running engine into an archive, with what the engine says beside it."""

from __future__ import annotations

import os
import stat
import tarfile
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from tests.engine.harness.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.harness.dockerd import Engine

_CONTENT = (
    "overlay2/*/diff/*",
    "overlay2/*/merged/*",
    "overlay2/*/work/*",
    "vfs/dir/*/*",
    "volumes/*/_data/*",
    "containers/*/mounts/*",
)


def capture(engine: Engine, folder: Path) -> None:
    """Write `root.tar.gz` and `truth/` into `folder` while the engine runs.

    The archive holds the data root as `docker/`, with owners, modes, times and links, without
    the contents of layers and volumes (their folders are empty), sockets and device nodes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    Answers.from_engine(engine).save(folder / "truth")
    with tarfile.open(folder / "root.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name in _kept(engine.data_root):
            archive.add(engine.data_root / name, f"docker/{name}", recursive=False)


def _kept(root: Path) -> Iterator[str]:
    """Names below the root, folders before what is in them."""
    yield ""
    waiting = [""]
    while waiting:
        for entry in os.scandir(root / waiting.pop()):
            name = os.path.relpath(entry.path, root)
            if any(fnmatch(name, pattern) for pattern in _CONTENT):
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                waiting.append(name)
            if stat.S_ISDIR(mode) or stat.S_ISREG(mode) or stat.S_ISLNK(mode):
                yield name

"""Calling the readers on folders that tests write."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indexer.docker.files.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from indexer.docker.rules.finding import Finding

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"
OTHER_HEX = "f" * 64
OTHER_DIGEST = f"sha256:{OTHER_HEX}"
LONG_AGO = 1_600_000_000


def no_tick(_: int) -> None:
    """Move no progress bar."""


@contextmanager
def opened(path: Path) -> Iterator[Folder]:
    """The folder at `path` as readers take it."""
    with Folder.of_root(str(path)) as folder:
        yield folder


def write(path: Path, content: str | bytes = b"") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def plant(path: Path, kind: str) -> None:
    """Put something that is no regular file, or none that can be read, at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "dangling link":
        path.symlink_to("nowhere")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()


def found(findings: Iterable[Finding]) -> list[tuple[str, str | None, str]]:
    """Rule, object and path of each finding."""
    return [(finding.rule, finding.object_id, finding.path) for finding in findings]


PLANTED = ("link", "dangling link", "pipe", "folder")

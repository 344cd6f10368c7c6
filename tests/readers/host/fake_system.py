"""A small fake Linux system in a directory, for tests of where Docker roots are looked for."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indexer.docker.host.discovery import Discovery, FoundRoot, discover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534
UNIT = "etc/systemd/system/docker.service"
DROP_IN = "etc/systemd/system/docker.service.d/override.conf"


class System:
    """A fake system below `top`, whose paths are written without the leading slash."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def file(self, path: str, content: str | bytes) -> Path:
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def root(self, path: str) -> str:
        (self.top / path / "image/overlay2/imagedb").mkdir(parents=True)
        return str(self.top / path)

    def special(self, path: str) -> None:
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(self.top / path)

    def link(self, path: str, target: str) -> None:
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).symlink_to(target)

    def discover(self) -> Discovery:
        return discover(str(self.top))

    def only(self) -> FoundRoot:
        found = self.discover()
        assert found.notices == ()
        (root,) = found.roots
        return root


@contextmanager
def unprivileged() -> Iterator[None]:
    """Run the block without root's power over file modes."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)

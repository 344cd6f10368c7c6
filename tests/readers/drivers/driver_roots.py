"""Docker roots for tests of graph drivers: built ones, hand-made ones, and how they are read."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from indexer.docker.drivers import (
    list_directories,
    scan_directories,
    scan_short_links,
    settled,
)
from indexer.docker.files.folder import Folder
from indexer.docker.files.scan import NOTHING, UNPROVEN
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.drivers import DriverDirectory, ShortLink
    from indexer.docker.files.scan import Previous, Scan
    from tests.rootbuilder import BuiltContainer, BuiltImage

ID = "a1" * 32
OTHER_ID = "b2" * 32
BUILD_ID = "0123456789abcdefghijklmno"
STAMPS_HOLD_SECONDS = 0.06


class Stacked:
    """A root with an image of three layers, and a container that runs on it."""

    def __init__(self, path: Path, driver: str) -> None:
        self.path = path / "docker"
        self.builder = RootBuilder(self.path, driver)
        self.image: BuiltImage = self.builder.image([b"one", b"two", b"three"], tag="app:1")
        self.container: BuiltContainer = self.builder.container("app", self.image, running=True)
        self.home = self.path / driver


def scan(root: Path, driver: str, known: Previous = NOTHING) -> Scan[DriverDirectory]:
    with Folder.of_root(str(root)) as folder:
        return scan_directories(folder, driver, known, lambda _: None)


def scan_again(root: Path, driver: str) -> tuple[Scan[DriverDirectory], Scan[DriverDirectory]]:
    """Scan twice, the second time with the fingerprints of the first, once these are proof."""
    time.sleep(STAMPS_HOLD_SECONDS)
    first = scan(root, driver)
    return first, scan(root, driver, first.fingerprints)


def links(root: Path, driver: str, known: Previous = NOTHING) -> Scan[tuple[ShortLink, ...]]:
    with Folder.of_root(str(root)) as folder:
        return scan_short_links(folder, driver, known, lambda _: None)


def names(root: Path, driver: str) -> frozenset[str]:
    with Folder.of_root(str(root)) as folder:
        return list_directories(folder, driver)


def later(
    root: Path, driver: str, found: Scan[DriverDirectory], *named: str
) -> Scan[DriverDirectory]:
    with Folder.of_root(str(root)) as folder:
        return settled(folder, driver, found, frozenset(named))


def rules(found: Scan[DriverDirectory]) -> list[tuple[str, str | None]]:
    """Each finding as its rule and what it is about."""
    return [(finding.rule, finding.object_id) for finding in found.findings]


def proven(found: Scan[DriverDirectory]) -> set[str]:
    """The names that need not be read next time."""
    return {name for name, fingerprint in found.fingerprints.items() if fingerprint != UNPROVEN}


def write(path: Path, content: str | bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def age(path: Path, seconds: float) -> None:
    """Make `path` have been modified so long ago."""
    then = time.time() - seconds
    os.utime(path, (then, then))

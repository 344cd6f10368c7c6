"""A small fleet: hosts with some images in common, each with an index file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.fleet.merge import MergeSummary, merge
from tests.rootbuilder import BuiltImage, RootBuilder
from tests.sync.index_files import Rows, contents, sync_roots

if TYPE_CHECKING:
    from pathlib import Path

BORN = "2026-01-01T00:00:00Z"


class Host:
    """One host: its Docker root and its index."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.root = RootBuilder(folder / name / "docker", seed=name)
        self.index = folder / f"{name}.db"

    def image(self, *layers: str, tag: str | None = None, env: str = "A=1") -> BuiltImage:
        """Add an image that is the same on every host: of layers with these texts."""
        parts = [layer.encode() for layer in layers]
        return self.root.image(parts, tag=tag, created=BORN, env=[env])

    def sync(self, index: Path | None = None, *, env_values: bool = False) -> Path:
        """Sync into the host's own index or another one."""
        chosen = index or self.index
        sync_roots(chosen, self.root.path, host=self.name, env_values=env_values)
        return chosen


def fleet(folder: Path) -> list[Host]:
    """Three hosts: all have the base image, two the same app, and one another app of that tag."""
    hosts = [Host(folder, name) for name in ("alpha", "beta", "gamma")]
    for host in hosts:
        host.image("base", tag="base:1")
        app = host.image("base", "old" if host.name == "gamma" else "new", tag="app:1")
        host.root.distribution(app.diff_ids[1], f"sha256:{'b' * 64}", "docker.io/library/app")
        host.root.container("web", app, image_name="app:1")
        host.root.volume(f"data-{host.name}")
        host.sync()
    return hosts


def merged(into: Path, *indexes: Path) -> MergeSummary:
    """Merge index files into one."""
    return merge(str(into), map(str, indexes))


def merged_contents(into: Path) -> dict[str, Rows]:
    """All tables of a merged index: fingerprints are of one index only."""
    tables = contents(into)
    assert tables.pop("fingerprints") == []
    return tables

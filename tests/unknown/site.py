"""A small root with everything in it that numbers are computed from, and what an index says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.cli.commands import Outcome, dockidx
from tests.rootbuilder import BuiltContainer, BuiltImage, MountSpec, RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


class Site(NamedTuple):
    """A root with two images, a container with a volume, and an unused volume."""

    path: Path
    used: BuiltImage
    unused: BuiltImage
    container: BuiltContainer

    @property
    def index(self) -> Path:
        """The index that `sync` fills."""
        return self.path.parent / "index.db"

    def sync(self, *options: str | Path) -> Outcome:
        """Sync the root with `--du`."""
        common = ("--db", self.index, "--host", "host-a", "--du")
        outcome = dockidx("sync", "--root", self.path, *common, *options)
        assert outcome.code == 0, outcome.err
        return outcome

    def query(self, name: str, *parameters: str) -> list[Row]:
        """The rows of a canned query."""
        words = ("query", name, *parameters, "--db", self.index, "--format", "json")
        outcome = dockidx(*words)
        assert outcome.code == 0, outcome.err
        rows: list[Row] = json.loads(outcome.out)
        return rows

    def usage(self, category: str) -> tuple[int | None, ...]:
        """Items, active, size and reclaimable of a category of disk-usage."""
        row = next(it for it in self.query("disk-usage") if it["category"] == category)
        return tuple(row[key] for key in ("items", "active", "size_bytes", "reclaimable_bytes"))

    def column(self, name: str, column: str, *parameters: str) -> set[Any]:
        """The values of a column of a canned query."""
        return {row[column] for row in self.query(name, *parameters)}

    def problems(self) -> list[tuple[str, str, str]]:
        """Rule, path and message of each problem, in the order of the query."""
        return [(it["rule"], it["path"], it["message"]) for it in self.query("problems")]

    def cause(self) -> tuple[str, str, str]:
        """The one problem; nothing may be reported that only follows from it."""
        (only,) = self.problems()
        return only


def build(path: Path) -> Site:
    """Make the root at `path`."""
    root = RootBuilder(path)
    used = root.image([b"base", b"app"], tag="app:1")
    unused = root.image([b"other"], tag="other:1")
    for name in ("data", "a" * 64):
        root.volume(name)
    mounts = [MountSpec("/data", name="data"), MountSpec("/cache", name="a" * 64)]
    container = root.container("web", used, mounts=mounts)
    return Site(path, used, unused, container)

"""A captured root with its index, what its engine said, and what `dockidx trace` says of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.cli.commands import dockidx
from tests.engine.harness.answers import Answers
from tests.engine.harness.comparison import chain_ids
from tests.engine.harness.index_answers import Index
from tests.roots import truth

if TYPE_CHECKING:
    from pathlib import Path

Thing = dict[str, Any]


def trace(index: Path, wanted: str) -> list[Thing]:
    """All that `dockidx trace` finds, with the exit code 0 for something and 1 for nothing."""
    done = dockidx("trace", wanted, "--format", "json", "--db", index)
    found: list[Thing] = json.loads(done.out)
    assert done.code == (0 if found else 1), done.err
    return found


@dataclass(frozen=True)
class TracedRoot:
    """A root of `tests.roots` by its name, its path and the path of its index."""

    name: str
    root: Path
    index: Path

    def trace(self, wanted: str) -> list[Thing]:
        """All that goes by `wanted`."""
        return trace(self.index, wanted)

    def one(self, wanted: str, kind: str) -> Thing:
        """The one thing that goes by `wanted`; it has to be of this kind."""
        found = self.trace(wanted)
        assert [thing["kind"] for thing in found] == [kind], wanted
        return found[0]

    def rows(self, statement: str) -> list[Thing]:
        """The rows of any SELECT on the index."""
        return Index(self.index, self.root).sql(statement)

    @property
    def driver(self) -> str:
        """The graph driver of the root."""
        return self.name.partition("-")[2]

    @property
    def store(self) -> Path:
        """The folder of its image store."""
        return self.root / "image" / self.driver

    @cached_property
    def answers(self) -> Answers:
        """What the engine said."""
        return Answers.from_folder(truth(self.name))

    @cached_property
    def chains(self) -> dict[str, list[str]]:
        """The chain IDs of each image, the lowest layer first."""
        images = self.answers.image_inspect.items()
        return {key: chain_ids(image["RootFS"].get("Layers") or []) for key, image in images}

    @cached_property
    def layers(self) -> dict[str, Thing]:
        """Each layer in the store by its chain ID, as its files tell: diff ID and cache ID."""
        folders = (self.store / "layerdb" / "sha256").iterdir()
        return {
            f"sha256:{folder.name}": {
                "diff_id": (folder / "diff").read_text(),
                "cache_id": (folder / "cache-id").read_text(),
            }
            for folder in folders
        }

    def images_with(self, chain_id: str) -> set[str]:
        """The images that have a layer."""
        return {image_id for image_id, chains in self.chains.items() if chain_id in chains}

    def containers_of(self, images: set[str]) -> set[str]:
        """The containers of these images."""
        containers = self.answers.containers
        return {it["Id"] for it in containers if it["ImageID"] in images}

    def directory(self, name: str) -> str:
        """The path of the files in a directory of the graph driver."""
        if self.driver == "vfs":
            return str(self.root / "vfs" / "dir" / name)
        return str(self.root / self.driver / name / "diff")


def ids(things: list[Thing], field: str) -> set[str]:
    """One field of all rows of a list, each once."""
    found = [str(thing[field]) for thing in things]
    assert len(found) == len(set(found)), found
    return set(found)

"""What `reclaim` foretells is what an engine frees, to the byte, whatever the set of images."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.filling import Filling
from tests.engine.harness.index_answers import Index
from tests.engine.harness.registry import Registry
from tests.engine.harness.removing import REMOVALS, Freed, remove_all
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STAY = {
    "a parent whose child stays",
    "of a running container",
    "the base of many",
}
"""Sets of one image of which no image goes; only its names do."""

FREE_NOTHING = STAY | {
    "of a stopped container",
    "built by BuildKit",
    "a base of BuildKit",
    "one without steps on a base of BuildKit",
}
"""Sets whose layers are all held by something else."""


@pytest.fixture(scope="module")
def removals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Freed]]:
    """Remove set after set from an overlay2 engine, and ask the index of each before."""
    missing = availability()
    need(missing is None, missing or "")
    folder = tmp_path_factory.mktemp("reclaim")
    try:
        with Registry(folder / "registry") as registry, Engine(folder, "overlay2") as engine:
            filling = Filling(engine, registry, folder / "filling")
            yield remove_all(filling, Index(folder / "index.db", engine.data_root))
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("case", [*REMOVALS, "all that is left"])
def test_what_is_freed_was_foretold(removals: Mapping[str, Freed], case: str) -> None:
    """The bytes of the layers that went are those that the query gave before."""
    freed = removals[case]
    assert freed.foretold["freed_bytes"] == freed.freed_bytes
    assert freed.foretold["size_bytes"] >= freed.freed_bytes
    assert (freed.freed_bytes == 0) == (case in FREE_NOTHING)


@pytest.mark.parametrize("case", REMOVALS)
def test_the_images_are_those_of_the_set(removals: Mapping[str, Freed], case: str) -> None:
    """The set counts each image once, and they go where the case does not say that they stay."""
    freed = removals[case]
    named = {"two that share layers with each other": 2, "parent and child": 2}
    assert freed.foretold["images"] == named.get(case, 1)
    gone = freed.images_before - freed.images_after
    assert bool(gone) == (case not in STAY)


def test_unnamed_parents_go_along(removals: Mapping[str, Freed]) -> None:
    """With the last child of an unnamed image that one goes too, but not with the first."""
    gone = {case: len(it.images_before - it.images_after) for case, it in removals.items()}
    assert gone["one with unnamed parents"] == 4
    assert gone["the first on an unnamed parent"] == 1
    assert gone["the last on an unnamed parent"] == 2


def test_parent_and_child_free_more_than_each(removals: Mapping[str, Freed]) -> None:
    """A layer that only the set has counts once; one that others have too does not count."""
    assert removals["parent and child"].freed_bytes == 20_011 + 10_007
    assert removals["two that share layers with each other"].freed_bytes == 70_001 + 1_009 + 2_003
    assert removals["one that shares layers"].freed_bytes == 3_001
    assert removals["one layer twice"].freed_bytes == 5_003 + 9 + 5_003

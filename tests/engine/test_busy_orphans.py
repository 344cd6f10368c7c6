"""Nothing that an engine is just making or removing is taken for an orphan, or for damage."""

from __future__ import annotations

import itertools
import shutil
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.engine.harness import archives
from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.fill_images import BASE
from tests.engine.harness.filling import Filling
from tests.engine.harness.index_answers import Index
from tests.engine.harness.registry import Registry
from tests.engine.harness.unnamed import directories
from tests.engine.harness.working import build, build_classic, load, working
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.harness.index_answers import Row

SYNCS = 12


class Watched(NamedTuple):
    """An engine that was synced while it worked: its owners each time, all orphans and alarms ever.

    Alarms are problems that are worse than info.
    """

    owners: list[dict[str, str]]
    orphans: list[Row]
    alarms: list[Row]
    rounds: dict[str, int]
    at_rest: set[str]
    owned_at_rest: dict[str, str]


@pytest.fixture(scope="module", params=["overlay2", "vfs"])
def watched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    """Sync again and again while an engine loads, builds with both builders, runs and removes."""
    missing = availability()
    need(missing is None, missing or "")
    folder = tmp_path_factory.mktemp("busy")
    try:
        with Registry(folder / "registry") as registry, Engine(folder, request.param) as engine:
            filling = Filling(engine, registry, folder / "filling")
            filling.docker("import", "-", BASE, data=archives.base_layer())
            yield _watch(filling, Index(folder / "index.db", engine.data_root))
    finally:
        shutil.rmtree(folder)


def _watch(filling: Filling, index: Index) -> Watched:
    owners: list[dict[str, str]] = []
    orphans: list[Row] = []
    alarms: list[Row] = []
    with working(filling, load, build, build_classic) as rounds:
        for _ in range(SYNCS):
            index.sync()
            owners.append(_owners(index))
            orphans += index.query("orphan-directories")
            alarms += (row for row in index.query("problems") if row["severity"] != "info")
            time.sleep(0.2)
    index.sync()
    names = directories(index.root, filling.engine.driver)
    return Watched(owners, orphans, alarms, rounds, names, _owners(index))


def test_no_orphan_is_seen_in_a_busy_engine(watched: Watched) -> None:
    """In none of many syncs anything is called an orphan: nothing crashed."""
    assert watched.orphans == []


def test_no_damage_is_seen_in_a_busy_engine(watched: Watched) -> None:
    """In none of many syncs anything is worse than worth knowing: nothing is broken."""
    assert watched.alarms == []


def test_the_engine_was_busy(watched: Watched) -> None:
    """Directories came and went from one sync to the next, and some were seen half made."""
    changes = sum(one.keys() != other.keys() for one, other in itertools.pairwise(watched.owners))
    assert changes >= SYNCS // 2
    assert any("in-progress" in owners.values() for owners in watched.owners)
    assert len(watched.rounds) == 3


def test_every_directory_has_its_owner_at_rest(watched: Watched) -> None:
    """When the engine has come to rest, all directories are listed and each is named."""
    assert watched.owned_at_rest.keys() == watched.at_rest
    kinds = {"image-layer", "build-cache"}
    assert set(watched.owned_at_rest.values()) <= kinds


def _owners(index: Index) -> dict[str, str]:
    return {row["directory"]: row["owner_kind"] for row in index.query("directories")}

"""Many syncs of an engine's root, in `make fuzz` hundreds, while the engine does not pause."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.engine.harness import archives
from tests.engine.harness.answers import Answers
from tests.engine.harness.compare import compare
from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.fill_images import BASE
from tests.engine.harness.filling import Filling
from tests.engine.harness.index_answers import HOST, Index
from tests.engine.harness.registry import Registry
from tests.engine.harness.working import build, build_classic, load, tag_and_run, working
from tests.requirements import need
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.harness.comparison import Comparison


class Plan(NamedTuple):
    """How many indexes there are, how many syncs each sees, and after how many it is made anew."""

    indexes: int
    syncs: int
    renewed: int


PLANS = [Plan(3, 16, 8), pytest.param(Plan(6, 51, 17), marks=pytest.mark.fuzz)]

FALSE = "SELECT severity, rule, path, message FROM problems WHERE severity IN ('error', 'fatal')"


class Seen(NamedTuple):
    """What so many syncs of a busy engine came to.

    `counts` are images, layers, containers and volumes as single syncs found them, `comparisons`
    those of each index with the engine when it had come to rest.
    """

    plan: Plan
    syncs: int
    failures: list[str]
    counts: Counter[tuple[int, ...]]
    rounds: dict[str, int]
    comparisons: list[Comparison]


@pytest.fixture(scope="module", params=PLANS, ids=lambda plan: f"{plan.indexes}x{plan.syncs}")
def seen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """Sync into a few indexes at once, from the beginning and again and again."""
    missing = availability()
    need(missing is None, missing or "")
    folder = tmp_path_factory.mktemp("never-at-rest")
    try:
        with Registry(folder / "registry") as registry, Engine(folder, "overlay2") as engine:
            filling = Filling(engine, registry, folder / "filling")
            filling.docker("import", "-", BASE, data=archives.base_layer())
            yield _watch(filling, folder, request.param)
    finally:
        shutil.rmtree(folder)


def _watch(filling: Filling, folder: Path, plan: Plan) -> Seen:
    root = filling.engine.data_root
    failures: list[str] = []
    counts: Counter[tuple[int, ...]] = Counter()

    def follow(index: Path) -> None:
        try:
            for number in range(plan.syncs):
                if number % plan.renewed == 0:
                    index.unlink(missing_ok=True)
                found = sync_roots(index, root, host=HOST, env_values=True).roots[0].counts
                counts[found.images, found.layers, found.containers, found.volumes] += 1
                failures.extend(f"sync {number}: {row}" for row in select(index, FALSE))
                broken = select(index, "PRAGMA foreign_key_check")
                failures.extend(f"sync {number}: {row}" for row in broken)
        except Exception as error:
            failures.append(f"{index.name}: {error!r}")

    indexes = [folder / f"index-{number}.db" for number in range(plan.indexes)]
    threads = [threading.Thread(target=follow, args=(index,)) for index in indexes]
    with working(filling, load, build, build_classic, tag_and_run) as rounds:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    comparisons = []
    answers = Answers.from_engine(filling.engine)
    for path in indexes:
        index = Index(path, root)
        index.sync()
        comparisons.append(compare(index, answers))
    return Seen(plan, counts.total(), failures, counts, rounds, comparisons)


@pytest.mark.timeout(1800)
def test_no_sync_fails_or_finds_what_is_not_wrong(seen: Seen) -> None:
    """Each is done, leaves no foreign key without its target, and reports no error."""
    assert seen.failures == []
    assert seen.syncs == seen.plan.indexes * seen.plan.syncs


@pytest.mark.timeout(1800)
def test_the_engine_was_at_work(seen: Seen) -> None:
    """The syncs found the root in many states, and every kind of work was done."""
    assert len(seen.counts) >= 10
    assert seen.rounds.keys() == {"load", "build", "build_classic", "tag_and_run"}


@pytest.mark.timeout(1800)
def test_every_index_equals_the_engine_at_rest(seen: Seen) -> None:
    """When the engine has come to rest, each index says what it says, in every field."""
    assert len(seen.comparisons) == seen.plan.indexes
    for comparison in seen.comparisons:
        assert comparison.mismatches == []
        assert comparison.fields > 50

"""The engine is the oracle: an index of a running engine's root says what the engine says."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.engine.harness.answers import Answers
from tests.engine.harness.changing import Change, change, prepare
from tests.engine.harness.compare import compare
from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.filling import Filling
from tests.engine.harness.index_answers import Index
from tests.engine.harness.registry import Registry
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.conftest import FilledEngine
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Row

LEAST_FIELDS = {"overlay2": 4600, "vfs": 4400}


class Stage(NamedTuple):
    """An index and a fresh one of the same root, and what the engine has to say of the index."""

    comparison: Comparison
    content: dict[str, list[Row]]
    fresh: dict[str, list[Row]]


class Story(NamedTuple):
    """An index that was synced with a new engine, after changes to it, and after its restart."""

    begun: Stage
    changed: Stage
    restarted: Stage
    expected: list[Change]
    recorded: list[Change]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The three stages in their order."""
        return self.begun, self.changed, self.restarted


def test_every_field_is_the_overlay2_engines(
    filled_overlay2: FilledEngine, tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    """What an index says of a running overlay2 engine's root, the engine says too."""
    record_property("agreement", _agreement(filled_overlay2, tmp_path))


def test_every_field_is_the_vfs_engines(
    filled_vfs: FilledEngine, tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    """What an index says of a running vfs engine's root, the engine says too."""
    record_property("agreement", _agreement(filled_vfs, tmp_path))


def _agreement(filled: FilledEngine, folder: Path) -> str:
    index = Index(folder / "index.db", filled.data_root)
    answers = filled.answers()
    index.sync()
    comparison = compare(index, answers)
    assert comparison.mismatches == []
    assert comparison.fields >= LEAST_FIELDS[answers.driver]
    name = f"{answers.version['Version']} with {answers.driver}, running"
    return f"{name}: {comparison.fields:,} fields equal to the engine's"


@pytest.fixture(scope="module", params=["overlay2", "vfs"])
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """Change an engine under an index that follows it."""
    missing = availability()
    need(missing is None, missing or "")
    folder = tmp_path_factory.mktemp("story")
    try:
        with Registry(folder / "registry") as registry, Engine(folder, request.param) as engine:
            yield _tell(engine, Filling(engine, registry, folder / "filling"), folder)
    finally:
        shutil.rmtree(folder)


def _tell(engine: Engine, filling: Filling, folder: Path) -> Story:
    prepare(filling)
    index = Index(folder / "index.db", engine.data_root)
    begun = _stage(index, engine)
    expected = change(filling)
    changed = _stage(index, engine)
    rows = index.query("changes")
    recorded = [Change(*(row[field] for field in Change._fields)) for row in rows]
    engine.stop()
    engine.start()
    return Story(begun, changed, _stage(index, engine), expected, recorded)


def _stage(index: Index, engine: Engine) -> Stage:
    index.sync()
    fresh = Index(index.path.with_name("fresh.db"), index.root)
    fresh.sync()
    comparison = compare(index, Answers.from_engine(engine))
    stage = Stage(comparison, index.content(), fresh.content())
    fresh.path.unlink()
    return stage


def test_an_index_follows_its_engine(story: Story) -> None:
    """At first, after changes and after a restart, all that the index says the engine says too."""
    for stage in story.stages:
        assert stage.comparison.mismatches == []
        assert stage.comparison.fields > 500


def test_an_updated_index_equals_a_fresh_one(story: Story) -> None:
    """An index that was brought up to date three times holds what one has that is made now."""
    for stage in story.stages:
        assert stage.content == stage.fresh


def test_the_changes_are_those_that_were_made(story: Story) -> None:
    """The change log names what was done on the engine, a moved tag with both images, no more."""
    assert sorted(story.recorded, key=str) == sorted(story.expected, key=str)

"""Engines that many tests ask: started and filled once in a session."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.engine.harness.answers import Answers
from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.fill import fill
from tests.engine.harness.registry import Registry
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.harness.filling import Filled


class FilledEngine(NamedTuple):
    """A running engine that `fill` filled; the tests that share it must not change it."""

    engine: Engine
    data_root: Path
    filled: Filled

    def answers(self) -> Answers:
        """Ask the engine for everything it says, now."""
        return Answers.from_engine(self.engine)


@pytest.fixture(scope="session")
def filled_overlay2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledEngine]:
    """A filled engine with the overlay2 driver."""
    with _filled(tmp_path_factory.mktemp("overlay2"), "overlay2") as engine:
        yield engine


@pytest.fixture(scope="session")
def filled_vfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledEngine]:
    """A filled engine with the vfs driver."""
    with _filled(tmp_path_factory.mktemp("vfs"), "vfs") as engine:
        yield engine


@contextmanager
def _filled(folder: Path, driver: str) -> Iterator[FilledEngine]:
    missing = availability()
    need(missing is None, missing or "")
    try:
        with Registry(folder / "registry") as registry, Engine(folder, driver) as engine:
            filled = fill(engine, registry, folder / "filling")
            yield FilledEngine(engine, engine.data_root, filled)
    finally:
        shutil.rmtree(folder)

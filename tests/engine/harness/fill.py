"""Fills an engine with every case that an index of its root has to get right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.harness.fill_containers import make_containers
from tests.engine.harness.fill_images import make_images
from tests.engine.harness.filling import Filled, Filling

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.harness.dockerd import Engine
    from tests.engine.harness.registry import Registry


def fill(engine: Engine, registry: Registry, folder: Path) -> Filled:
    """Make all cases in a fresh engine and say what was made.

    `folder` takes archives and the source of a bind mount. At the end nothing moves in the
    engine any more: what runs sleeps, and health checks are an hour apart. Raises
    `EngineError` or `RegistryError` at the first case that cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    filling = Filling(engine, registry, folder)
    make_images(filling)
    make_containers(filling)
    return filling.filled()

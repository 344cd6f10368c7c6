"""Kills an engine in the middle of its work, so that it leaves behind what it was making."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tests.engine.harness.dockerd import EngineError
from tests.engine.harness.unnamed import directories

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.harness.dockerd import Engine

_PATIENCE = 5.0
_TRIES = 5


class Work(NamedTuple):
    """A docker command and its standard input, `buildkit` as for `Engine.docker`."""

    arguments: tuple[str, ...]
    data: bytes = b""
    buildkit: bool = False


def kill_during(engine: Engine, work: Work, sign: Callable[[], bool]) -> None:
    """Kill the engine at the `sign` that it is in the middle of `work`, and leave it so.

    Work that ends before the sign is begun again, a few times. Raises `EngineError` if that always
    happens.
    """
    for _ in range(_TRIES):
        worker = threading.Thread(target=_do, args=(engine, work))
        worker.start()
        seen = _wait(sign, worker)
        if seen:
            engine.kill()
        worker.join()
        if seen:
            return
    raise EngineError(f"docker {' '.join(work.arguments)} was always over before it was killed.")


def layer_writes(engine: Engine, count: int) -> Callable[[], bool]:
    """Give the sign that the engine is at its layer write number `count`, or a later one."""
    folder = engine.data_root / "image" / engine.driver / "layerdb" / "tmp"
    before = set(_names(folder))
    seen: set[str] = set()

    def sign() -> bool:
        now = set(_names(folder)) - before
        seen.update(now)
        return bool(now) and len(seen) >= count

    return sign


def new_directories(engine: Engine, count: int) -> Callable[[], bool]:
    """Give the sign that the engine has made `count` directories."""
    before = directories(engine.data_root, engine.driver)
    return lambda: len(directories(engine.data_root, engine.driver) - before) >= count


def removal(engine: Engine) -> Callable[[], bool]:
    """Give the sign that the engine is removing a layer."""
    folder = engine.data_root / "image" / engine.driver / "layerdb" / "sha256"
    return lambda: any(name.endswith("-removing") for name in _names(folder))


def _do(engine: Engine, work: Work) -> None:
    with suppress(EngineError):
        engine.docker(*work.arguments, data=work.data, buildkit=work.buildkit)


def _wait(sign: Callable[[], bool], worker: threading.Thread) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while worker.is_alive() and time.monotonic() < deadline:
        if sign():
            return True
        time.sleep(0.001)
    return False


def _names(folder: os.PathLike[str]) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []

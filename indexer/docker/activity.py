"""Tells unfinished work that may still be in progress from work that was cut short.

Work that began before the engine was started, or before its host was booted, was cut short. So was
work that is days older than the newest change of a container's config, since a pull or a build
takes hours at most.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from indexer.docker.encodings.times import utc_from_ns
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.running_engine import booted_second

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.folder import Folder
    from indexer.docker.running_engine import Engine

_EARLIEST: Final = "0001-01-01T00:00:00.000000000Z"
_CONFIG: Final = "config.v2.json"
_SECOND_NS: Final = 1_000_000_000
_LONGEST_WORK_NS: Final = 2 * 86_400 * _SECOND_NS


def busy_since(root: Folder, engine: Engine, proc: str = "/proc") -> str | None:
    """The time (UTC text) from which on unfinished work in `root` may be in progress.

    None if no engine runs. The year 1 if nothing limits it, so that everything may be in progress.
    """
    if engine.running is False:
        return None
    starts = [_EARLIEST, engine.started_at or _EARLIEST]
    if engine.running is None:
        # An engine that this process cannot see was started after the host was booted.
        booted = booted_second(proc)
        starts += [] if booted is None else [utc_from_ns(booted * _SECOND_NS)]
    # A copied or badly set clock must not put the limit into the future.
    newest = min(max(_config_changes(root), default=0), time.time_ns())
    return max(*starts, utc_from_ns(max(newest - _LONGEST_WORK_NS, 0)))


def _config_changes(root: Folder) -> Iterator[int]:
    try:
        with root.folder("containers") as containers:
            for name, kind in containers.kinds().items():
                if kind == "folder":
                    yield from _config_change(containers, name)
    except (GoneError, UnreadableError):
        return


def _config_change(containers: Folder, name: str) -> Iterator[int]:
    """The change time (ns since 1970) of a container's config, which no tool can set back."""
    try:
        with containers.folder(name) as container:
            yield container.entry(_CONFIG).changed_ns
    except (GoneError, UnreadableError):
        return

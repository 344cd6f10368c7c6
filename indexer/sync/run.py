"""`dockidx sync`: writes Docker roots into an index, all of them or none, in one transaction."""

from __future__ import annotations

import gc
import logging
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer import VERSION
from indexer.docker.encodings.times import utc_from_ns
from indexer.docker.files.folder import printable
from indexer.index.errors import IndexFileError
from indexer.index.migration import upgrade
from indexer.index.rows import load_rows
from indexer.index.sqlite_file import (
    check_ours,
    created_file,
    end_first_filling,
    sentences,
    writing_connection,
)
from indexer.schema.placement import roots as roots_table
from indexer.sync.engine.options import Options
from indexer.sync.missing import notice_of
from indexer.sync.root import RootCounts, record_sync, sync_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.scan import Tick
    from indexer.sync.engine.identity import HostIdentity
    from indexer.sync.engine.options import OpenRoot
    from indexer.sync.engine.root_sync import RootSync


_log: Final = logging.getLogger(__name__)


class RootSummary(NamedTuple):
    """The result of the sync of one root.

    `stores` names its image stores. `containerd` is the path of the containerd root that was read
    with it, None if there is none. `notice` is a sentence about a missing image store, None if none
    is missing. `engine` is running, none or unknown, and `engine_doubt` says why it is unknown.
    """

    path: str
    stores: tuple[str, ...]
    containerd: str | None
    counts: RootCounts
    notice: str | None
    engine: str
    engine_doubt: str | None


class SyncSummary(NamedTuple):
    """The result of a sync, which took `seconds`."""

    host: str
    index_path: str
    roots: tuple[RootSummary, ...]
    seconds: float


def sync(
    roots: list[OpenRoot],
    index: str,
    host: HostIdentity,
    *,
    env_values: bool,
    tick: Tick,
    disk_use: bool = False,
    offline: bool = False,
) -> SyncSummary:
    """Make the index file `index` equal to `roots`, and call `tick` for each thing that was read.

    `env_values` stores the values of environment variables, `disk_use` measures directories, and
    `offline` states that no engine runs on the roots. Raises the errors of `indexer.index.errors`.
    The index is then as it was before, and a new one is removed.
    """
    began = time.monotonic()
    at = utc_from_ns(time.time_ns())
    paths = tuple(root.path for root in roots)
    options = Options(host, env_values, disk_use, offline, VERSION, paths)
    for root in roots:
        _refuse_inside(root.path, index)
        for folder in root.folder.followed.values():
            _refuse_inside(f"/proc/self/fd/{folder.fileno()}", index)
        if root.containerd.root is not None:
            _refuse_inside(root.containerd.root.path, index)
    with (
        created_file(index),
        sentences(index),
        _without_garbage_collection(),
        writing_connection(index) as connection,
    ):
        check_ours(connection, index)
        upgrade(connection, index)
        with connection.transaction():
            summaries: list[RootSummary] = []
            for root in roots:
                _log.info("Reading %s.", root.path)
                synced, counts = sync_root(connection, root, options, at, tick)
                _log.debug("Tables written: %s.", ", ".join(sorted(connection.written_tables)))
                record_sync(synced, counts, utc_from_ns(time.time_ns()))
                summaries.append(_summary(synced, counts))
        end_first_filling(connection)
    _log.info("Committed %s after %.2f s.", printable(index), time.monotonic() - began)
    return SyncSummary(host.name, printable(index), tuple(summaries), time.monotonic() - began)


def _summary(synced: RootSync, counts: RootCounts) -> RootSummary:
    containerd = synced.root.containerd.root
    row = load_rows(synced.connection, roots_table, synced.scope)[0]
    return RootSummary(
        path=synced.root.path,
        stores=tuple(key.label for key in sorted(synced.stores)),
        containerd=None if containerd is None else containerd.path,
        counts=counts,
        notice=notice_of(synced),
        engine=row["engine_state"],
        engine_doubt=row["engine_doubt"],
    )


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Disable the cyclic garbage collector for the body.

    Records live until the end, and scanning them costs about 10 % of a sync.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _refuse_inside(root: str, index: str) -> None:
    inside = os.path.realpath(root)
    if os.path.commonpath([inside, os.path.realpath(index)]) == inside:
        raise IndexFileError(
            f"{index} lies in {inside}, where nothing is ever written; name another file with --db."
        )

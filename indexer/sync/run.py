"""`dockidx sync`: roots into an index, all of them or none, in one transaction."""

from __future__ import annotations

import gc
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

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
from indexer.sync.engine.identity import HostIdentity, key_of
from indexer.sync.engine.options import Options
from indexer.sync.missing import notice_of
from indexer.sync.root import RootCounts, record_sync, sync_root
from indexer.sync.tables.stores import stores_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.scan import Tick
    from indexer.index.connection import Connection
    from indexer.sync.engine.options import OpenRoot


class RootSummary(NamedTuple):
    """What came of one root.

    `stores` are its image stores, as words; `containerd` is the path of the containerd root that
    was read with it, None for none; `notice` says what is missing, None for nothing. `engine` is
    running, none or unknown, and `engine_doubt` says why it is unknown.
    """

    path: str
    stores: tuple[str, ...]
    containerd: str | None
    counts: RootCounts
    notice: str | None
    engine: str
    engine_doubt: str | None


class SyncSummary(NamedTuple):
    """What came of a sync; `seconds` is the time it took."""

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
    links_below: str | None = None,
) -> SyncSummary:
    """Bring the index file `index` up to date with `roots`; `tick` is called for each thing seen.

    `env_values` keeps the values of environment variables, `disk_use` measures directories,
    `offline` states that no engine runs on the roots, `links_below` is what `OpenRoots` was given.
    Raises the errors of `indexer.index.errors`; the index is then as it was, and not there where
    there was none.
    """
    began = time.monotonic()
    at = utc_from_ns(time.time_ns())
    paths = tuple(root.path for root in roots)
    options = Options(host, env_values, disk_use, offline, VERSION, links_below, paths)
    for root in roots:
        _refuse_inside(root.path, index)
        for folder in root.folder.followed.values():
            _refuse_inside(f"/proc/self/fd/{folder.fileno()}", index)
        if root.containerd.root is not None:
            _refuse_inside(root.containerd.root.path, index)
    with (
        created_file(index),
        sentences(index),
        _no_garbage(),
        writing_connection(index) as connection,
    ):
        check_ours(connection, index)
        upgrade(connection, index)
        with connection.transaction():
            summaries: list[RootSummary] = []
            for root in roots:
                counts = sync_root(connection, root, options, at, tick)
                root_id = key_of(host.name, root.path)
                now = utc_from_ns(time.time_ns())
                record_sync(connection, root_id, counts, options, at, now)
                summaries.append(_summary(connection, root, root_id, counts))
        end_first_filling(connection)
    return SyncSummary(host.name, printable(index), tuple(summaries), time.monotonic() - began)


def _summary(
    connection: Connection, root: OpenRoot, root_id: str, counts: RootCounts
) -> RootSummary:
    keys = sorted(stores_of(connection, root_id))
    containerd = root.containerd.root
    row = load_rows(connection, roots_table, {"root_id": root_id})[0]
    return RootSummary(
        path=root.path,
        stores=tuple(key.words for key in keys),
        containerd=None if containerd is None else containerd.path,
        counts=counts,
        notice=notice_of(connection, root, root_id),
        engine=row["engine_state"],
        engine_doubt=row["engine_doubt"],
    )


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Look for no garbage: records are kept to the end, and looking through them takes a tenth."""
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

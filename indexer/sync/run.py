"""`dockidx sync`: roots into an index, all of them or none, in one transaction."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple

from indexer import VERSION
from indexer.docker.files import Folder, GoneError, UnreadableError, printable
from indexer.docker.root import AccessError, LayoutError, look_at, sub_roots
from indexer.docker.times import utc_from_ns
from indexer.index.errors import IndexFileError
from indexer.index.migration import upgrade
from indexer.index.sqlite_file import check_ours, create_file, sentences, writing_engine
from indexer.sync.identity import HostIdentity, key_of
from indexer.sync.options import OpenRoot, Options
from indexer.sync.root import RootCounts, record_sync, sync_root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexer.docker.scan import Tick


class RootSummary(NamedTuple):
    """What came of one root; `containerd` says that it has a containerd store, not read yet."""

    path: str
    drivers: tuple[str, ...]
    containerd: bool
    counts: RootCounts


class SyncSummary(NamedTuple):
    """What came of a sync; `seconds` is the time it took."""

    host: str
    index_path: str
    roots: tuple[RootSummary, ...]
    seconds: float


class OpenRoots:
    """The Docker roots that a sync is to read, opened; a context manager that closes them."""

    def __init__(self, paths: Iterable[str]) -> None:
        """Open the roots at `paths` and those of userns-remap below them.

        Raises `LayoutError` and `AccessError`.
        """
        opened: dict[str, OpenRoot] = {}
        with ExitStack() as stack:
            for path in paths:
                for root in _open_with_sub_roots(path, stack):
                    # A root may be given twice, or beside the one that it lies below.
                    opened.setdefault(root.path, root)
            self._stack = stack.pop_all()
        self.roots = list(opened.values())

    def __enter__(self) -> list[OpenRoot]:
        """Give the open roots."""
        return self.roots

    def __exit__(self, *_: object) -> None:
        """Close them."""
        self._stack.close()


def sync(
    roots: list[OpenRoot],
    index: str,
    host: HostIdentity,
    *,
    env_values: bool,
    tick: Tick,
    disk_use: bool = False,
) -> SyncSummary:
    """Bring the index file `index` up to date with `roots`; `tick` is called for each thing seen.

    `env_values` keeps the values of environment variables, `disk_use` measures directories.
    Raises the errors of `indexer.index.errors`; the index is then as it was.
    """
    began = time.monotonic()
    at = utc_from_ns(time.time_ns())
    options = Options(host, env_values, disk_use, VERSION)
    for root in roots:
        _refuse_inside(root.path, index)
    create_file(index)
    engine = writing_engine(index)
    with sentences(index):
        with engine.connect() as connection:
            check_ours(connection, index)
        upgrade(engine, index)
        with engine.begin() as connection:
            summaries: list[RootSummary] = []
            for root in roots:
                counts = sync_root(connection, root, options, at, tick)
                root_id = key_of(host.name, root.path)
                now = utc_from_ns(time.time_ns())
                record_sync(connection, root_id, counts, options, at, now)
                summaries.append(
                    RootSummary(root.path, root.layout.drivers, root.layout.containerd, counts)
                )
    return SyncSummary(host.name, printable(index), tuple(summaries), time.monotonic() - began)


def _refuse_inside(root: str, index: str) -> None:
    inside = os.path.realpath(root)
    if os.path.commonpath([inside, os.path.realpath(index)]) == inside:
        raise IndexFileError(
            f"{index} lies in the Docker root {root}, where nothing is ever written; "
            "name another file with --db."
        )


def _open_with_sub_roots(path: str, stack: ExitStack) -> list[OpenRoot]:
    folder = stack.enter_context(_open(path))
    found: list[OpenRoot] = []
    refusal: LayoutError | AccessError | None = None
    try:
        found.append(OpenRoot(folder, printable(path), look_at(folder, path)))
    except (LayoutError, AccessError) as error:
        # Under userns-remap the outer folder need not be a root itself.
        refusal = error
    for name in sub_roots(folder):
        below = f"{path.rstrip('/')}/{name}"
        with suppress(LayoutError, GoneError):
            inner = stack.enter_context(folder.folder(name))
            found.append(OpenRoot(inner, printable(below), look_at(inner, below)))
    if refusal is not None and not found:
        raise refusal
    return found


def _open(path: str) -> Folder:
    try:
        return Folder.of_root(path)
    except GoneError as error:
        raise LayoutError(
            f"{path} is not there or not a folder; name another with --root."
        ) from error
    except UnreadableError as error:
        raise AccessError.of(path, error) from error

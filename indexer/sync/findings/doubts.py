"""Settles for each store why a directory without an owner may have one after all.

A record that is damaged or cannot be read names no directory, so its directory looks like an
orphan. While a store has such a record, none of its directories is a sure orphan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.index.connection import WRITTEN_ALWAYS
from indexer.index.rows import load_rows, replace_rows
from indexer.schema.directories import doubts
from indexer.schema.sql_files import sql_text
from indexer.sync.engine.store_key import GRAPH_DRIVER
from indexer.sync.findings.judge import UNREAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from indexer.docker.image_store.store import StoreScan
    from indexer.docker.read_root import RootContents
    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import RootSync
    from indexer.sync.engine.store_key import StoreKey

_UNREAD_PREFIX: Final = "unread"
_PARENT: Final = "/parent"
_DATABASES: Final = ("meta.db", "metadata.db")


class _Doubt(NamedTuple):
    """A doubt that comes from a reader; the fields are columns of the table `doubts`."""

    doubt: str
    concerns: str
    reason: str
    whole: int


def settle_doubts(sync: RootSync, contents: RootContents) -> None:
    """Make the doubts of each store of a root equal to what `contents` and the rows say.

    Doubts that come from rows are computed again if a table was written, and while there are any:
    a part that can be read again ends them without a row being written.
    """
    connection = sync.connection
    from_rows = {it: _stored_from_rows(connection, {"store_id": it}) for it in sync.stores.values()}
    if connection.written_tables - WRITTEN_ALWAYS or any(from_rows.values()):
        from_rows = {store_id: [] for store_id in from_rows}
        for row in connection.dicts(sql_text("schema", "facts", "doubts"), sync.scope):
            from_rows[row["store_id"]].append(row)
    for key, store_id in sync.stores.items():
        scope: Row = {"store_id": store_id}
        rows = [*from_rows[store_id]]
        rows += [{**scope, **it._asdict()} for it in _of_readers(key, contents)]
        replace_rows(connection, doubts, scope, rows)


def _stored_from_rows(connection: Connection, scope: Row) -> list[Row]:
    rows = load_rows(connection, doubts, scope)
    return [row for row in rows if not row["doubt"].startswith(_UNREAD_PREFIX)]


def _of_readers(key: StoreKey, contents: RootContents) -> Iterator[_Doubt]:
    if key.kind != GRAPH_DRIVER:
        yield from _of_containerd(contents)
        return
    places = ("image", f"image/{key.driver}", f"image/{key.driver}/layerdb")
    hidden = [it.path for it in contents.findings if it.rule in UNREAD and it.path in places]
    scan = contents.stores.get(key.driver)
    if scan is None or hidden:
        path = min(hidden, default=places[1])
        yield _Doubt(f"{_UNREAD_PREFIX}-store", "all", f"{path} cannot be read", 1)
    if scan is not None:
        yield from _of_parts(scan, f"image/{key.driver}/layerdb")
    broken = [it.path for it in contents.buildkit.findings]
    if broken:
        reason = f"{min(broken)} is damaged or does not fit the rest of the build cache"
        yield _Doubt(f"{_UNREAD_PREFIX}-build-cache", "build-cache", reason, 0)


def _of_parts(scan: StoreScan, layerdb: str) -> Iterator[_Doubt]:
    if not scan.layers.listed:
        yield _Doubt(f"{_UNREAD_PREFIX}-layers", "all", f"{layerdb}/sha256 cannot be read", 1)
    if not scan.mounts.listed:
        yield _Doubt(f"{_UNREAD_PREFIX}-mounts", "all", f"{layerdb}/mounts cannot be read", 1)
        return
    # The file `parent` of a mount has a chain ID, so it names no directory.
    faulty = [it.path for it in scan.mounts.findings if not it.path.endswith(_PARENT)]
    if faulty:
        yield _Doubt(f"{_UNREAD_PREFIX}-mount", "all", f"{min(faulty)} is missing or damaged", 0)


def _of_containerd(contents: RootContents) -> Iterator[_Doubt]:
    containerd = contents.containerd
    if containerd is None:
        return
    faulty = [it for it in containerd.findings if it.rule in UNREAD or it.rule == "K1"]
    damaged = _paths(it for it in faulty if it.path.endswith(_DATABASES))
    if containerd.state == "unreadable" or damaged:
        path = min(damaged, default="meta.db of containerd")
        yield _Doubt(f"{_UNREAD_PREFIX}-database", "all", f"{path} cannot be read", 1)
    elif faulty:
        reason = f"{min(_paths(faulty))} cannot be read"
        yield _Doubt(f"{_UNREAD_PREFIX}-part", "all", reason, 0)


def _paths(findings: Iterable[Finding]) -> list[str]:
    return [it.path for it in findings]

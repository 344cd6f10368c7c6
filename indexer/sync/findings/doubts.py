"""Why a directory that nothing names may have an owner all the same, settled for each store.

A name that is damaged or cannot be read names nothing, so that the directory it stood for looks
like nobody's. While there is such a name in a store, none of its directories is surely an orphan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.index.connection import WRITTEN_ALWAYS
from indexer.index.rows import load_rows, replace_rows
from indexer.schema.directories import doubts
from indexer.schema.sql_files import sql_text
from indexer.sync.engine.store_key import GRAPH_DRIVER
from indexer.sync.findings.judge import UNREAD
from indexer.sync.tables.stores import stores_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from indexer.docker.image_store.store import StoreScan
    from indexer.docker.read_root import RootContents
    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.store_key import StoreKey

_READ: Final = "unread"
_PARENT: Final = "/parent"
_DATABASES: Final = ("meta.db", "metadata.db")


class _Doubt(NamedTuple):
    """One doubt of a reader; the columns of the table of that name."""

    doubt: str
    concerns: str
    reason: str
    whole: int


def settle_doubts(connection: Connection, root_id: str, found: RootContents) -> None:
    """Make the doubts of each store of a root what `found` and the rows of the root say.

    Where no table was written, the rows say what they said before.
    """
    touched = connection.written_tables - WRITTEN_ALWAYS
    own = stores_of(connection, root_id)
    told: dict[str, list[Row]] = {store_id: [] for store_id in own.values()}
    if touched:
        for row in connection.dicts(sql_text("schema", "facts", "doubts"), {"root_id": root_id}):
            told[row["store_id"]].append(row)
    for key, store_id in own.items():
        scope: Row = {"store_id": store_id}
        rows = told[store_id] if touched else _kept(connection, scope)
        rows += [{**scope, **it._asdict()} for it in _of_readers(key, found)]
        replace_rows(connection, doubts, scope, rows)


def _kept(connection: Connection, scope: Row) -> list[Row]:
    rows = load_rows(connection, doubts, scope)
    return [row for row in rows if not row["doubt"].startswith(_READ)]


def _of_readers(key: StoreKey, found: RootContents) -> Iterator[_Doubt]:
    if key.kind != GRAPH_DRIVER:
        yield from _of_containerd(found)
        return
    places = ("image", f"image/{key.driver}", f"image/{key.driver}/layerdb")
    hidden = [it.path for it in found.findings if it.rule in UNREAD and it.path in places]
    scan = found.stores.get(key.driver)
    if scan is None or hidden:
        path = min(hidden, default=places[1])
        yield _Doubt(f"{_READ}-store", "all", f"{path} cannot be read", 1)
    if scan is not None:
        yield from _of_parts(scan, f"image/{key.driver}/layerdb")
    broken = [it.path for it in found.buildkit.findings]
    if broken:
        reason = f"{min(broken)} is damaged or does not fit the rest of the build cache"
        yield _Doubt(f"{_READ}-build-cache", "build-cache", reason, 0)


def _of_parts(scan: StoreScan, layerdb: str) -> Iterator[_Doubt]:
    if not scan.layers.listed:
        yield _Doubt(f"{_READ}-layers", "all", f"{layerdb}/sha256 cannot be read", 1)
    if not scan.mounts.listed:
        yield _Doubt(f"{_READ}-mounts", "all", f"{layerdb}/mounts cannot be read", 1)
        return
    # What the layer is on names no directory.
    faulty = [it.path for it in scan.mounts.findings if not it.path.endswith(_PARENT)]
    if faulty:
        yield _Doubt(f"{_READ}-mount", "all", f"{min(faulty)} is missing or damaged", 0)


def _of_containerd(found: RootContents) -> Iterator[_Doubt]:
    containerd = found.containerd
    if containerd is None:
        return
    faulty = [it for it in containerd.findings if it.rule in UNREAD or it.rule == "K1"]
    damaged = _paths(it for it in faulty if it.path.endswith(_DATABASES))
    if containerd.state == "unreadable" or damaged:
        path = min(damaged, default="meta.db of containerd")
        yield _Doubt(f"{_READ}-database", "all", f"{path} cannot be read", 1)
    elif faulty:
        reason = f"{min(_paths(faulty))} cannot be read"
        yield _Doubt(f"{_READ}-part", "all", reason, 0)


def _paths(findings: Iterable[Finding]) -> list[str]:
    return [it.path for it in findings]

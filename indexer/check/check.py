"""`dockidx check`: the problems of an index, or of its roots read anew and to the bottom."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from indexer.docker.encodings.times import utc_from_ns
from indexer.docker.verify.blobs import hash_blobs
from indexer.docker.verify.layers import read_deeply
from indexer.index.errors import IndexFileError
from indexer.index.sqlite_file import reading_connection
from indexer.queries.catalogue import find_query
from indexer.queries.run import run_query
from indexer.sync.engine.identity import HostIdentity, this_host
from indexer.sync.engine.store_key import CONTAINERD
from indexer.sync.open_roots import OpenRoots
from indexer.sync.run import sync

if TYPE_CHECKING:
    from indexer.docker.files.scan import Tick
    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection

SEVERITIES: Final = ("fatal", "error", "warning", "info")
"""The severities, the worst first."""

_FAILING: Final = frozenset({"fatal", "error"})
_QUERY: Final = "problems"

_PLACES: Final = """
    SELECT r.host, r.path, h.machine, s.base_path, r.links_below
    FROM roots AS r
    JOIN hosts AS h ON h.host = r.host
    LEFT JOIN stores AS s
        ON s.root_id = r.root_id
        AND s.kind = :kind
    ORDER BY r.host, r.path
"""

Cells = tuple[Any, ...]


class _Place(NamedTuple):
    """Where a root is: its host and path, and that of its containerd, None where it has none.

    `links_below` is how links in it were followed.
    """

    host: str
    path: str
    containerd: str | None
    links_below: str | None


class Report(NamedTuple):
    """Problems as rows of the query `problems`, and whether there is one of severity error."""

    columns: tuple[str, ...]
    rows: tuple[Cells, ...]
    failed: bool


def check(connection: Connection, host: str | None, severity: str) -> Report:
    """The problems of an index: those of `host`, None for all, of `severity` and worse."""
    columns, rows = _problems(connection)
    if host is not None:
        _require_host(connection, host)
        rows = [row for row in rows if row[columns.index("host")] == host]
    return _report(columns, rows, severity)


def check_deeply(
    connection: Connection, host: str | None, severity: str, now_ns: int, tick: Tick
) -> Report:
    """As `check`, but the roots that are on this machine are read again, contents and all.

    `now_ns` is the time at which what is new was first seen. Raises `IndexFileError` where none of
    the roots is here, and as `indexer.sync.run.sync`.
    """
    if host is not None:
        _require_host(connection, host)
    columns, known = _problems(connection)
    identity = [
        columns.index(name) for name in columns if name not in ("message", "severity", "cause")
    ]
    identity.remove(columns.index("first_seen_at"))
    first_seen = {_part(row, identity): row[columns.index("first_seen_at")] for row in known}
    found: list[Cells] = []
    for place in _places_here(connection, host):
        for row in _read_anew(place, now_ns, tick):
            cells = tuple(row[column] for column in columns)
            seen = first_seen.get(_part(cells, identity))
            if seen is not None:
                cells = tuple(
                    seen if column == "first_seen_at" else cell
                    for column, cell in zip(columns, cells, strict=True)
                )
            found.append(cells)
    order, cause = columns.index("severity"), columns.index("cause")
    found.sort(
        key=lambda row: (
            -(row[cause] or 0),
            SEVERITIES.index(row[order]),
            *map(str, _part(row, identity)),
        )
    )
    return _report(columns, found, severity)


def _problems(connection: Connection) -> tuple[tuple[str, ...], list[Cells]]:
    result = run_query(connection, find_query(_QUERY), {})
    return result.columns, list(result.rows)


def _report(columns: tuple[str, ...], rows: list[Cells], severity: str) -> Report:
    shown = SEVERITIES[: SEVERITIES.index(severity) + 1]
    at = columns.index("severity")
    return Report(
        columns,
        tuple(row for row in rows if row[at] in shown),
        any(row[at] in _FAILING for row in rows),
    )


def _require_host(connection: Connection, host: str) -> None:
    known = connection.column("SELECT host FROM hosts ORDER BY host")
    if host not in known:
        names = ", ".join(known) or "none"
        raise IndexFileError(f"The index has no host {host!r}; it has {names}.")


def _places_here(connection: Connection, host: str | None) -> list[_Place]:
    """The roots of the index that may lie on this machine."""
    own = this_host().machine
    here = [
        _Place(name, path, containerd, links_below)
        for name, path, machine, containerd, links_below in connection.rows(
            _PLACES, {"kind": CONTAINERD}
        )
        if host in (None, name) and (machine in (None, own) or own is None) and os.path.isdir(path)
    ]
    if not here:
        raise IndexFileError(
            "None of the roots in the index is on this machine; --deep reads the disk, so run it "
            "where they are."
        )
    return here


def _read_anew(place: _Place, now_ns: int, tick: Tick) -> list[dict[str, Any]]:
    """The problems of a root by an index made anew, and those of its contents."""
    host, path, containerd, below = place
    now = utc_from_ns(now_ns)
    with (
        tempfile.TemporaryDirectory() as folder,
        OpenRoots([path], containerd, links_below=below) as opened,
    ):
        own = [root for root in opened if root.path == path]
        index = os.path.join(folder, "index.db")
        sync(own, index, HostIdentity(host, None), env_values=False, tick=tick)
        with reading_connection(index) as connection:
            columns, rows = _problems(connection)
        found = [{**dict(zip(columns, row, strict=True)), "first_seen_at": now} for row in rows]
        seen = {(row["rule"], row["object_id"], row["path"]) for row in found}
        for root in own:
            deep = list(read_deeply(root.folder, root.layout.drivers, tick))
            if root.containerd.root is not None:
                deep += hash_blobs(root.containerd.root, tick)
            found += [
                _as_row(it, host, path, now)
                for it in deep
                if (it.rule, it.object_id, it.path) not in seen
            ]
    return found


def _as_row(finding: Finding, host: str, path: str, now: str) -> dict[str, Any]:
    return {
        "host": host,
        "root_path": path,
        "severity": finding.effective_severity,
        "rule": finding.rule,
        "object_kind": finding.object_kind,
        "object_id": finding.object_id,
        "path": finding.path,
        "message": finding.sentence,
        "first_seen_at": now,
        "cause": int(finding.cause),
    }


def _part(row: Cells, positions: list[int]) -> Cells:
    return tuple(row[position] for position in positions)

"""`dockidx check`: the problems in an index, or those found by reading its roots completely."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from indexer.docker.encodings.times import utc_from_ns
from indexer.docker.read_root import count_things
from indexer.docker.rules import RULES
from indexer.docker.verify.blobs import count_blobs, hash_blobs
from indexer.docker.verify.layers import count_layers, read_deeply
from indexer.index.errors import IndexFileError
from indexer.index.sqlite_file import reading_connection
from indexer.queries.catalogue import find_query
from indexer.queries.run import run_query
from indexer.sync.engine.identity import HostIdentity, this_host
from indexer.sync.engine.store_key import CONTAINERD
from indexer.sync.open_roots import OpenRoots
from indexer.sync.run import sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.scan import Tick
    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection
    from indexer.sync.engine.options import OpenRoot

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

_IDENTITY: Final = ("host", "root_path", "rule", "object_kind", "object_id", "path")
"""The columns that say which problem a row is."""

_KEPT: Final = ("first_seen_at", "size_bytes")
"""The columns of a known problem that reading the root again does not tell."""

_log: Final = logging.getLogger(__name__)

Cells = tuple[Any, ...]
Problem = dict[str, Any]
"""A row of the query `problems`, by column."""

Progress = Callable[[str, int], AbstractContextManager["Tick"]]
"""Shows progress on the root at a path, given about how many things there are to look at."""


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
    connection: Connection, host: str | None, severity: str, now_ns: int, progress: Progress
) -> Report:
    """As `check`, but the roots that are on this machine are read again, contents and all.

    `now_ns` is the time at which what is new was first seen. Raises `IndexFileError` where none of
    the roots is here, and as `indexer.sync.run.sync`.
    """
    if host is not None:
        _require_host(connection, host)
    columns, known = _problems(connection)
    before: dict[Cells, Problem] = {}
    for cells in known:
        row = dict(zip(columns, cells, strict=True))
        before[_identity(row)] = {name: row[name] for name in _KEPT}
    found: list[Problem] = []
    for place in _places_here(connection, host):
        _log.info("Reading %s again, with all contents.", place.path)
        found += _read_anew(place, now_ns, progress)
    for row in found:
        row.update(before.get(_identity(row), {}))
    found.sort(key=_order)
    return _report(columns, [tuple(row[name] for name in columns) for row in found], severity)


def _identity(problem: Problem) -> Cells:
    return tuple(problem[name] for name in _IDENTITY)


def _order(problem: Problem) -> Cells:
    """A key that sorts as the query does."""
    return (
        -(problem["cause"] or 0),
        SEVERITIES.index(problem["severity"]),
        problem["host"],
        RULES[problem["rule"]].depth,
        problem["rule"],
        problem["path"],
        *map(str, _identity(problem)),
    )


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


def _read_anew(place: _Place, now_ns: int, progress: Progress) -> list[Problem]:
    """The problems of a root by an index made anew, and those of its contents."""
    host, path, containerd, below = place
    now = utc_from_ns(now_ns)
    with (
        tempfile.TemporaryDirectory() as folder,
        OpenRoots([path], containerd, links_below=below) as opened,
    ):
        own = [root for root in opened if root.path == path]
        with progress(path, sum(map(_count, own))) as tick:
            index = os.path.join(folder, "index.db")
            identity = HostIdentity(host, None)
            sync(own, index, identity, env_values=False, tick=tick)
            with reading_connection(index) as connection:
                columns, rows = _problems(connection)
            found = [{**dict(zip(columns, row, strict=True)), "first_seen_at": now} for row in rows]
            seen = {(row["rule"], row["object_id"], row["path"]) for row in found}
            deep = [finding for root in own for finding in _read_contents(root, tick)]
    new = (it for it in deep if (it.rule, it.object_id, it.path) not in seen)
    return found + [{**dict.fromkeys(columns), **_as_row(it, host, path, now)} for it in new]


def _count(root: OpenRoot) -> int:
    """About how many things a sync of a root and `_read_contents` look at."""
    beside = root.containerd.root
    folder = None if beside is None else beside.folder
    layers = count_layers(root.folder, root.layout.drivers)
    blobs = 0 if beside is None else count_blobs(beside)
    return count_things(root.folder, root.layout, folder, measured=False) + layers + blobs


def _read_contents(root: OpenRoot, tick: Tick) -> Iterator[Finding]:
    """What only the contents of layers and blobs show."""
    yield from read_deeply(root.folder, root.layout.drivers, tick)
    if root.containerd.root is not None:
        yield from hash_blobs(root.containerd.root, tick)


def _as_row(finding: Finding, host: str, path: str, now: str) -> Problem:
    return {
        "host": host,
        "root_path": path,
        "severity": finding.effective_severity,
        "rule": finding.rule,
        "slug": RULES[finding.rule].slug,
        "object_kind": finding.object_kind,
        "object_id": finding.object_id,
        "path": finding.path,
        "message": finding.sentence,
        "remedy": RULES[finding.rule].remedy,
        "first_seen_at": now,
        "cause": int(finding.cause),
    }

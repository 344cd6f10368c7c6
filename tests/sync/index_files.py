"""Makes index files from Docker roots, and reads their rows as tuples."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from indexer.schema import TABLES
from indexer.sync.engine.identity import HostIdentity
from indexer.sync.open_roots import OpenRoots
from indexer.sync.run import SyncSummary, sync

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[tuple[Any, ...]]

_OF_ONE_INDEX: Final = frozenset({"syncs", "fingerprints", "changes"})
# The engine's path is remembered after the last container that told it is gone.
_OF_ONE_SYNC: Final = frozenset({"first_seen_at", "last_synced_at", "measured_at", "engine_path"})


def sync_roots(
    index: Path,
    *roots: Path,
    host: str = "host-a",
    machine: str | None = None,
    env_values: bool = False,
    offline: bool = False,
) -> SyncSummary:
    """Sync `roots` of the host `host` into `index`."""
    identity = HostIdentity(host, machine)
    with OpenRoots(map(str, roots)) as opened:
        return sync(
            opened,
            str(index),
            identity,
            env_values=env_values,
            tick=lambda _: None,
            offline=offline,
        )


def select(index: Path, sql: str, *values: object) -> Rows:
    """Run a SELECT on an index file and return its rows."""
    with reading(index) as connection:
        return connection.execute(sql, values).fetchall()


def reading(index: Path) -> closing[sqlite3.Connection]:
    """Open an index for reading. Opening costs as much as reading a small index."""
    return closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True))


def change(index: Path, *statements: str) -> None:
    """Run `statements` that write on an index file."""
    with closing(sqlite3.connect(index)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def contents(index: Path) -> dict[str, Rows]:
    """All tables of an index with their sorted rows."""
    with reading(index) as connection:
        return {table.name: _rows(connection, table.name) for table in TABLES}


def disk_contents(index: Path, *left_out: str) -> dict[str, Rows]:
    """What an index says about the disk, without the times of syncs and the columns `left_out`."""
    excluded = _OF_ONE_SYNC.union(left_out)
    with reading(index) as connection:
        return {
            table.name: _rows(
                connection, table.name, [name for name in table.names if name not in excluded]
            )
            for table in TABLES
            if table.name not in _OF_ONE_INDEX
        }


def rows_of(index: Path, table: str, columns: list[str] | None = None) -> Rows:
    """The sorted rows of a table."""
    with reading(index) as connection:
        return _rows(connection, table, columns)


def _rows(connection: sqlite3.Connection, table: str, columns: list[str] | None = None) -> Rows:
    chosen = ", ".join(f'"{name}"' for name in columns) if columns else "*"
    return sorted(connection.execute(f"SELECT {chosen} FROM {table}"), key=repr)


def assert_sound(index: Path) -> None:
    """Check that the file is undamaged and every foreign key has its target."""
    with reading(index) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def problems(index: Path) -> Rows:
    """Rule, object and path of each problem."""
    return sorted(select(index, "SELECT rule, object_id, path FROM problems"), key=repr)

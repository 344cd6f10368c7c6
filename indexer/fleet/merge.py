"""`dockidx merge`: merges the index files of many hosts into one, in any order and repeatedly.

Content is the same in every index, so it is added if it is missing. Each Docker root gets the rows
of the index that synced it last, and the history of all indexes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.fleet.content import merge_content
from indexer.fleet.errors import MergeConflictError
from indexer.fleet.source import merge_source
from indexer.index.cleanup import clean_up
from indexer.index.migration import upgrade
from indexer.index.rows import add_missing, delete_rows, insert_rows, load_rows, put_rows
from indexer.index.sqlite_file import (
    check_ours,
    created_file,
    end_first_filling,
    sentences,
    writing_connection,
)
from indexer.schema import TABLES
from indexer.schema.placement import hosts, roots
from indexer.schema.records import changes, fingerprints, syncs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexer.index.connection import Connection
    from indexer.schema.columns import Row, Table

_OPTION: Final = "--into"
_HISTORY: Final = (syncs, changes)
# Fingerprints describe the disk of the host that made them, so only its own syncs can use them.
_NOT_COPIED: Final = frozenset({fingerprints, roots, hosts, *_HISTORY})
_COPIED: Final = tuple(
    table
    for table in TABLES
    if table not in _NOT_COPIED and not {"root_id", "store_id"}.isdisjoint(table.names)
)


class MergeSummary(NamedTuple):
    """How many index files were read, and how many roots were taken or skipped as not newer."""

    indexes: int
    taken: int
    skipped: int


def merge(into: str, paths: Iterable[str]) -> MergeSummary:
    """Merge the index files `paths` into the index file `into`, all of them or none.

    If this fails, a new file is removed again. Raises `MergeConflictError` and the errors of
    `indexer.index.errors`.
    """
    taken = skipped = count = 0
    with (
        created_file(into, _OPTION),
        sentences(into, _OPTION),
        writing_connection(into) as target,
    ):
        check_ours(target, into, _OPTION)
        upgrade(target, into)
        with target.transaction():
            for path in paths:
                with merge_source(path) as source:
                    new, old = _merge_one(target, source, path)
                taken += new
                skipped += old
                count += 1
            clean_up(target)
        end_first_filling(target)
    return MergeSummary(count, taken, skipped)


def _merge_one(target: Connection, source: Connection, path: str) -> tuple[int, int]:
    _merge_hosts(target, source, path)
    merge_content(target, source)
    taken = skipped = 0
    for root in load_rows(source, roots, {}):
        if _take_root(target, source, root):
            taken += 1
        else:
            skipped += 1
        for table in _HISTORY:
            add_missing(target, table, load_rows(source, table, {"root_id": root["root_id"]}))
    return taken, skipped


def _merge_hosts(target: Connection, source: Connection, path: str) -> None:
    of_target = {row["host"]: row for row in load_rows(target, hosts, {})}
    for row in load_rows(source, hosts, {}):
        same = of_target.get(row["host"], row)
        machines = {machine for machine in (row["machine"], same["machine"]) if machine}
        if len(machines) > 1:
            raise MergeConflictError(
                f"{path} is of another machine that is called {row['host']} too; sync one of them "
                "again with --host and a name of its own."
            )
        first_seen_at = min(row["first_seen_at"], same["first_seen_at"])
        machine = next(iter(machines), None)
        put_rows(target, hosts, [{**row, "machine": machine, "first_seen_at": first_seen_at}])


def _take_root(target: Connection, source: Connection, root: Row) -> bool:
    """Replace the rows of a root in `target` if those in `source` are newer, and return True."""
    scope = {"root_id": root["root_id"]}
    for existing in load_rows(target, roots, scope):
        if existing["last_synced_at"] >= root["last_synced_at"]:
            return False
    put_rows(target, roots, [root])
    # They prove that the replaced rows match the disk, which says nothing about the new rows.
    delete_rows(target, fingerprints, [scope])
    for table in reversed(_COPIED):
        target.run(f"DELETE FROM {table.name} WHERE {_of_root(table)}", scope)  # noqa: S608
    for table in _COPIED:
        sql = f"SELECT * FROM {table.name} WHERE {_of_root(table)}"  # noqa: S608
        insert_rows(target, table, source.dicts(sql, scope))
    return True


def _of_root(table: Table) -> str:
    """The SQL condition that selects the rows of a root in `table`."""
    if "root_id" in table.names:
        return "root_id = :root_id"
    return "store_id IN (SELECT store_id FROM stores WHERE root_id = :root_id)"

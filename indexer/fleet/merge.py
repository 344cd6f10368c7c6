"""`dockidx merge`: index files of many hosts into one, in any order and as often as one likes.

What a digest determines is the same in every index and is added where it is missing. Of each
Docker root the rows of the index that synced it last are taken, and the history of all.
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
# Fingerprints speak of the disk of the host that made them, and only to its own syncs.
_NOT_TAKEN: Final = frozenset({fingerprints, roots, hosts, *_HISTORY})
_TAKEN: Final = tuple(
    table
    for table in TABLES
    if table not in _NOT_TAKEN and not {"root_id", "store_id"}.isdisjoint(table.names)
)


class MergeSummary(NamedTuple):
    """What a merge did: index files read, roots taken, and roots known as new already."""

    indexes: int
    taken: int
    skipped: int


def merge(into: str, paths: Iterable[str]) -> MergeSummary:
    """Join the index files `paths` into the index file `into`, all of them or none.

    Where there was no file, none is left when it fails.

    Raises `MergeConflictError` and the errors of `indexer.index.errors`.
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
    known = {row["host"]: row for row in load_rows(target, hosts, {})}
    for row in load_rows(source, hosts, {}):
        same = known.get(row["host"], row)
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
    """Put the rows of a root in the place of those that `target` has, if they are newer."""
    scope = {"root_id": root["root_id"]}
    for known in load_rows(target, roots, scope):
        if known["last_synced_at"] >= root["last_synced_at"]:
            return False
    put_rows(target, roots, [root])
    # They prove that the disk is as the rows said which are now replaced.
    delete_rows(target, fingerprints, [scope])
    for table in reversed(_TAKEN):
        target.run(f"DELETE FROM {table.name} WHERE {_of_root(table)}", scope)  # noqa: S608
    for table in _TAKEN:
        sql = f"SELECT * FROM {table.name} WHERE {_of_root(table)}"  # noqa: S608
        insert_rows(target, table, source.dicts(sql, scope))
    return True


def _of_root(table: Table) -> str:
    """The condition for the rows of a root in `table`."""
    if "root_id" in table.names:
        return "root_id = :root_id"
    return "store_id IN (SELECT store_id FROM stores WHERE root_id = :root_id)"

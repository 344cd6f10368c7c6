"""`dockidx merge`: index files of many hosts into one, in any order and as often as one likes.

What a digest determines is the same in every index and is added where it is missing. Of each
Docker root the rows of the index that synced it last are taken, and the history of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from indexer.fleet.content import merge_content
from indexer.fleet.errors import MergeConflictError
from indexer.fleet.source import merge_source
from indexer.index.migration import upgrade
from indexer.index.sqlite_file import (
    check_ours,
    created_file,
    end_first_filling,
    sentences,
    writing_engine,
)
from indexer.schema import metadata
from indexer.schema.placement import hosts, roots, stores
from indexer.schema.records import changes, stamps, syncs
from indexer.sync.cleanup import clean_up
from indexer.sync.writer import add_missing, delete_rows, insert_rows, load_rows, put_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Table

    from indexer.schema.columns import Row

_OPTION: Final = "--into"
_HISTORY: Final = (syncs, changes)
# Stamps speak of the disk of the host that made them, and only to its own syncs.
_NOT_MERGED: Final = frozenset({stamps, roots, hosts, *_HISTORY})


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
    engine = writing_engine(into)
    taken = skipped = count = 0
    with created_file(into, _OPTION), sentences(into, _OPTION):
        with engine.connect() as connection:
            check_ours(connection, into, _OPTION)
        upgrade(engine, into)
        with engine.begin() as target:
            for path in paths:
                with merge_source(path) as source:
                    new, old = _merge_one(target, source, path)
                taken += new
                skipped += old
                count += 1
            clean_up(target)
        end_first_filling(engine)
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
    delete_rows(target, stamps, [scope])
    for table in reversed(metadata.sorted_tables):
        condition = _of_root(table, root["root_id"])
        if condition is not None:
            target.execute(table.delete().where(condition))
    for table in metadata.sorted_tables:
        condition = _of_root(table, root["root_id"])
        if condition is not None:
            rows = source.execute(select(table).where(condition)).mappings()
            insert_rows(target, table, [dict(row) for row in rows])
    return True


def _of_root(table: Table, root_id: str) -> ColumnElement[bool] | None:
    """The condition for the rows of a root in `table`; None where it is about none."""
    if table in _NOT_MERGED:
        return None
    if "root_id" in table.c:
        return table.c.root_id == root_id
    if "store_id" in table.c:
        own = select(stores.c.store_id).where(stores.c.root_id == root_id)
        return table.c.store_id.in_(own)
    return None

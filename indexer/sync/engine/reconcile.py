"""Making the rows of one table equal to what is on the disk, and logging the difference."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.index.rows import delete_rows, insert_rows, load_keys, load_rows, update_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set

    from indexer.index.connection import Connection
    from indexer.schema.columns import Row, Table
    from indexer.sync.engine.change_log import ChangeLog

Key = tuple[str, ...]
_FEW: Final = 50
_NO_ECHOES: Final = MappingProxyType[str, str]({})


class Kind(NamedTuple):
    """What is reconciled.

    `scope` are the key columns that say whose rows these are; `key_text` makes the key of the
    change log from the rest of the key; `silent` columns may change without being logged;
    `renewed` says that a changed row counts as seen for the first time (a moved tag). A change of a
    column in `echoes` is not logged beside one of the column that it is given for there.
    """

    table: Table
    object_kind: str
    scope: tuple[str, ...]
    key_text: Callable[[Key], str]
    silent: frozenset[str] = frozenset()
    renewed: bool = False
    echoes: Mapping[str, str] = _NO_ECHOES


class Difference(NamedTuple):
    """Keys without the scope of what was added, changed or removed."""

    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    removed: tuple[Key, ...]


def reconcile(
    connection: Connection,
    kind: Kind,
    scope: Row,
    fresh: Mapping[Key, Row],
    kept: Set[Key],
    at: str,
    log: ChangeLog,
) -> Difference:
    """Make the rows of `scope` equal to `fresh` and those in `kept` that are there already.

    The rows of `fresh` have every column but those of the scope and `first_seen_at`, which is `at`
    for what is new.
    """
    names = key_names(kind)
    keys = load_keys(connection, kind.table, names, scope)
    existing = _rows(connection, kind, scope, fresh.keys() & keys, len(keys))
    added = tuple(key for key in fresh if key not in existing)
    removed = tuple(sorted(keys - fresh.keys() - kept))
    changed = tuple(
        key
        for key, row in fresh.items()
        if key in existing and _differs(kind, key, existing[key], row, log)
    )
    for key in added:
        log.added(kind.object_kind, kind.key_text(key))
    for key in removed:
        log.removed(kind.object_kind, kind.key_text(key))
    insert_rows(
        connection, kind.table, ({**scope, **fresh[key], "first_seen_at": at} for key in added)
    )
    update_rows(connection, kind.table, [_updated(kind, scope, fresh[key], at) for key in changed])
    delete_rows(
        connection,
        kind.table,
        [{**scope, **dict(zip(names, key, strict=True))} for key in removed],
    )
    return Difference(added, changed, removed)


def key_names(kind: Kind) -> list[str]:
    """The columns of the key that are not of the scope."""
    return [name for name in kind.table.key if name not in kind.scope]


def _rows(
    connection: Connection, kind: Kind, scope: Row, keys: Set[Key], of: int
) -> dict[Key, Row]:
    """The rows that have `keys`: fetched one by one where these are few of all there are."""
    names = key_names(kind)
    if len(keys) * _FEW > of:
        rows = load_rows(connection, kind.table, scope)
    else:
        scopes = ({**scope, **dict(zip(names, key, strict=True))} for key in keys)
        rows = [row for one in scopes for row in load_rows(connection, kind.table, one)]
    return {key: row for row in rows if (key := tuple(row[name] for name in names)) in keys}


def _differs(kind: Kind, key: Key, before: Row, after: Row, log: ChangeLog) -> bool:
    fields = [field for field in after if before[field] != after[field]]
    for field in fields:
        if field not in kind.silent and kind.echoes.get(field) not in fields:
            log.changed(kind.object_kind, kind.key_text(key), field, before[field], after[field])
    return bool(fields)


def _updated(kind: Kind, scope: Row, row: Row, at: str) -> Row:
    updated = {**scope, **row}
    return {**updated, "first_seen_at": at} if kind.renewed else updated

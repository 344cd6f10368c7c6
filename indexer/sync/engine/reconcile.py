"""Makes the rows of one table equal to what is on the disk, and logs the difference."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.index.rows import delete_rows, insert_rows, load_keys, load_rows, update_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set

    from indexer.schema.columns import Row, Table
    from indexer.sync.engine.change_log import ChangeLog
    from indexer.sync.engine.root_sync import RootSync, StoreSync

Key = tuple[str, ...]
_FEW: Final = 50
_NONE: Final = MappingProxyType[str, str]({})


class ReconciledTable(NamedTuple):
    """A table whose rows are compared with the disk, and how its changes are logged.

    `scope` names the key columns that say which root or store a row belongs to. `key_text` makes
    the key for the change log from the other key columns. Changes of the `unlogged` columns are
    not logged. `renews_first_seen` sets `first_seen_at` again when a row changes, as for a tag that
    moved. A change of a column in `implied_by` is not logged if the column that it is mapped to
    changed too.
    """

    table: Table
    object_kind: str
    scope: tuple[str, ...]
    key_text: Callable[[Key], str]
    unlogged: frozenset[str] = frozenset()
    renews_first_seen: bool = False
    implied_by: Mapping[str, str] = _NONE
    is_logged: bool = True

    @property
    def key_names(self) -> list[str]:
        """The key columns that are not part of the scope."""
        return [name for name in self.table.key if name not in self.scope]


class Difference(NamedTuple):
    """The keys, without the scope, of the rows that were added, changed or removed."""

    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    removed: tuple[Key, ...]

    @property
    def needs_cleanup(self) -> bool:
        """Whether content may have lost its last reference: a row was changed or removed."""
        return bool(self.changed or self.removed)


def reconcile(
    sync: RootSync | StoreSync,
    reconciled: ReconciledTable,
    fresh: Mapping[Key, Row],
    kept: Set[Key] = frozenset(),
) -> Difference:
    """Make the rows in the scope of `sync` equal to `fresh`, and leave those in `kept` as they are.

    A row of `fresh` has every column except those of the scope and `first_seen_at`.
    """
    table, scope, names = reconciled.table, sync.scope, reconciled.key_names
    keys = load_keys(sync.connection, table, names, scope)
    existing = _load_existing(sync, reconciled, fresh.keys() & keys, len(keys))
    difference = Difference(
        added=tuple(key for key in fresh if key not in existing),
        changed=tuple(
            key
            for key, row in fresh.items()
            if key in existing and _changed_fields(existing[key], row)
        ),
        removed=tuple(sorted(keys - fresh.keys() - kept)),
    )
    if reconciled.is_logged:
        _log(sync.log, reconciled, difference, existing, fresh)
    new = ({**scope, **fresh[key], "first_seen_at": sync.at} for key in difference.added)
    insert_rows(sync.connection, table, new)
    renewed = {"first_seen_at": sync.at} if reconciled.renews_first_seen else {}
    changed = [{**scope, **fresh[key], **renewed} for key in difference.changed]
    update_rows(sync.connection, table, changed)
    gone = [{**scope, **dict(zip(names, key, strict=True))} for key in difference.removed]
    delete_rows(sync.connection, table, gone)
    return difference


def _load_existing(
    sync: RootSync | StoreSync, reconciled: ReconciledTable, keys: Set[Key], row_count: int
) -> dict[Key, Row]:
    """Load the rows that have `keys`: one by one if these are few of the `row_count` in scope."""
    names = reconciled.key_names
    if len(keys) * _FEW > row_count:
        rows = load_rows(sync.connection, reconciled.table, sync.scope)
    else:
        scopes = ({**sync.scope, **dict(zip(names, key, strict=True))} for key in keys)
        rows = [row for it in scopes for row in load_rows(sync.connection, reconciled.table, it)]
    return {key: row for row in rows if (key := tuple(row[name] for name in names)) in keys}


def _log(
    log: ChangeLog,
    reconciled: ReconciledTable,
    difference: Difference,
    existing: Mapping[Key, Row],
    fresh: Mapping[Key, Row],
) -> None:
    kind, key_text = reconciled.object_kind, reconciled.key_text
    for key in difference.changed:
        before, after = existing[key], fresh[key]
        fields = _changed_fields(before, after)
        for field in fields:
            if field not in reconciled.unlogged and reconciled.implied_by.get(field) not in fields:
                log.changed(kind, key_text(key), field, before[field], after[field])
    for key in difference.added:
        log.added(kind, key_text(key))
    for key in difference.removed:
        log.removed(kind, key_text(key))


def _changed_fields(before: Row, after: Row) -> list[str]:
    return [field for field in after if before[field] != after[field]]

"""Writes volumes with their labels and options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.volumes import LOCAL
from indexer.index.rows import delete_rows, insert_rows, load_rows
from indexer.schema import runtime
from indexer.sync.engine.reconcile import Key, reconcile
from indexer.sync.engine.reconciled_tables import VOLUMES
from indexer.sync.tables.secrets import masked

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from indexer.docker.volumes import Volumes
    from indexer.schema.columns import Row, Table
    from indexer.sync.engine.root_sync import RootSync

_FROM_DATABASE: Final = ("driver", "anonymous")
"""The columns of a volume with a folder that also depend on `metadata.db`."""


class _Attribute(NamedTuple):
    """A label or option of a volume."""

    volume: str
    name: str
    value: str | None


class _AttributeTable(NamedTuple):
    """A table of labels or options, and its column with the name of one."""

    table: Table
    column: str


_LABELS: Final = _AttributeTable(runtime.volume_labels, "label")
_OPTIONS: Final = _AttributeTable(runtime.volume_options, "option")


def write_volumes(sync: RootSync, volumes: Volumes) -> None:
    """Make the volume rows of a root equal to `volumes`, and mask secrets without `env_values`.

    If `metadata.db` cannot be read now, what earlier syncs read from it stays.
    """
    if not volumes.listed:
        return
    records = volumes.records
    fresh: dict[Key, Row] = {
        (record.name,): {
            "name": record.name,
            "driver": record.driver,
            "anonymous": None if record.anonymous is None else int(record.anonymous),
            "size_bytes": None,
        }
        for record in records
    }
    labels = [_Attribute(record.name, *label) for record in records for label in record.labels]
    options = [_Attribute(record.name, *option) for record in records for option in record.options]
    kept: set[Key] = set()
    if not volumes.described:
        kept = _keep_described(sync, fresh)
        names = {name for (name,) in fresh.keys() | kept}
        labels = _with_stored(sync, _LABELS, labels, names)
        options = _with_stored(sync, _OPTIONS, options, names)
    if not sync.options.env_values:
        drivers = {name: row["driver"] for (name,), row in fresh.items()}
        options = [_masked(option, drivers) for option in options]
    reconcile(sync, VOLUMES, fresh, kept)
    _replace(sync, _LABELS, labels)
    _replace(sync, _OPTIONS, options)


def _keep_described(sync: RootSync, fresh: dict[Key, Row]) -> set[Key]:
    """Put the stored values of `metadata.db` into `fresh`; return the volumes of plugins to keep.

    Only `metadata.db` names the volumes of plugins (moby `volume/service/db.go`).
    """
    stored = load_rows(sync.connection, runtime.volumes, sync.scope)
    for row in stored:
        if (row["name"],) in fresh:
            fresh[row["name"],] |= {name: row[name] for name in _FROM_DATABASE}
    of_plugins: set[Key] = {(row["name"],) for row in stored if row["driver"] != LOCAL}
    return of_plugins - fresh.keys()


def _masked(option: _Attribute, drivers: Mapping[str, str]) -> _Attribute:
    if option.value is None:
        return option
    # A volume without a fresh row is one of a plugin, which `_keep_described` kept.
    driver = drivers.get(option.volume, "")
    return option._replace(value=masked(driver, option.name, option.value))


def _with_stored(
    sync: RootSync, target: _AttributeTable, read: list[_Attribute], volumes: Set[str]
) -> list[_Attribute]:
    """What was read, and what the table has besides for `volumes`."""
    stored = {
        (row["name"], row[target.column]): row["value"]
        for row in load_rows(sync.connection, target.table, sync.scope)
        if row["name"] in volumes
    }
    current = {(it.volume, it.name): it.value for it in read}
    return [_Attribute(*key, value) for key, value in sorted({**stored, **current}.items())]


def _replace(sync: RootSync, target: _AttributeTable, attributes: list[_Attribute]) -> None:
    rows = [
        {**sync.scope, "name": it.volume, target.column: it.name, "value": it.value}
        for it in attributes
    ]
    stored = load_rows(sync.connection, target.table, sync.scope)
    if rows == stored:
        return
    if stored:
        delete_rows(sync.connection, target.table, [sync.scope])
    insert_rows(sync.connection, target.table, rows)

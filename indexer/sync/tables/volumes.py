"""Volumes into their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from indexer.docker.volumes import LOCAL
from indexer.index.rows import delete_rows, insert_rows, load_rows
from indexer.schema.runtime import volume_labels, volume_options, volumes
from indexer.sync.engine.kinds import VOLUME
from indexer.sync.engine.reconcile import Key, reconcile
from indexer.sync.tables.secrets import masked

if TYPE_CHECKING:
    from collections.abc import Set

    from indexer.docker.volumes import Volumes
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row, Table
    from indexer.sync.engine.change_log import ChangeLog

_DESCRIBED: Final = ("driver", "anonymous")
"""What of a volume with a folder `metadata.db` has a say in."""

_Named: TypeAlias = tuple[str, str, str | None]
"""A label or option of a volume: the name of the volume, its own, and its value."""


def write_volumes(
    connection: Connection,
    root_id: str,
    found: Volumes,
    at: str,
    log: ChangeLog,
    *,
    env_values: bool,
) -> None:
    """Make the volume rows of a root equal to `found`; secrets are left out unless `env_values`.

    What only a `metadata.db` told that cannot be read now stays.
    """
    if not found.listed:
        return
    scope = {"root_id": root_id}
    fresh: dict[Key, Row] = {
        (record.name,): {
            "name": record.name,
            "driver": record.driver,
            "anonymous": None if record.anonymous is None else int(record.anonymous),
            "size_bytes": None,
        }
        for record in found.records
    }
    labels: list[_Named] = [
        (record.name, *label) for record in found.records for label in record.labels
    ]
    options: list[_Named] = [
        (record.name, *option) for record in found.records for option in record.options
    ]
    kept: set[Key] = set()
    if not found.described:
        before = load_rows(connection, volumes, scope)
        kept |= {(row["name"],) for row in before if row["driver"] != LOCAL} - fresh.keys()
        for row in before:
            if (row["name"],) in fresh:
                fresh[row["name"],] |= {name: row[name] for name in _DESCRIBED}
        there = {name for (name,) in fresh.keys() | kept}
        labels = _with_kept(connection, volume_labels, "label", scope, labels, there)
        options = _with_kept(connection, volume_options, "option", scope, options, there)
    if not env_values:
        drivers = {name: row["driver"] for (name,), row in fresh.items()}
        options = [_without_secret(drivers, *option) for option in options]
    reconcile(connection, VOLUME, scope, fresh, kept, at, log)
    _replace(connection, volume_labels, "label", scope, labels)
    _replace(connection, volume_options, "option", scope, options)


def _without_secret(drivers: dict[str, str], name: str, option: str, value: str | None) -> _Named:
    # A volume that is only kept, as nothing can be told of it now, is of a plugin.
    return name, option, None if value is None else masked(drivers.get(name, ""), option, value)


def _with_kept(
    connection: Connection,
    table: Table,
    what: str,
    scope: Row,
    found: list[_Named],
    names: Set[str],
) -> list[_Named]:
    """What was found, and what `table` has besides of the volumes `names`."""
    before = {
        (row["name"], row[what]): row["value"]
        for row in load_rows(connection, table, scope)
        if row["name"] in names
    }
    now = {(name, key): value for name, key, value in found}
    return [(*key, value) for key, value in sorted({**before, **now}.items())]


def _replace(
    connection: Connection, table: Table, what: str, scope: Row, found: list[_Named]
) -> None:
    rows = [{**scope, "name": name, what: key, "value": value} for name, key, value in found]
    existing = load_rows(connection, table, scope)
    if rows == existing:
        return
    if existing:
        delete_rows(connection, table, [scope])
    insert_rows(connection, table, rows)

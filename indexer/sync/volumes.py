"""Volumes into their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.volumes import LOCAL
from indexer.schema.runtime import volume_labels, volume_options, volumes
from indexer.sync.kinds import VOLUME
from indexer.sync.reconcile import Key, reconcile
from indexer.sync.writer import delete_rows, insert_rows, load_rows

if TYPE_CHECKING:
    from collections.abc import Set

    from sqlalchemy import Connection, Table

    from indexer.docker.volumes import Volumes
    from indexer.schema.columns import Row
    from indexer.sync.change_log import ChangeLog

_DESCRIBED: Final = ("driver", "anonymous")
"""What of a volume with a folder `metadata.db` has a say in."""


def write_volumes(
    connection: Connection, root_id: str, found: Volumes, at: str, log: ChangeLog
) -> None:
    """Make the volume rows of a root equal to `found`.

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
    labels = [(record.name, *label) for record in found.records for label in record.labels]
    options = [(record.name, *option) for record in found.records for option in record.options]
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
    reconcile(connection, VOLUME, scope, fresh, kept, at, log)
    _replace(connection, volume_labels, "label", scope, labels)
    _replace(connection, volume_options, "option", scope, options)


def _with_kept(
    connection: Connection,
    table: Table,
    what: str,
    scope: Row,
    found: list[tuple[str, str, str]],
    names: Set[str],
) -> list[tuple[str, str, str]]:
    """What was found, and what `table` has besides of the volumes `names`."""
    before = {
        (row["name"], row[what]): row["value"]
        for row in load_rows(connection, table, scope)
        if row["name"] in names
    }
    now = {(name, key): value for name, key, value in found}
    return [(*key, value) for key, value in sorted({**before, **now}.items())]


def _replace(
    connection: Connection, table: Table, what: str, scope: Row, found: list[tuple[str, str, str]]
) -> None:
    rows = [{**scope, "name": name, what: key, "value": value} for name, key, value in found]
    existing = load_rows(connection, table, scope)
    if rows == existing:
        return
    if existing:
        delete_rows(connection, table, [scope])
    insert_rows(connection, table, rows)

"""Volumes into their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.schema.runtime import volume_labels, volume_options
from indexer.sync.kinds import VOLUME
from indexer.sync.reconcile import Key, reconcile
from indexer.sync.writer import delete_rows, insert_rows, load_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from indexer.docker.volumes import Volumes
    from indexer.schema.columns import Row
    from indexer.sync.change_log import ChangeLog


def write_volumes(
    connection: Connection, root_id: str, found: Volumes, at: str, log: ChangeLog
) -> None:
    """Make the volume rows of a root equal to `found`."""
    if not found.listed:
        return
    scope = {"root_id": root_id}
    fresh: dict[Key, Row] = {
        (record.name,): {
            "name": record.name,
            "driver": record.driver,
            "anonymous": int(record.anonymous),
            "size_bytes": None,
        }
        for record in found.records
    }
    reconcile(connection, VOLUME, scope, fresh, frozenset(), at, log)
    labels = [(record.name, *label) for record in found.records for label in record.labels]
    options = [(record.name, *option) for record in found.records for option in record.options]
    _replace(connection, volume_labels, "label", scope, labels)
    _replace(connection, volume_options, "option", scope, options)


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

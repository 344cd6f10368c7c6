"""Findings into the table `problems`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.docker.files import printable
from indexer.docker.findings import RULES
from indexer.schema.records import problems
from indexer.sync.identity import key_of
from indexer.sync.writer import delete_rows, insert_rows, load_rows, update_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from indexer.docker.findings import Finding
    from indexer.schema.columns import Row


def write_problems(
    connection: Connection, root_id: str, findings: Iterable[Finding], at: str
) -> int:
    """Make the problems of a root equal to `findings`; return how many there are."""
    fresh = {row["problem_id"]: row for row in (_row(root_id, found) for found in findings)}
    existing = {
        row["problem_id"]: row for row in load_rows(connection, problems, {"root_id": root_id})
    }
    new = [{**row, "first_seen_at": at} for key, row in fresh.items() if key not in existing]
    insert_rows(connection, problems, new)
    changed = [
        row
        for key, row in fresh.items()
        if key in existing and row != {name: existing[key][name] for name in row}
    ]
    update_rows(connection, problems, changed)
    gone = existing.keys() - fresh.keys()
    delete_rows(connection, problems, [{"problem_id": key} for key in gone])
    return len(fresh)


def _row(root_id: str, found: Finding) -> Row:
    object_id = None if found.object_id is None else printable(found.object_id)
    path = printable(found.path)
    return {
        "problem_id": key_of(root_id, found.rule, found.object_kind, object_id or "", path),
        "root_id": root_id,
        "severity": RULES[found.rule],
        "rule": found.rule,
        "object_kind": found.object_kind,
        "object_id": object_id,
        "path": path,
        "message": printable(found.message),
    }

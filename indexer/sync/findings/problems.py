"""Findings into the table `problems`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.docker.files.folder import printable
from indexer.docker.rules import RULES
from indexer.index.rows import delete_rows, insert_rows, load_rows, update_rows
from indexer.schema.records import problems
from indexer.sync.engine.identity import key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row

READER = "reader"
SQL = "sql"


def load_problems(connection: Connection, root_id: str) -> dict[str, Row]:
    """The problems of a root as the last sync left them, by their ID."""
    return {row["problem_id"]: row for row in load_rows(connection, problems, {"root_id": root_id})}


def problem_id(root_id: str, found: Finding) -> str:
    """The ID of the problem that `found` is: the same whenever and by whatever it is found."""
    object_id = "" if found.object_id is None else printable(found.object_id)
    return key_of(root_id, found.rule, found.object_kind, object_id, printable(found.path))


def write_problems(
    connection: Connection,
    root_id: str,
    existing: dict[str, Row],
    read: Iterable[Finding],
    judged: Iterable[Finding],
    renewed: Collection[str] | None,
    at: str,
) -> int:
    """Make the problems of a root, so far `existing`, those in `read` and `judged`.

    Of the problems that statements found before, those of the rules `renewed` go, all for None.
    Returns how many there are.
    """
    fresh = {
        key: {name: value for name, value in row.items() if name != "first_seen_at"}
        for key, row in existing.items()
        if renewed is not None and row["found_by"] == SQL and row["rule"] not in renewed
    }
    for source, findings in ((SQL, judged), (READER, read)):
        for found in findings:
            row = _row(root_id, found, source)
            fresh[row["problem_id"]] = row
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


def _row(root_id: str, found: Finding, source: str) -> Row:
    return {
        "problem_id": problem_id(root_id, found),
        "root_id": root_id,
        "severity": found.effective_severity,
        "rule": found.rule,
        "slug": RULES[found.rule].slug,
        "object_kind": found.object_kind,
        "object_id": None if found.object_id is None else printable(found.object_id),
        "path": printable(found.path),
        "message": printable(found.sentence),
        "remedy": RULES[found.rule].remedy,
        "depth": RULES[found.rule].depth,
        "found_by": source,
        "cause": int(found.cause),
    }

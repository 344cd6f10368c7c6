"""Writes findings into the table `problems`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.files.folder import printable
from indexer.docker.rules import RULES
from indexer.index.rows import delete_rows, insert_rows, load_rows, update_rows
from indexer.schema.records import problems
from indexer.sync.engine.identity import key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from indexer.docker.rules.finding import Finding
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import RootSync

READER: Final = "reader"
SQL: Final = "sql"


class Findings(NamedTuple):
    """The findings of a sync on one root: of readers, and of rules in SQL."""

    of_readers: Sequence[Finding]
    of_rules: Sequence[Finding]


def load_problems(sync: RootSync) -> dict[str, Row]:
    """Load the problems of a root as the last sync left them, by their ID."""
    return {row["problem_id"]: row for row in load_rows(sync.connection, problems, sync.scope)}


def problem_id(root_id: str, finding: Finding) -> str:
    """The ID of the problem for `finding`, which does not depend on when and how it was found."""
    object_id = "" if finding.object_id is None else printable(finding.object_id)
    return key_of(root_id, finding.rule, finding.object_kind, object_id, printable(finding.path))


def write_problems(
    sync: RootSync,
    existing: dict[str, Row],
    findings: Findings,
    evaluated: Collection[str] | None,
) -> int:
    """Replace the `existing` problems of a root by `findings`. Return how many there are.

    Problems that were found by a rule in SQL stay if it is not one of the rules `evaluated`. None
    means that all rules were evaluated.
    """
    fresh = {
        key: {name: value for name, value in row.items() if name != "first_seen_at"}
        for key, row in existing.items()
        if evaluated is not None and row["found_by"] == SQL and row["rule"] not in evaluated
    }
    for source, group in ((SQL, findings.of_rules), (READER, findings.of_readers)):
        for finding in group:
            row = _row(sync.root_id, finding, source)
            fresh[row["problem_id"]] = row
    new = [{**row, "first_seen_at": sync.at} for key, row in fresh.items() if key not in existing]
    insert_rows(sync.connection, problems, new)
    changed = [
        row
        for key, row in fresh.items()
        if key in existing and row != {name: existing[key][name] for name in row}
    ]
    update_rows(sync.connection, problems, changed)
    gone = existing.keys() - fresh.keys()
    delete_rows(sync.connection, problems, [{"problem_id": key} for key in gone])
    return len(fresh)


def _row(root_id: str, finding: Finding, source: str) -> Row:
    return {
        "problem_id": problem_id(root_id, finding),
        "root_id": root_id,
        "severity": finding.effective_severity,
        "rule": finding.rule,
        "slug": RULES[finding.rule].slug,
        "object_kind": finding.object_kind,
        "object_id": None if finding.object_id is None else printable(finding.object_id),
        "path": printable(finding.path),
        "message": printable(finding.sentence),
        "remedy": RULES[finding.rule].remedy,
        "depth": RULES[finding.rule].depth,
        "found_by": source,
        "cause": int(finding.cause),
    }

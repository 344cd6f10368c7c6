"""FindingEvaluator one root: the statements over its rows, beside what the readers found.

A statement whose tables did not change since it last ran gives what it gave then, so it is not run
again and its problems stay.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.rules.finding import Finding
from indexer.integrity.statements import Statement, statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from indexer.index.connection import Connection
    from indexer.schema.columns import Row

UNREAD: Final = frozenset({"U1", "U2", "U4", "U5", "S1"})
"""The rules that say that something could not be read, or must have been there."""

_RUINOUS: Final = frozenset({"fatal", "error"})


class Unread(NamedTuple):
    """What could not be read as a whole, so that its rows are none or old ones.

    `tables` by store, those of the root under None.
    """

    tables: Mapping[str | None, frozenset[str]]

    def hides(self, statement: Statement, store_id: str | None) -> bool:
        """Whether what `statement` says of a store cannot be told."""
        hidden = self.tables.get(None, frozenset()) | self.tables.get(store_id, frozenset())
        return not hidden.isdisjoint(statement.needed)


def due(touched: Collection[str]) -> tuple[Statement, ...]:
    """The statements that read one of the tables `touched`."""
    if not touched:
        return ()
    return tuple(it for it in statements() if not it.tables.isdisjoint(touched))


def judge(
    connection: Connection,
    root_id: str,
    chosen: Iterable[Statement],
    found: Collection[Finding],
    unread: Unread,
) -> list[Finding]:
    """What the statements `chosen` say of a root, where readers found `found`.

    Left out is what a reader says of the same file already, and that something is missing which is
    there and cannot be read. Of a folder that is no good, the file in it is named that a reader
    found to be so.
    """
    given = _Given.of(found)
    findings: list[Finding] = []
    for statement in chosen:
        rows = connection.dicts(statement.sql, {"root_id": root_id})
        findings += _believed(statement, rows, given, unread)
    return findings


class _Given(NamedTuple):
    """What readers found, by what it is looked up with."""

    said: frozenset[tuple[str, str | None, str]]
    ruined: frozenset[tuple[str | None, str]]
    unread: frozenset[str]
    paths: Mapping[str | None, str]

    @classmethod
    def of(cls, found: Collection[Finding]) -> _Given:
        """Sort `found`."""
        ruins = (it for it in found if it.rule in UNREAD or it.effective_severity in _RUINOUS)
        return cls(
            frozenset((it.rule, it.object_id, it.path) for it in found),
            frozenset((it.object_id, it.path) for it in ruins),
            frozenset(it.object_id or it.path for it in found if it.rule in UNREAD),
            {it.object_id: it.path for it in found if it.effective_severity in _RUINOUS},
        )

    def hides(self, missing: str) -> bool:
        """Whether `missing`, or a folder that it would be in, is there and could not be read."""
        return any(part in self.unread for part in accumulate(missing.split("/"), "{}/{}".format))

    def says(self, finding: Finding) -> bool:
        """Whether a reader said so, or that the file in question is of no use at all."""
        place = (finding.object_id, finding.path)
        return place in self.ruined or (finding.rule, *place) in self.said


def _believed(
    statement: Statement, rows: Iterable[Row], given: _Given, unread: Unread
) -> Iterator[Finding]:
    for row in rows:
        if unread.hides(statement, row["store_id"]):
            continue
        missing, path = row["missing"], row["path"]
        if missing is not None and given.hides(missing):
            continue
        finding = Finding(
            statement.rule,
            row["object_kind"],
            row["object_id"],
            path,
            row["message"],
            row["severity"],
        )
        if given.says(finding):
            continue
        file = None if missing is None else given.paths.get(missing)
        if file is not None and file.startswith(f"{path}/"):
            finding = finding._replace(path=file, message=row["message"].replace(path, file))
        yield finding

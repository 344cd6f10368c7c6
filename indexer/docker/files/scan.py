"""What one pass over a folder of like things gives back."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from indexer.docker.files.folder import Fingerprint, GoneError, UnreadableError
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder

Record = TypeVar("Record")
Previous = Mapping[str, Fingerprint]
"""Fingerprints of a former pass by name: what still has its fingerprint is not opened again."""

NOTHING: Final = MappingProxyType[str, Any]({})
"""No fingerprints and no records."""

Tick = Callable[[int], None]
"""Called with the number of things just looked at, to move a progress bar."""

TEMPORARY_NS: Final = 3_600_000_000_000
"""A temporary that is older than this is in no write any more."""

RACY_NS: Final = 50_000_000
"""A file that changed this recently may change again within one clock tick of the kernel."""

UNPROVEN: Final = Fingerprint(0, 0)
"""The fingerprint of what is to be read again next time; nothing on a disk has it."""


class Scan(NamedTuple, Generic[Record]):
    """The things of one kind in one folder.

    `records` holds by name what is new or changed, `unchanged` the names whose fingerprint was
    known; a known name in neither is gone from the disk. `fingerprints` has one for each record:
    `UNPROVEN` where it may not be skipped next time, as with a finding, which must be found again.
    `listed` is False where the folder could not be listed, so that nothing is known to be gone;
    `there` is False where there is no such folder.
    """

    records: Mapping[str, Record] = NOTHING
    unchanged: frozenset[str] = frozenset()
    fingerprints: Mapping[str, Fingerprint] = NOTHING
    findings: tuple[Finding, ...] = ()
    listed: bool = True
    exists: bool = True

    def repeats(self, previous: Previous) -> bool:
        """Whether nothing is new or gone since the pass that left `known`, which has some."""
        return bool(previous) and not self.records and self.unchanged == previous.keys()

    def followed_by(self, later: Scan[Record]) -> Scan[Record]:
        """This pass followed by `later`, which was given the fingerprints of this one as known."""
        if not later.listed:
            return self
        kept = {name: record for name, record in self.records.items() if name in later.unchanged}
        fingerprints = {
            name: fingerprint for name, fingerprint in self.fingerprints.items() if name in kept
        }
        found = set(later.findings)
        lasting = [finding for finding in self.findings if finding in found]
        return Scan(
            {**kept, **later.records},
            later.unchanged - kept.keys(),
            {**fingerprints, **later.fingerprints},
            tuple(dict.fromkeys((*lasting, *later.findings))),
            exists=later.exists,
        )


class ScanBuilder(Generic[Record]):
    """A scan in the making: the reader of a kind adds to it name by name."""

    __slots__ = (
        "_findings",
        "_fingerprints",
        "_now",
        "_previous",
        "_records",
        "_tick",
        "_unchanged",
    )

    def __init__(self, previous: Previous, tick: Tick) -> None:
        """Start with the fingerprints of the former pass."""
        self._previous = previous
        self._tick = tick
        self._now = time.time_ns()
        self._records: dict[str, Record] = {}
        self._unchanged: set[str] = set()
        self._fingerprints: dict[str, Fingerprint] = {}
        self._findings: list[Finding] = []

    def is_known(self, name: str, fingerprint: Fingerprint) -> bool:
        """Whether `name` still has the fingerprint of the previous pass; it is then unchanged."""
        self._tick(1)
        if fingerprint == UNPROVEN or self._previous.get(name) != fingerprint:
            return False
        self._unchanged.add(name)
        return True

    def previous_below(self, prefix: str) -> dict[str, Fingerprint]:
        """The fingerprints of the former pass of the names that begin with `prefix`, without it."""
        length = len(prefix)
        return {
            name[length:]: fingerprint
            for name, fingerprint in self._previous.items()
            if name.startswith(prefix)
        }

    def keep(self, names: Collection[str]) -> None:
        """Count as unchanged `names` that have their fingerprint of the former pass still."""
        self._tick(len(names))
        self._unchanged.update(names)

    def add(
        self, name: str, fingerprint: Fingerprint, record: Record | None, findings: list[Finding]
    ) -> None:
        """Take in what was read of `name`: a record or None, and what is wrong with it."""
        if record is not None:
            is_proof = not findings and self._now - fingerprint.ctime_ns > RACY_NS
            self._records[name] = record
            self._fingerprints[name] = fingerprint if is_proof else UNPROVEN
        self._findings += findings

    def report(self, finding: Finding) -> None:
        """Take in a finding about something that has no record."""
        self._findings.append(finding)

    def finish(self) -> Scan[Record]:
        """The finished scan."""
        return Scan(
            self._records,
            frozenset(self._unchanged),
            self._fingerprints,
            tuple(self._findings),
        )


def unreadable(folder: Folder, name: str, kind: str, error: UnreadableError) -> Finding:
    """The finding for a file or folder `name` that is there and cannot be read."""
    path = folder.join(name)
    return Finding(error.rule, kind, None, path, f"{path} {error}; it is not indexed.")


def unread_part(folder: Folder, name: str, kind: str, error: UnreadableError) -> Finding:
    """As `unreadable`, for what holds many things: what they say is unknown then."""
    return unreadable(folder, name, kind, error)._replace(cause=True)


def temporary(folder: Folder, name: str, kind: str) -> Finding | None:
    """The finding for a name that engines give to what they are about to rename; None for others.

    From 1.12 on `.tmp-<name><digits>`, before that `<name>.tmp` (moby `pkg/ioutils/fswriters.go`).
    """
    if not (name.startswith(".tmp-") or name.endswith(".tmp")):
        return None
    return left_temporary(folder, name, kind)


def left_temporary(folder: Folder, name: str, kind: str) -> Finding | None:
    """The finding for the temporary `name`, None if it is gone; a young one may be in use."""
    path = folder.join(name)
    try:
        age = time.time_ns() - folder.entry(name).modified_ns
    except (GoneError, UnreadableError):
        return None
    if age < TEMPORARY_NS:
        message = f"{path} is a temporary of a write that may be in progress."
        return Finding("T1", kind, None, path, message, "info")
    message = f"{path} is a temporary of a write that was cut short; nothing removes it."
    return Finding("T1", kind, None, path, message)


def not_listed(path: str, kind: str, error: UnreadableError) -> Scan[Record]:
    """The scan of a folder that is there and cannot be listed."""
    message = f"{path} {error}; nothing below it is indexed."
    finding = Finding(error.rule, kind, None, path, message, cause=True)
    return Scan(findings=(finding,), listed=False)

"""The result of one pass over a folder that holds things of one kind, such as layers."""

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
"""Fingerprints of the previous pass by name. What still has its fingerprint is not opened again."""

NOTHING: Final = MappingProxyType[str, Any]({})
"""No fingerprints and no records."""

Tick = Callable[[int], None]
"""Called with the number of things that have just been processed, to move a progress bar."""

TEMPORARY_NS: Final = 3_600_000_000_000
"""A temporary file older than this (one hour) does not belong to a write in progress."""

RACY_NS: Final = 50_000_000
"""A file that changed within this time may change again under the same ctime.

The kernel stamps files with a clock that moves only every 1 to 10 ms, so two writes can share one
time. Git guards its index against the same race.
"""

UNPROVEN: Final = Fingerprint(0, 0)
"""The fingerprint of what the next pass must read again; no file on a disk has it."""


class Scan(NamedTuple, Generic[Record]):
    """The things of one kind in one folder.

    `records` has by name what is new or changed. `unchanged` has the names whose fingerprint is
    that of the previous pass. A previous name in neither is gone from the disk. `fingerprints` has
    one for each record; it is `UNPROVEN` if the next pass must not skip the thing, for instance
    because it has a finding, which has to be found again.
    `exists` is False if there is no such folder. `listed` is False if the folder could not be
    listed, so that nothing is known to be gone.
    """

    records: Mapping[str, Record] = NOTHING
    unchanged: frozenset[str] = frozenset()
    fingerprints: Mapping[str, Fingerprint] = NOTHING
    findings: tuple[Finding, ...] = ()
    listed: bool = True
    exists: bool = True

    @property
    def complete(self) -> bool:
        """Whether everything on the disk is known: it was read, or an engine cannot load it either.

        False if the folder could not be listed or something in it could not be read.
        """
        return self.listed and not any(finding.cause for finding in self.findings)

    def repeats(self, previous: Previous) -> bool:
        """Whether nothing is new or gone since the pass that left the fingerprints `previous`.

        False if that pass left none.
        """
        return bool(previous) and not self.records and self.unchanged == previous.keys()

    def followed_by(self, later: Scan[Record]) -> Scan[Record]:
        """This pass together with `later`, which had this one's fingerprints as its previous ones.

        The result is what one pass at the time of `later` would have found.
        """
        if not later.listed:
            return self
        kept = {name: record for name, record in self.records.items() if name in later.unchanged}
        fingerprints = {
            name: fingerprint for name, fingerprint in self.fingerprints.items() if name in kept
        }
        # A finding that only the first pass has was a race with the engine.
        confirmed = set(later.findings)
        lasting = [finding for finding in self.findings if finding in confirmed]
        return Scan(
            {**kept, **later.records},
            later.unchanged - kept.keys(),
            {**fingerprints, **later.fingerprints},
            tuple(dict.fromkeys((*lasting, *later.findings))),
            exists=later.exists,
        )


class ScanBuilder(Generic[Record]):
    """Builds a `Scan`: the reader of a kind adds one name after the other."""

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
        """Start with the fingerprints of the previous pass; `tick` counts what is processed."""
        self._previous = previous
        self._tick = tick
        self._now = time.time_ns()
        self._records: dict[str, Record] = {}
        self._unchanged: set[str] = set()
        self._fingerprints: dict[str, Fingerprint] = {}
        self._findings: list[Finding] = []

    def is_known(self, name: str, fingerprint: Fingerprint) -> bool:
        """Whether `name` still has the fingerprint of the previous pass.

        If so, it is recorded as unchanged and must not be added.
        """
        self._tick(1)
        if fingerprint == UNPROVEN or self._previous.get(name) != fingerprint:
            return False
        self._unchanged.add(name)
        return True

    def previous_below(self, prefix: str) -> dict[str, Fingerprint]:
        """The previous fingerprints of names that begin with `prefix`, by name without `prefix`."""
        length = len(prefix)
        return {
            name[length:]: fingerprint
            for name, fingerprint in self._previous.items()
            if name.startswith(prefix)
        }

    def keep(self, names: Collection[str]) -> None:
        """Record `names` as unchanged; each still has its fingerprint of the previous pass."""
        self._tick(len(names))
        self._unchanged.update(names)

    def add(
        self, name: str, fingerprint: Fingerprint, record: Record | None, findings: list[Finding]
    ) -> None:
        """Add what was read of `name`: a record, or None if it is of no use, and its findings."""
        if record is not None:
            # Findings are not stored with a fingerprint, so what has one is read each time.
            is_proof = not findings and self._now - fingerprint.ctime_ns > RACY_NS
            self._records[name] = record
            self._fingerprints[name] = fingerprint if is_proof else UNPROVEN
        self._findings += findings

    def report(self, finding: Finding) -> None:
        """Add a finding about something that has no record."""
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
    """The finding for the file or folder `name` of `folder`, which exists and cannot be read."""
    path = folder.join(name)
    return Finding(error.rule, kind, None, path, f"{path} {error}; it is not indexed.")


def unread_part(folder: Folder, name: str, kind: str, error: UnreadableError) -> Finding:
    """As `unreadable`, for something whose contents others depend on.

    The finding is marked as a cause: the whole part of the root is unknown then.
    """
    return unreadable(folder, name, kind, error)._replace(cause=True)


def temporary(folder: Folder, name: str, kind: str) -> Finding | None:
    """The finding for a temporary file of the engine's; None if `name` is not such a name.

    The engine writes a file under a temporary name and renames it into place. The name is
    `.tmp-<name><digits>` from 1.12 on, before that `<name>.tmp` (moby `pkg/ioutils/fswriters.go`).
    """
    if not (name.startswith(".tmp-") or name.endswith(".tmp")):
        return None
    return left_temporary(folder, name, kind)


def left_temporary(folder: Folder, name: str, kind: str) -> Finding | None:
    """The finding for the temporary file `name`; None if it is gone.

    The severity is *info* for one that is younger than `TEMPORARY_NS` and may be in use.
    """
    path = folder.join(name)
    try:
        age = time.time_ns() - folder.entry(name).modified_ns
    except (GoneError, UnreadableError):
        return None
    if age < TEMPORARY_NS:
        message = f"{path} is a temporary file of a write that may be in progress."
        return Finding("T1", kind, None, path, message, "info")
    message = f"{path} is a temporary file of a write that was cut short; nothing removes it."
    return Finding("T1", kind, None, path, message)


def not_listed(path: str, kind: str, error: UnreadableError) -> Scan[Record]:
    """The scan of the folder `path`, which exists and cannot be listed."""
    message = f"{path} {error}; nothing below it is indexed."
    finding = Finding(error.rule, kind, None, path, message, cause=True)
    return Scan(findings=(finding,), listed=False)

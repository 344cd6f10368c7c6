"""One pass over an ID space: the folder in which a graph driver keeps its directories."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.drivers.directory import KIND, SAFE_NAME, DriverDirectory, fault, name_of, plain
from indexer.docker.files.entries import NO_FILE
from indexer.docker.files.folder import Folder, GoneError, StampedEntry, UnreadableError
from indexer.docker.files.scan import (
    NOTHING,
    UNPROVEN,
    Previous,
    Scan,
    ScanBuilder,
    Tick,
    not_listed,
    unreadable,
)
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_USUAL_NAME: Final = re.compile(r"[0-9a-f]{64}(?:-init)?|[0-9a-z]{25}")
_PROBE: Final = re.compile(
    r"(?:opaque-bug-check|metacopy-check|check-overlayfs-support|\.tmp).*"
    r"|(?![0-9]{25}$|[0-9]{64}$)[0-9]+"
)
_PROBE_NS: Final = 3_600_000_000_000
_RETRY_SECONDS: Final = 0.05


class Place(NamedTuple):
    """Where a reader is: the Docker root, the open ID space, and all directories in it."""

    root: Folder
    folder: Folder
    names: frozenset[str]


class Reading(NamedTuple):
    """What was read of one entry: its record, and what is wrong with it."""

    entry: StampedEntry
    record: DriverDirectory
    findings: list[Finding]


Read = Callable[[Place, list[StampedEntry]], list[Reading]]
"""Reads entries of an ID space; it leaves out one that is gone by then."""

ReadOne = Callable[[Place, StampedEntry, list[Finding]], DriverDirectory]
"""Reads one entry, adds to the findings, and raises `GoneError` and `UnreadableError`."""


class IdSpace(NamedTuple):
    """The folder of a driver's directories, relative to the root, and how they are read.

    `kind` is the kind of the entries that stand for directories; `reserved` matches further names
    of that kind that do not. `has_sidecar_metadata` says that what is told of a directory lies
    beside it, so that its own fingerprint proves nothing.
    """

    path: tuple[str, ...]
    read: Read
    kind: str = "folder"
    reserved: re.Pattern[str] = re.compile(r"lost\+found")
    has_sidecar_metadata: bool = False

    def holds(self, name: str, kind: str) -> bool:
        """Whether the entry `name` is a directory of the driver."""
        if kind != self.kind:
            return False
        usual = _USUAL_NAME.fullmatch(name) is not None
        return usual or not (self.reserved.fullmatch(name) or _PROBE.fullmatch(name))


def scan(root: Folder, space: IdSpace, known: Previous, tick: Tick) -> Scan[DriverDirectory]:
    """The directories in `space`, but for those with a known fingerprint that proves something."""
    gathering = ScanBuilder[DriverDirectory](known, tick)
    try:
        with root.descend(*space.path) as folder:
            same, other = folder.compare(NOTHING if space.has_sidecar_metadata else known)
            gathering.keep(same)
            tick(len(other))
            entries = _screened(space, folder, sorted(other), gathering)
            place = Place(root, folder, frozenset([*same, *(name_of(it) for it in entries)]))
            for reading in _settled(space, place, entries):
                _add(space, folder, reading, gathering)
    except GoneError:
        return Scan(exists=False)
    except UnreadableError as error:
        return not_listed(root.join("/".join(space.path)), KIND, error)
    return gathering.finish()


def look_up(
    root: Folder, space: IdSpace, names: frozenset[str], among: frozenset[str]
) -> Scan[DriverDirectory]:
    """The directories `names` in `space`, which holds the directories `among`."""
    gathering = ScanBuilder[DriverDirectory]({}, lambda _: None)
    try:
        with root.descend(*space.path) as folder:
            entries = _screened(space, folder, list(_looked_at(folder, sorted(names))), gathering)
            for reading in _settled(space, Place(root, folder, among), entries):
                _add(space, folder, reading, gathering)
    except (GoneError, UnreadableError):
        return Scan()
    return gathering.finish()


def each(read: ReadOne) -> Read:
    """A reader that reads entries one by one with `read`.

    What cannot be opened has a record nonetheless.
    """

    def read_all(place: Place, entries: list[StampedEntry]) -> list[Reading]:
        readings = (_read_one(place, entry, read) for entry in entries)
        return [reading for reading in readings if reading is not None]

    return read_all


def _read_one(place: Place, entry: StampedEntry, read: ReadOne) -> Reading | None:
    findings: list[Finding] = []
    try:
        record = read(place, entry, findings)
    except GoneError:
        return None
    except UnreadableError as error:
        record = plain(entry)
        findings.append(fault(place.folder.join(entry.name), error, record.name))
    return Reading(entry, record, findings)


def _screened(
    space: IdSpace,
    folder: Folder,
    entries: list[StampedEntry],
    gathering: ScanBuilder[DriverDirectory],
) -> list[StampedEntry]:
    """The entries that are directories of the driver; others are reported if they should not be."""
    kept: list[StampedEntry] = []
    for entry in entries:
        if space.holds(entry.name, entry.kind):
            kept.append(entry)
        elif _PROBE.fullmatch(entry.name):
            _report_probe(folder, entry, gathering)
        elif entry.kind in ("link", "special") and entry.name != "backingFsBlockDev":
            error = UnreadableError("S1", NO_FILE[entry.kind])
            gathering.report(unreadable(folder, entry.name, KIND, error))
    return kept


def _report_probe(
    folder: Folder, entry: StampedEntry, gathering: ScanBuilder[DriverDirectory]
) -> None:
    if time.time_ns() - entry.modified_ns > _PROBE_NS:
        path = folder.join(entry.name)
        message = f"{path} is a temporary that the engine left behind when it looked at its disk."
        gathering.report(Finding("T1", KIND, None, path, message))


def _settled(space: IdSpace, place: Place, entries: list[StampedEntry]) -> Iterator[Reading]:
    """Read `entries`, and after a moment again what seemed faulty: it may have been half made."""
    readings = space.read(place, entries)
    faulty = {reading.entry.name for reading in readings if reading.findings}
    yield from (reading for reading in readings if not reading.findings)
    if faulty:
        time.sleep(_RETRY_SECONDS)
        yield from space.read(place, list(_looked_at(place.folder, sorted(faulty))))


def _looked_at(folder: Folder, names: Iterable[str]) -> Iterator[StampedEntry]:
    for name in names:
        try:
            yield folder.entry(name)
        except GoneError:
            continue


def _add(
    space: IdSpace, folder: Folder, reading: Reading, gathering: ScanBuilder[DriverDirectory]
) -> None:
    name = reading.entry.name
    if not SAFE_NAME.fullmatch(name):
        path = folder.join(name)
        message = f"{path} has a name that no layer can have; no layer or container can own it."
        reading.findings.append(Finding("L7", KIND, reading.record.name, path, message))
    fingerprint = UNPROVEN if space.has_sidecar_metadata else reading.entry.fingerprint
    gathering.add(reading.record.name, fingerprint, reading.record, reading.findings)

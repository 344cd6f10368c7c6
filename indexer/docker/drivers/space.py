"""Scans an ID space: the folder in which a graph driver keeps its directories."""

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

# 64 hex digits for a layer, the same with -init for an init layer, 25 characters for BuildKit.
_USUAL_NAME: Final = re.compile(r"[0-9a-f]{64}(?:-init)?|[0-9a-z]{25}")
# Folders with which an engine tests its file system; one of digits only tests the mount option
# userxattr.
_PROBE: Final = re.compile(
    r"(?:opaque-bug-check|metacopy-check|check-overlayfs-support|\.tmp).*"
    r"|(?![0-9]{25}$|[0-9]{64}$)[0-9]+"
)
# The engine removes its probes within seconds; one that is an hour old was left behind.
_PROBE_NS: Final = 3_600_000_000_000
# Engines before 25.0 write `link` and `lower` in place, so that a scan can see them empty.
_RETRY_SECONDS: Final = 0.05


class ReadContext(NamedTuple):
    """What a reader needs: the Docker root, the open ID space, and the names in it."""

    root: Folder
    folder: Folder
    names: frozenset[str]


class Reading(NamedTuple):
    """The result of reading one entry: its record and findings."""

    entry: StampedEntry
    record: DriverDirectory
    findings: list[Finding]


Read = Callable[[ReadContext, list[StampedEntry]], list[Reading]]
"""Reads entries of an ID space, and leaves out those that have disappeared meanwhile."""

ReadOne = Callable[[ReadContext, StampedEntry, list[Finding]], DriverDirectory]
"""Reads one entry, adds to the findings, and raises `GoneError` and `UnreadableError`."""


class IdSpace(NamedTuple):
    """The folder of a driver's directories, relative to the root, and the function to read them.

    `kind` is the file type of the entries that stand for directories. `reserved` matches names of
    that type that do not. `has_sidecar_metadata` means that files elsewhere describe a directory,
    so that its fingerprint does not prove that nothing has changed.
    """

    path: tuple[str, ...]
    read: Read
    kind: str = "folder"
    reserved: re.Pattern[str] = re.compile(r"lost\+found")
    has_sidecar_metadata: bool = False

    def holds(self, name: str, kind: str) -> bool:
        """Whether the entry `name` of type `kind` is a directory of the driver."""
        if kind != self.kind:
            return False
        usual = _USUAL_NAME.fullmatch(name) is not None
        return usual or not (self.reserved.fullmatch(name) or _PROBE.fullmatch(name))


def scan(root: Folder, space: IdSpace, known: Previous, tick: Tick) -> Scan[DriverDirectory]:
    """Scan the directories in `space`; those with a valid fingerprint in `known` are not read."""
    builder = ScanBuilder[DriverDirectory](known, tick)
    try:
        with root.descend(*space.path) as folder:
            same, other = folder.compare(NOTHING if space.has_sidecar_metadata else known)
            builder.keep(same)
            tick(len(other))
            entries = _driver_entries(space, folder, sorted(other), builder)
            context = ReadContext(
                root, folder, frozenset([*same, *(name_of(it) for it in entries)])
            )
            for reading in _read_stable(space, context, entries):
                _add(space, folder, reading, builder)
    except GoneError:
        return Scan(exists=False)
    except UnreadableError as error:
        return not_listed(root.join("/".join(space.path)), KIND, error)
    return builder.finish()


def look_up(
    root: Folder, space: IdSpace, names: frozenset[str], among: frozenset[str]
) -> Scan[DriverDirectory]:
    """Read only the directories `names` in `space`; `among` are all directories in it."""
    builder = ScanBuilder[DriverDirectory]({}, lambda _: None)
    try:
        with root.descend(*space.path) as folder:
            entries = _driver_entries(
                space, folder, list(_entries_named(folder, sorted(names))), builder
            )
            for reading in _read_stable(space, ReadContext(root, folder, among), entries):
                _add(space, folder, reading, builder)
    except (GoneError, UnreadableError):
        return Scan()
    return builder.finish()


def each(read: ReadOne) -> Read:
    """A reader that reads entries one by one with `read`.

    An entry that cannot be opened still gets a record, with a finding.
    """

    def read_all(context: ReadContext, entries: list[StampedEntry]) -> list[Reading]:
        readings = (_read_one(context, entry, read) for entry in entries)
        return [reading for reading in readings if reading is not None]

    return read_all


def _read_one(context: ReadContext, entry: StampedEntry, read: ReadOne) -> Reading | None:
    findings: list[Finding] = []
    try:
        record = read(context, entry, findings)
    except GoneError:
        return None
    except UnreadableError as error:
        record = plain(entry)
        findings.append(fault(context.folder.join(entry.name), error, record.name))
    return Reading(entry, record, findings)


def _driver_entries(
    space: IdSpace,
    folder: Folder,
    entries: list[StampedEntry],
    builder: ScanBuilder[DriverDirectory],
) -> list[StampedEntry]:
    """The entries that are directories of the driver; unexpected entries are reported."""
    kept: list[StampedEntry] = []
    for entry in entries:
        if space.holds(entry.name, entry.kind):
            kept.append(entry)
        elif _PROBE.fullmatch(entry.name):
            _report_probe(folder, entry, builder)
        # The engine makes the device node backingFsBlockDev to set quotas.
        elif entry.kind in ("link", "special") and entry.name != "backingFsBlockDev":
            error = UnreadableError("S1", NO_FILE[entry.kind])
            builder.report(unreadable(folder, entry.name, KIND, error))
    return kept


def _report_probe(
    folder: Folder, entry: StampedEntry, builder: ScanBuilder[DriverDirectory]
) -> None:
    if time.time_ns() - entry.modified_ns > _PROBE_NS:
        path = folder.join(entry.name)
        message = f"{path} is a temporary folder with which the engine tested its file system."
        builder.report(Finding("T1", KIND, None, path, message))


def _read_stable(
    space: IdSpace, context: ReadContext, entries: list[StampedEntry]
) -> Iterator[Reading]:
    """Read `entries`, and read faulty ones again after a moment, as they may have been half made.

    A running engine creates a directory first and writes its files after that.
    """
    readings = space.read(context, entries)
    faulty = {reading.entry.name for reading in readings if reading.findings}
    yield from (reading for reading in readings if not reading.findings)
    if faulty:
        time.sleep(_RETRY_SECONDS)
        yield from space.read(context, list(_entries_named(context.folder, sorted(faulty))))


def _entries_named(folder: Folder, names: Iterable[str]) -> Iterator[StampedEntry]:
    for name in names:
        try:
            yield folder.entry(name)
        except GoneError:
            continue


def _add(
    space: IdSpace, folder: Folder, reading: Reading, builder: ScanBuilder[DriverDirectory]
) -> None:
    name = reading.entry.name
    if not SAFE_NAME.fullmatch(name):
        path = folder.join(name)
        message = f"{path} has an impossible name for a layer; no layer or container can own it."
        reading.findings.append(Finding("L7", KIND, reading.record.name, path, message))
    fingerprint = UNPROVEN if space.has_sidecar_metadata else reading.entry.fingerprint
    builder.add(reading.record.name, fingerprint, reading.record, reading.findings)

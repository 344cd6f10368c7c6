"""`buildkit`: the build cache of an engine with a graph driver (moby `builder/builder-next`).

An engine with the containerd store keeps its build cache in `buildkit/containerd-<snapshotter>`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from indexer.docker.buildkit.leases import Leases
from indexer.docker.buildkit.metadata import MetadataFile, completed
from indexer.docker.buildkit.records import BuildRecord, build_records
from indexer.docker.buildkit.snapshots import SnapshotRecord, Snapshots
from indexer.docker.encodings.bolt import BoltError, read_snapshot
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import unread_part
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from indexer.docker.encodings.bolt import Bucket
    from indexer.docker.files.folder import Folder

State = Literal["absent", "readable", "unreadable"]

_KIND: Final = "build cache"
_SNAPSHOTS: Final = "snapshots.db"
_METADATA: Final = "metadata_v2.db"
_OLD_METADATA: Final = "metadata.db"
_LEASES: Final = "containerdmeta.db"
_NO_BUILDS: Final = "the builder does not start with it"


class BuildKit(NamedTuple):
    """The build cache of a Docker root with a graph driver.

    `state` is about the snapshots: while it is `unreadable` there may be more of them than
    `snapshots` holds, and whose a directory is cannot be told. `records_state` is the same for
    `records`. `absent` means that BuildKit was never used with a graph driver here.
    """

    state: State
    snapshots: tuple[SnapshotRecord, ...]
    records_state: State
    records: tuple[BuildRecord, ...]
    findings: tuple[Finding, ...]


def read_buildkit(root: Folder) -> BuildKit:
    """The build cache of the Docker root `root`."""
    try:
        with root.folder("buildkit") as folder:
            return _read(folder)
    except GoneError:
        return BuildKit("absent", (), "absent", (), ())
    except UnreadableError as error:
        finding = unread_part(root, "buildkit", _KIND, error)
        return BuildKit("unreadable", (), "unreadable", (), (finding,))


def _read(folder: Folder) -> BuildKit:
    findings: list[Finding] = []
    # A snapshot is made before its record: this order finds the snapshot of every record.
    name, metadata, records_state = _read_metadata(folder, findings)
    snapshots = Snapshots(folder.join(_SNAPSHOTS))
    state = _load(folder, _SNAPSHOTS, snapshots.read, findings)
    leases = Leases(folder.join(_LEASES))
    leases_state = _load(folder, _LEASES, leases.read, findings)
    if state == "absent" and (records_state, leases_state) != ("absent", "absent"):
        state = "unreadable"
        findings.append(_missing(folder))
    entries = metadata.entries
    if name == _OLD_METADATA:
        entries = completed(entries, snapshots)
    found = build_records(entries, snapshots, folder.join(name))
    findings += metadata.findings
    # What was only read in part lacks more than it should: that has its finding already.
    if state == "readable":
        findings += snapshots.findings()
    if records_state == "readable":
        findings += found.findings
    records = tuple(snapshots.records())
    if state == records_state == leases_state == "readable":
        findings += leases.findings(records, entries.keys(), snapshots.names)
    return BuildKit(state, records, records_state, found.records, tuple(findings))


def _read_metadata(folder: Folder, findings: list[Finding]) -> tuple[str, MetadataFile, State]:
    """The newer of both metadata files: the engine leaves the older one where it was."""
    for name in (_METADATA, _OLD_METADATA):
        metadata = MetadataFile(folder.join(name))
        state = _load(folder, name, metadata.read, findings)
        if state != "absent":
            break
    return name, metadata, state


def _load(
    folder: Folder, name: str, take: Callable[[Bucket], None], findings: list[Finding]
) -> State:
    """Have `take` read the database `name`; what is wrong with the file becomes a finding."""
    path = folder.join(name)
    try:
        fd = folder.open(name)
    except GoneError:
        return "absent"
    except UnreadableError as error:
        findings.append(unread_part(folder, name, _KIND, error))
        return "unreadable"
    try:
        file = read_snapshot(fd)
        take(file.root)
        file.check()
    except BoltError as error:
        message = f"{path} {error}; {_NO_BUILDS}, and the build cache is not all indexed."
        findings.append(Finding("B1", _KIND, None, path, message, cause=True))
        return "unreadable"
    finally:
        os.close(fd)
    return "readable"


def _missing(folder: Folder) -> Finding:
    path = folder.join(_SNAPSHOTS)
    message = f"{path} is missing; which directories are BuildKit's cannot be told."
    return Finding("B1", _KIND, None, path, message, cause=True)

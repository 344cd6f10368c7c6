"""Reads `buildkit/`: the build cache of an engine with a graph driver.

Source: moby `builder/builder-next`. With the containerd image store, the build cache is in
`buildkit/containerd-<snapshotter>`, which `indexer.docker.containerd.build_cache` reads.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from indexer.docker.buildkit.leases import Leases
from indexer.docker.buildkit.metadata import MetadataFile, migrated
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
    """The build cache of a Docker root.

    `state` is the state of the snapshots. If it is `unreadable`, there may be more than
    `snapshots`, so that nobody can tell whether BuildKit owns a directory. `records_state` is the
    state of `records`. `absent` means that this root has no build cache of this kind.
    """

    state: State
    snapshots: tuple[SnapshotRecord, ...]
    records_state: State
    records: tuple[BuildRecord, ...]
    findings: tuple[Finding, ...]


def read_buildkit(root: Folder) -> BuildKit:
    """Read the build cache of the Docker root `root`. Faults become findings (B1 to B7)."""
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
    # A running build makes a snapshot before its record. Reading the records first makes sure that
    # the snapshot of every record is found.
    name, metadata, records_state = _read_metadata(folder, findings)
    snapshots = Snapshots(folder.join(_SNAPSHOTS))
    state = _load(folder, _SNAPSHOTS, snapshots.read, findings)
    leases = Leases(folder.join(_LEASES))
    leases_state = _load(folder, _LEASES, leases.read, findings)
    # The engine creates all three databases when the builder starts, so a missing one was lost.
    if state == "absent" and (records_state, leases_state) != ("absent", "absent"):
        state = "unreadable"
        findings.append(_missing(folder))
    entries = metadata.entries
    if name == _OLD_METADATA:
        entries = migrated(entries, snapshots)
    found = build_records(entries, snapshots, folder.join(name))
    findings += metadata.findings
    # A database that was read only in part lacks objects, which would look like faults. The damage
    # itself already has a finding.
    if state == "readable":
        findings += snapshots.findings()
    if records_state == "readable":
        findings += found.findings
    records = tuple(snapshots.records())
    if state == records_state == leases_state == "readable":
        findings += leases.findings(records, entries.keys(), snapshots.names)
    return BuildKit(state, records, records_state, found.records, tuple(findings))


def _read_metadata(folder: Folder, findings: list[Finding]) -> tuple[str, MetadataFile, State]:
    """The name, content and state of the newer metadata file.

    The engine converts `metadata.db` to `metadata_v2.db` and leaves the old file in place.
    """
    for name in (_METADATA, _OLD_METADATA):
        metadata = MetadataFile(folder.join(name))
        state = _load(folder, name, metadata.read, findings)
        if state != "absent":
            break
    return name, metadata, state


def _load(
    folder: Folder, name: str, take: Callable[[Bucket], None], findings: list[Finding]
) -> State:
    """Pass the root bucket of the database `name` to `take`, and report damage as a finding."""
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
    message = f"{path} is missing; the directories that BuildKit owns are unknown."
    return Finding("B1", _KIND, None, path, message, cause=True)

"""`image/<driver>/layerdb/mounts`: read-write layers (moby `layer/mounted_layer.go`)."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.digests import is_digest, is_hex64
from indexer.docker.files import GoneError, UnreadableError, printable
from indexer.docker.findings import Finding
from indexer.docker.scan import Gathering, Known, Scan, Tick, not_listed, unreadable

if TYPE_CHECKING:
    from indexer.docker.files import Folder, Stamp

_LIMIT: Final = 4096
_KIND: Final = "mount"
_MOUNT_ID: Final = re.compile(r"[a-f0-9]{64}(?:-init)?|[0-9a-z]{25}")
_RETRY_SECONDS: Final = 0.05
_DEEPEST: Final = 16


class MountRecord(NamedTuple):
    """A read-write layer.

    `name` is the container ID for a container's, another ID for a builder's or an image mount's.
    `mount_id` and `init_id` name graph driver directories; `parent` is the chain ID of the image's
    top layer. Each is None where it is absent.
    """

    name: str
    mount_id: str | None
    init_id: str | None
    parent: str | None


def scan_mounts(store: Folder, known: Known, tick: Tick) -> Scan[MountRecord]:
    """The mounts of the store folder `image/<driver>`, by name."""
    gathering = Gathering[MountRecord](known, tick)
    try:
        with store.descend("layerdb", "mounts") as folder:
            _scan_mounts(folder, "", gathering, _DEEPEST)
    except GoneError:
        return Scan()
    except UnreadableError as error:
        return not_listed(store.join("layerdb/mounts"), _KIND, error)
    return gathering.finish()


def _scan_mounts(
    folder: Folder, above: str, gathering: Gathering[MountRecord], levels: int
) -> None:
    """Scan the mounts in `folder`, whose names begin with `above`.

    Engines 28.0 to 29.1 name an image mount after the image as typed: where that has a slash, its
    folder lies deeper than they look for it at their next start, and is leaked.
    """
    for entry in folder.names():
        if entry.kind != "file":
            _scan_mount(folder, entry.name, above, gathering, levels)


def _scan_mount(
    folder: Folder, name: str, above: str, gathering: Gathering[MountRecord], levels: int
) -> None:
    try:
        if levels and _is_nested(folder, name):
            with folder.folder(name) as nested:
                _scan_mounts(nested, f"{above}{name}/", gathering, levels - 1)
            return
        stamp, record, findings = _read_settled(folder, name, above, gathering)
    except GoneError:
        return
    except UnreadableError as error:
        gathering.report(unreadable(folder, name, _KIND, error)._replace(object_id=name))
        return
    if record is not None:
        gathering.add(record.name, stamp, record, findings)


def _is_nested(folder: Folder, name: str) -> bool:
    """Whether `name` is no mount, but a folder with mounts in it."""
    if is_hex64(name):
        return False
    with folder.folder(name) as files:
        kinds = files.kinds()
    return "mount-id" not in kinds and "folder" in kinds.values()


def _read_settled(
    folder: Folder, name: str, above: str, gathering: Gathering[MountRecord]
) -> tuple[Stamp, MountRecord | None, list[Finding]]:
    """Read a mount; once more after a moment if unfinished, as it is not written as a unit."""
    with folder.folder(name) as files:
        stamp = files.stamp()
        full_name = printable(f"{above}{name}")
        if gathering.is_known(full_name, stamp):
            return stamp, None, []
        record, findings = _read_mount(files, full_name)
        if findings:
            time.sleep(_RETRY_SECONDS)
            folder.stamp(name)
            stamp = files.stamp()
            record, findings = _read_mount(files, full_name)
    return stamp, record, findings


def _read_mount(files: Folder, name: str) -> tuple[MountRecord, list[Finding]]:
    findings: list[Finding] = []
    mount_id = _value(files, "mount-id", findings, name)
    if mount_id is None and not findings:
        path = files.join("mount-id")
        message = f"{path} is missing; what has this read-write layer cannot start."
        findings.append(Finding("M1", _KIND, name, path, message))
    init_id = _value(files, "init-id", findings, name)
    parent = _value(files, "parent", findings, name)
    return MountRecord(name, mount_id, init_id, parent), findings


def _value(files: Folder, file: str, findings: list[Finding], name: str) -> str | None:
    path = files.join(file)
    try:
        value = files.read(file, _LIMIT).decode("utf-8", "replace").strip()
    except GoneError:
        return None
    except UnreadableError as error:
        findings.append(unreadable(files, file, _KIND, error)._replace(object_id=name))
        return None
    if is_digest(value) if file == "parent" else _MOUNT_ID.fullmatch(value):
        return value
    message = f"{path} holds {value!r}, which is no valid ID; this read-write layer is not usable."
    rule = "M4" if file == "parent" else "M1"
    findings.append(Finding(rule, _KIND, name, path, message))
    return None

"""`image/<driver>/layerdb/mounts`: read-write layers (moby `layer/mounted_layer.go`)."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from indexer.docker.encodings.digests import is_digest, is_hex64
from indexer.docker.files.folder import GoneError, UnreadableError, printable
from indexer.docker.files.scan import (
    UNPROVEN,
    Previous,
    Scan,
    ScanBuilder,
    Tick,
    not_listed,
    unread_part,
)
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from indexer.docker.files.folder import Fingerprint, Folder

Path: TypeAlias = tuple[str, ...]

_LIMIT: Final = 4096
_KIND: Final = "mount"
_MOUNT_ID: Final = re.compile(r"[a-f0-9]{64}(?:-init)?")
_RETRY_SECONDS: Final = 0.05
_DEEPEST: Final = 16


class MountRecord(NamedTuple):
    """A read-write layer.

    `name` is the container ID, or another ID if it belongs to a builder or an image mount.
    `mount_id` and `init_id` are names of graph driver directories. `parent` is the chain ID of the
    image's top layer. Each is None if its file is absent or damaged.
    """

    name: str
    mount_id: str | None
    init_id: str | None
    parent: str | None


class _Reading(NamedTuple):
    """What was read of the mount at `path` below `mounts`: the arguments of `ScanBuilder.add`."""

    path: Path
    name: str
    fingerprint: Fingerprint
    record: MountRecord | None
    findings: list[Finding]


def scan_mounts(store: Folder, previous: Previous, tick: Tick) -> Scan[MountRecord]:
    """The mounts of the store folder `image/<driver>`, by name."""
    builder = ScanBuilder[MountRecord](previous, tick)
    try:
        with store.descend("layerdb", "mounts") as folder:
            for reading in _settled(folder, builder):
                builder.add(*reading[1:])
    except GoneError:
        return Scan(exists=False)
    except UnreadableError as error:
        return not_listed(store.join("layerdb/mounts"), _KIND, error)
    return builder.finish()


def _settled(folder: Folder, builder: ScanBuilder[MountRecord]) -> Iterator[_Reading]:
    """Read the mounts in `folder`, and those with findings once more after a moment.

    The engine writes the files of a mount one by one, so a new one may be incomplete.
    """
    faulty: list[Path] = []
    for reading in _readings(folder, (), builder, _DEEPEST):
        if reading.findings:
            faulty.append(reading.path)
        else:
            yield reading
    if faulty:
        time.sleep(_RETRY_SECONDS)
    again = (_reading(folder, path, lambda *_: False) for path in faulty)
    yield from (reading for reading in again if reading is not None)


def _readings(
    folder: Folder, above: Path, builder: ScanBuilder[MountRecord], levels: int
) -> Iterator[_Reading]:
    """Read the mounts in `folder`, whose path below `mounts` is `above`, and in nested folders.

    Engines 28.0 to 29.1 name an image mount after the image as it was typed. If that has a slash,
    the folder lies deeper than the engine looks at its next start, and the mount is leaked.
    """
    for entry in folder.names():
        if entry.kind == "file":
            continue
        path = (*above, entry.name)
        if levels and _is_nested(folder, entry.name):
            yield from _nested(folder, path, builder, levels - 1)
            continue
        reading = _reading(folder, path[-1:], builder.is_known, above)
        if reading is not None:
            yield reading


def _nested(
    folder: Folder, path: Path, builder: ScanBuilder[MountRecord], levels: int
) -> Iterator[_Reading]:
    try:
        with folder.folder(path[-1]) as nested:
            yield from _readings(nested, path, builder, levels)
    except (GoneError, UnreadableError):
        # It was a folder a moment ago, so an engine is changing it.
        return


def _is_nested(folder: Folder, name: str) -> bool:
    """Whether `name` is a folder with mounts in it and not a mount itself."""
    if is_hex64(name):
        # Most mounts belong to containers and need no look inside.
        return False
    try:
        with folder.folder(name) as files:
            kinds = files.kinds()
    except (GoneError, UnreadableError):
        return False
    return "mount-id" not in kinds and any(kind != "file" for kind in kinds.values())


def _reading(
    folder: Folder, below: Path, is_known: Callable[[str, Fingerprint], bool], above: Path = ()
) -> _Reading | None:
    """What was read of the mount at the path `below` in `folder`; None if gone or unchanged."""
    path = (*above, *below)
    name = printable("/".join(path))
    try:
        with folder.descend(*below) as files:
            fingerprint = files.fingerprint()
            if is_known(name, fingerprint):
                return None
            record, findings = _read_mount(files, name)
    except GoneError:
        return None
    except UnreadableError as error:
        place = "/".join(below)
        finding = unread_part(folder, place, _KIND, error)._replace(object_id=name)
        return _Reading(path, name, UNPROVEN, None, [finding])
    return _Reading(path, name, fingerprint, record, findings)


def _read_mount(files: Folder, name: str) -> tuple[MountRecord, list[Finding]]:
    findings: list[Finding] = []
    mount_id = _value(files, "mount-id", findings, name)
    if mount_id is None and not findings:
        path = files.join("mount-id")
        message = f"{path} is missing; what has this read-write layer cannot start."
        findings.append(Finding("M1", _KIND, name, path, message))
    # Builders' mounts have no init layer, and a container without an image has no parent.
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
        findings.append(unread_part(files, file, _KIND, error)._replace(object_id=name))
        return None
    if is_digest(value) if file == "parent" else _MOUNT_ID.fullmatch(value):
        return value
    message = f"{path} holds {value!r}, which is not a valid ID; the read-write layer is unusable."
    rule = "M4" if file == "parent" else "M1"
    findings.append(Finding(rule, _KIND, name, path, message))
    return None

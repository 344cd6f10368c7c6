"""`volumes`: folders of local volumes and `metadata.db` (moby `volume/local`, `volume/service`)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.encodings.bolt import BoltError, read_snapshot
from indexer.docker.encodings.digests import is_hex64
from indexer.docker.files.folder import GoneError, UnreadableError, printable
from indexer.docker.files.scan import Tick, not_listed, unread_part, unreadable
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.encodings.bolt import Bucket
    from indexer.docker.files.folder import Entry, Folder

_OPTIONS: Final = "opts.json"
_METADATA: Final = "metadata.db"
_DEVICE: Final = "backingFsBlockDev"
_ANONYMOUS: Final = "com.docker.volume.anonymous"
_OPTION_KEYS: Final = (("type", "MountType"), ("o", "MountOpts"), ("device", "MountDevice"))
_LIMIT: Final = 64 << 10
_KIND: Final = "volume"

LOCAL: Final = "local"
"""The volume driver whose volumes are folders of the root."""


class VolumeRecord(NamedTuple):
    """A volume: a folder of the driver `local`, or an entry of `metadata.db` of another driver.

    `anonymous` says whether the engine made up the name; None if only a label would tell and the
    labels could not be read. `options` and `labels` are those given at creation, as pairs of name
    and value; both are empty if none were given or `metadata.db` could not be read.
    """

    name: str
    driver: str
    anonymous: bool | None
    options: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]


class Volumes(NamedTuple):
    """The volumes of a root.

    `exists` is False if there is no folder `volumes`, `listed` if it could not be listed.
    `described` is False if `metadata.db` exists and could not be read: the volumes of plugins and
    all labels are then unknown.
    """

    records: tuple[VolumeRecord, ...]
    findings: tuple[Finding, ...]
    listed: bool = True
    described: bool = True
    exists: bool = True


class _Entry(NamedTuple):
    """What `metadata.db` knows about one volume (moby `volume/service/db.go`)."""

    driver: str
    options: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]


def read_volumes(root: Folder, tick: Tick) -> Volumes:
    """The volumes of the Docker root `root`; `tick` counts them. Raises nothing."""
    findings: list[Finding] = []
    try:
        with root.folder("volumes") as folder:
            metadata = _read_metadata(folder, findings)
            entries = metadata or {}
            names = [entry.name for entry in folder.names() if _may_be_volume(entry)]
            records = [_read_volume(folder, name, entries, findings) for name in names]
            tick(len(names))
    except GoneError:
        return Volumes((), (), exists=False)
    except UnreadableError as error:
        return Volumes((), not_listed(root.join("volumes"), _KIND, error).findings, listed=False)
    volumes = {record.name: record for record in records if record is not None}
    if metadata is None:
        # From 23.0 on only a label tells that a volume is anonymous, so "no" is not known.
        volumes = {
            name: it._replace(anonymous=it.anonymous or None) for name, it in volumes.items()
        }
    findings += list(_unmatched(volumes, entries, findings, root.join("volumes")))
    for name, entry in entries.items():
        if entry.driver != LOCAL:
            volumes.setdefault(name, _record(name, entry))
    return Volumes(tuple(volumes.values()), tuple(findings), described=metadata is not None)


def _unmatched(
    volumes: dict[str, VolumeRecord],
    entries: dict[str, _Entry],
    findings: list[Finding],
    path: str,
) -> Iterator[Finding]:
    """Findings for local volumes that have a folder or an entry in `metadata.db`, but not both.

    A volume with one of `findings` is left out, since its other half may just be unreadable.
    """
    reported = {finding.object_id for finding in findings}
    for name, entry in entries.items():
        if entry.driver == LOCAL and name not in volumes and name not in reported:
            place = f"{path}/{printable(name)}"
            message = f"{place} is missing, but metadata.db has the volume; its labels are dropped."
            yield Finding("V3", _KIND, name, place, message)
    if not entries:
        return
    for name in sorted(volumes.keys() - entries.keys() - reported):
        message = f"{path}/{name} has no entry in metadata.db, and so no labels."
        yield Finding("V3", _KIND, name, f"{path}/{name}", message, "info")


def _may_be_volume(entry: Entry) -> bool:
    # The engine keeps its database, and for quotas a block device, in the same folder.
    return entry.kind != "file" and entry.name not in (_METADATA, _DEVICE)


def _record(name: str, entry: _Entry) -> VolumeRecord:
    # Engines before 23.0 set no label; the name that they made up has 64 hex digits.
    anonymous = is_hex64(name) or any(label == _ANONYMOUS for label, _ in entry.labels)
    return VolumeRecord(printable(name), entry.driver, anonymous, entry.options, entry.labels)


def _read_volume(
    folder: Folder, name: str, entries: dict[str, _Entry], findings: list[Finding]
) -> VolumeRecord | None:
    try:
        with folder.folder(name) as volume:
            options = _read_options(volume, name, findings)
            if options is None and not volume.has("_data"):
                # The engine lists only a folder with one of these (moby `volume/local/local.go`).
                return None
    except GoneError:
        return None
    except UnreadableError as error:
        findings.append(unreadable(folder, name, _KIND, error)._replace(object_id=name))
        if error.rule == "S1":
            # The engine does not take a link for a volume (`DirEntry.IsDir`).
            return None
        options = None
    entry = entries.get(name, _Entry(LOCAL, (), ()))
    return _record(name, entry._replace(options=entry.options or options or ()))


def _read_options(
    volume: Folder, name: str, findings: list[Finding]
) -> tuple[tuple[str, str], ...] | None:
    path = volume.join(_OPTIONS)
    try:
        source = gojson.decode_object(volume.read(_OPTIONS, _LIMIT))
        pairs = [(option, gojson.text(source, key)) for option, key in _OPTION_KEYS]
    except GoneError:
        return None
    except UnreadableError as error:
        findings.append(unreadable(volume, _OPTIONS, _KIND, error)._replace(object_id=name))
        return ()
    except gojson.JsonError as error:
        message = f"{path} {error}; the engine does not start with it."
        findings.append(Finding("V2", _KIND, name, path, message))
        return ()
    return tuple((option, value) for option, value in pairs if value is not None)


def _read_metadata(folder: Folder, findings: list[Finding]) -> dict[str, _Entry] | None:
    """The entries of `metadata.db` by volume name, none without the file.

    None if the file exists and cannot be read or decoded, which is added to `findings`.
    """
    path = folder.join(_METADATA)
    try:
        fd = folder.open(_METADATA)
    except GoneError:
        return {}
    except UnreadableError as error:
        findings.append(unread_part(folder, _METADATA, _KIND, error))
        return None
    try:
        bucket = read_snapshot(fd).root.bucket(b"volumes")
        return {} if bucket is None else dict(_entries(bucket, path, findings))
    except BoltError as error:
        message = f"{path} {error}; labels and plugin volumes are not indexed."
        findings.append(Finding("V1", _KIND, None, path, message, cause=True))
        return None
    finally:
        os.close(fd)


def _entries(bucket: Bucket, path: str, findings: list[Finding]) -> Iterator[tuple[str, _Entry]]:
    for key, value in bucket.items():
        if not value:
            continue
        name = gojson.storable(key.decode("utf-8", "replace"))
        try:
            source = gojson.decode_object(value)
            if gojson.text(source, "Name") not in (None, name):
                message = f"{path} has an entry for volume {name!r} that is named otherwise."
                findings.append(Finding("V1", _KIND, name, path, message, "warning"))
            yield (
                name,
                _Entry(
                    gojson.text(source, "Driver") or LOCAL,
                    gojson.text_table(source, "Options"),
                    gojson.text_table(source, "Labels"),
                ),
            )
        except gojson.JsonError as error:
            message = f"{path} has an entry for volume {name!r} that {error}; it has no labels."
            findings.append(Finding("V1", _KIND, name, path, message, "warning"))

"""`containers/<id>`: containers and the size of their logs (moby `container/container.go`)."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containers.config import (
    ContainerConfig,
    HostConfig,
    parse_container,
    parse_host_config,
)
from indexer.docker.encodings import gojson
from indexer.docker.encodings.sizes import IMPLAUSIBLE, MOST_BYTES
from indexer.docker.files.entries import joined_fingerprint
from indexer.docker.files.errors import GoneError, UnreadableError, require_file
from indexer.docker.files.scan import (
    NOTHING,
    UNPROVEN,
    Previous,
    Scan,
    ScanBuilder,
    Tick,
    not_listed,
    unread_part,
    unreadable,
)
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from indexer.docker.files.folder import Entry, Fingerprint, Folder

_CONFIG: Final = "config.v2.json"
_HOST_CONFIG: Final = "hostconfig.json"
_LIMIT: Final = 64 << 20
_KIND: Final = "container"
_NOT_SHOWN: Final = "the engine does not show this container."
_RETRY_SECONDS: Final = 0.1
_LOCAL_LOGS: Final = "local-logs"
_LOG: Final = re.compile(r"(?:[0-9a-f]+-json\.log|container-cached\.log)(?:\.\d+)?(?:\.gz)?")
_LOCAL_LOG: Final = re.compile(r"container\.log(?:\.\d+)?(?:\.gz)?")


class ContainerRecord(NamedTuple):
    """A container: what its two config files say."""

    config: ContainerConfig
    host_config: HostConfig


class _Reading(NamedTuple):
    """What was read of one container: the arguments of `ScanBuilder.add`."""

    name: str
    fingerprint: Fingerprint
    record: ContainerRecord | None
    findings: list[Finding]


class Containers(NamedTuple):
    """The containers of a root.

    `log_bytes` has the total length of the log files in bytes, by the name of the container's
    folder, also for folders without a usable config.
    """

    scan: Scan[ContainerRecord]
    log_bytes: dict[str, int]


def scan_containers(root: Folder, previous: Previous, tick: Tick) -> Containers:
    """The containers of the Docker root `root`, by ID. Raises nothing."""
    builder = ScanBuilder[ContainerRecord](previous, tick)
    log_bytes: dict[str, int] = {}
    try:
        with root.folder("containers") as folder:
            # The engine loads a link like a folder (moby `daemon/daemon.go`), so it is reported.
            names = [entry.name for entry in folder.names() if entry.kind != "file"]
            for reading in _settled(folder, names, builder, log_bytes):
                builder.add(*reading)
    except GoneError:
        return Containers(Scan(exists=False), {})
    except UnreadableError as error:
        return Containers(not_listed(root.join("containers"), _KIND, error), {})
    return Containers(builder.finish(), log_bytes)


def last_uses(root: Folder) -> dict[str, str]:
    """The time (UTC text) at which a container was last started, or created, by its driver.

    The driver with the latest time is most likely the one that the engine uses.
    """
    latest: dict[str, str] = {}
    for record in scan_containers(root, NOTHING, lambda _: None).scan.records.values():
        driver, at = record.config.driver, record.config.started_at or record.config.created_at
        if driver and at:
            latest[driver] = max(latest.get(driver, ""), at)
    return latest


def _settled(
    containers: Folder,
    names: list[str],
    builder: ScanBuilder[ContainerRecord],
    log_bytes: dict[str, int],
) -> Iterator[_Reading]:
    """Read the containers `names`, and those with findings once more after a moment.

    A container that the engine is making or removing lacks some of its files.
    """
    faulty: list[str] = []
    for name in names:
        reading = _reading(containers, name, builder.is_known, log_bytes)
        if reading is not None and reading.findings:
            faulty.append(name)
        elif reading is not None:
            yield reading
    # One wait for all of them. The second result is final and never skipped as unchanged.
    if faulty:
        time.sleep(_RETRY_SECONDS)
    again = (_reading(containers, name, lambda *_: False, log_bytes) for name in faulty)
    yield from (reading for reading in again if reading is not None)


def _reading(
    containers: Folder,
    name: str,
    is_known: Callable[[str, Fingerprint], bool],
    log_bytes: dict[str, int],
) -> _Reading | None:
    """What was read of the container `name`; None if it is gone or unchanged.

    Its log length is added to `log_bytes` in any case: logs grow without a change of the config.
    """
    findings: list[Finding] = []
    try:
        with containers.folder(name) as folder:
            log_bytes[name] = _log_bytes(folder, name, findings)
            fingerprint = _fingerprint(folder)
            if not findings and is_known(name, fingerprint):
                return None
            record = _read_container(folder, name, findings)
    except GoneError:
        log_bytes.pop(name, None)
        return None
    except UnreadableError as error:
        finding = unread_part(containers, name, _KIND, error)._replace(object_id=name)
        return _Reading(name, UNPROVEN, None, [finding])
    return _Reading(name, fingerprint, record, findings)


def _fingerprint(folder: Folder) -> Fingerprint:
    """One fingerprint for both config files, `UNPROVEN` if one is missing.

    The engine replaces each file by renaming, so that a new version has another inode.
    """
    try:
        return joined_fingerprint(folder.fingerprint(_CONFIG), folder.fingerprint(_HOST_CONFIG))
    except GoneError:
        return UNPROVEN


def _read_container(folder: Folder, name: str, findings: list[Finding]) -> ContainerRecord | None:
    path = folder.join(_CONFIG)
    try:
        config = parse_container(folder.read(_CONFIG, _LIMIT))
    except GoneError:
        message = f"{path} is missing; {_NOT_SHOWN}"
        findings.append(Finding("C1", _KIND, name, path, message))
        return None
    except UnreadableError as error:
        findings.append(unread_part(folder, _CONFIG, _KIND, error)._replace(object_id=name))
        return None
    except gojson.JsonError as error:
        message = f"{path} {error}; {_NOT_SHOWN}"
        findings.append(Finding("C1", _KIND, name, path, message))
        return None
    if config.container_id != name:
        message = f"{path} has the ID {config.container_id!r}; {_NOT_SHOWN}"
        findings.append(Finding("C1", _KIND, name, path, message))
        return None
    findings += _config_findings(path, config)
    return ContainerRecord(config, _read_host_config(folder, name, findings))


def _config_findings(path: str, config: ContainerConfig) -> Iterator[Finding]:
    """Findings about a config that can be decoded."""
    about = (_KIND, config.container_id, path)
    if not config.has_slash:
        message = f"{path} has the name {config.name!r} without a slash; no command finds it."
        yield Finding("C2", *about, message)
    # Whoever can change this path can have the engine write to any file of the host.
    log = config.log_path
    if log is not None and f"/containers/{config.container_id}/" not in os.path.normpath(log):
        message = f"{path} has the log {log!r}, which is not in the container's own folder."
        yield Finding("C8", *about, message)


def _read_host_config(folder: Folder, name: str, findings: list[Finding]) -> HostConfig:
    path = folder.join(_HOST_CONFIG)
    try:
        return parse_host_config(folder.read(_HOST_CONFIG, _LIMIT))
    except GoneError:
        message = f"{path} is missing; limits, binds and restart policy fall back to defaults."
        findings.append(Finding("C9", _KIND, name, path, message))
    except UnreadableError as error:
        findings.append(unreadable(folder, _HOST_CONFIG, _KIND, error)._replace(object_id=name))
    except gojson.JsonError as error:
        message = f"{path} {error}; {_NOT_SHOWN}"
        findings.append(Finding("C1", _KIND, name, path, message))
    return HostConfig()


def _log_bytes(folder: Folder, container: str, findings: list[Finding]) -> int:
    """The total length of the log files in `folder`, in bytes, at most `MOST_BYTES`.

    Something else in place of a log file, such as a link or folder, is added to `findings`.
    """
    total = 0
    for entry in folder.names():
        if entry.name == _LOCAL_LOGS:
            total += _local_log_bytes(folder, container, findings)
        elif _LOG.fullmatch(entry.name):
            total += _length(folder, entry, container, findings)
    return min(total, MOST_BYTES)


def _local_log_bytes(folder: Folder, container: str, findings: list[Finding]) -> int:
    try:
        with folder.folder(_LOCAL_LOGS) as logs:
            entries = [entry for entry in logs.names() if _LOCAL_LOG.fullmatch(entry.name)]
            return sum(_length(logs, entry, container, findings) for entry in entries)
    except GoneError:
        return 0
    except UnreadableError as error:
        findings.append(unreadable(folder, _LOCAL_LOGS, _KIND, error)._replace(object_id=container))
        return 0


def _length(folder: Folder, entry: Entry, container: str, findings: list[Finding]) -> int:
    try:
        if entry.kind == "link" and folder.link_target(entry.name) == os.devnull:
            # Administrators switch a log off in this way; the engine follows the link.
            return 0
        require_file(entry.kind)
        size = folder.size(entry.name)
        if size > MOST_BYTES:
            raise UnreadableError("U2", IMPLAUSIBLE)
    except GoneError:
        return 0
    except UnreadableError as error:
        findings.append(unreadable(folder, entry.name, _KIND, error)._replace(object_id=container))
        return 0
    return size

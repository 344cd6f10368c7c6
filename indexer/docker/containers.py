"""`containers/<id>`: containers and the size of their logs (moby `container/container.go`)."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker import gojson
from indexer.docker.container_config import (
    ContainerConfig,
    HostConfig,
    parse_container,
    parse_host_config,
)
from indexer.docker.files import GoneError, Stamp, UnreadableError
from indexer.docker.findings import Finding
from indexer.docker.scan import (
    UNPROVEN,
    Gathering,
    Known,
    Scan,
    Tick,
    not_listed,
    unreadable,
)

if TYPE_CHECKING:
    from indexer.docker.files import Folder

_CONFIG: Final = "config.v2.json"
_HOST_CONFIG: Final = "hostconfig.json"
_LIMIT: Final = 16 << 20
_KIND: Final = "container"
_RETRY_SECONDS: Final = 0.1
_LOG: Final = re.compile(r"(?:[0-9a-f]+-json\.log|container-cached\.log)(?:\.\d+)?(?:\.gz)?")
_LOCAL_LOG: Final = re.compile(r"container\.log(?:\.\d+)?(?:\.gz)?")


class ContainerRecord(NamedTuple):
    """A container: its two files."""

    config: ContainerConfig
    host_config: HostConfig


class Containers(NamedTuple):
    """The containers of a root; `log_bytes` has the length of the log files of each one there."""

    scan: Scan[ContainerRecord]
    log_bytes: dict[str, int]


def scan_containers(root: Folder, known: Known, tick: Tick) -> Containers:
    """The containers of the Docker root `root`, by ID."""
    gathering = Gathering[ContainerRecord](known, tick)
    log_bytes: dict[str, int] = {}
    try:
        with root.folder("containers") as folder:
            for entry in folder.names():
                if entry.kind != "file":
                    _scan_container(folder, entry.name, gathering, log_bytes)
    except GoneError:
        return Containers(Scan(), {})
    except UnreadableError as error:
        return Containers(not_listed(root.join("containers"), _KIND, error), {})
    return Containers(gathering.finish(), log_bytes)


def _scan_container(
    containers: Folder,
    name: str,
    gathering: Gathering[ContainerRecord],
    log_bytes: dict[str, int],
) -> None:
    findings: list[Finding] = []
    try:
        with containers.folder(name) as folder:
            log_bytes[name] = _log_bytes(folder)
            stamp = _stamp(folder)
            if gathering.is_known(name, stamp):
                return
            record = _read_container(folder, name, findings)
            if findings:
                # A container that is just being made or removed has not all of its files.
                time.sleep(_RETRY_SECONDS)
                findings.clear()
                containers.stamp(name)
                stamp = _stamp(folder)
                record = _read_container(folder, name, findings)
    except GoneError:
        log_bytes.pop(name, None)
        return
    except UnreadableError as error:
        gathering.report(unreadable(containers, name, _KIND, error)._replace(object_id=name))
        return
    gathering.add(name, stamp, record, findings)


def _stamp(folder: Folder) -> Stamp:
    """One stamp of both files: either one's rewriting changes it. Without one there is no proof."""
    try:
        config, host_config = folder.stamp(_CONFIG), folder.stamp(_HOST_CONFIG)
    except GoneError:
        return UNPROVEN
    return Stamp(config.inode, max(config.ctime_ns, host_config.ctime_ns))


def _read_container(folder: Folder, name: str, findings: list[Finding]) -> ContainerRecord | None:
    path = folder.join(_CONFIG)
    try:
        config = parse_container(folder.read(_CONFIG, _LIMIT))
    except GoneError:
        message = f"{path} is missing; the engine does not show this container."
        findings.append(Finding("C1", _KIND, name, path, message))
        return None
    except UnreadableError as error:
        findings.append(unreadable(folder, _CONFIG, _KIND, error)._replace(object_id=name))
        return None
    except gojson.JsonError as error:
        message = f"{path} {error}; the engine does not show this container."
        findings.append(Finding("C1", _KIND, name, path, message))
        return None
    if config.container_id != name:
        message = f"{path} is of {config.container_id!r}; the engine does not show this container."
        findings.append(Finding("C1", _KIND, name, path, message))
        return None
    return ContainerRecord(config, _read_host_config(folder, name, findings))


def _read_host_config(folder: Folder, name: str, findings: list[Finding]) -> HostConfig:
    path = folder.join(_HOST_CONFIG)
    try:
        return parse_host_config(folder.read(_HOST_CONFIG, _LIMIT))
    except GoneError:
        message = f"{path} is missing; limits, binds and restart policy silently take defaults."
        findings.append(Finding("C9", _KIND, name, path, message))
    except UnreadableError as error:
        findings.append(unreadable(folder, _HOST_CONFIG, _KIND, error)._replace(object_id=name))
    except gojson.JsonError as error:
        message = f"{path} {error}; the engine does not show this container."
        findings.append(Finding("C1", _KIND, name, path, message))
    return HostConfig()


def _log_bytes(folder: Folder) -> int:
    total = 0
    local = False
    for entry in folder.names():
        if entry.kind == "file" and _LOG.fullmatch(entry.name):
            total += _size(folder, entry.name)
        local = local or (entry.name == "local-logs" and entry.kind == "folder")
    return total + _local_log_bytes(folder) if local else total


def _local_log_bytes(folder: Folder) -> int:
    try:
        with folder.folder("local-logs") as logs:
            names = [entry.name for entry in logs.names() if entry.kind == "file"]
            return sum(_size(logs, name) for name in names if _LOCAL_LOG.fullmatch(name))
    except (GoneError, UnreadableError):
        return 0


def _size(folder: Folder, name: str) -> int:
    try:
        return folder.size(name)
    except GoneError:
        return 0

"""Tells whether an engine is running on a Docker root, without taking a lock.

The engine, BuildKit and containerd hold an exclusive lock on their bbolt files while they run
(go.etcd.io/bbolt `bolt_unix.go`). The kernel lists these locks in `/proc/locks` (proc(5)). Trying
to lock a file instead, even with a shared lock, could make an engine fail that starts right then.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.snapshotter import DATABASE, PREFIX, folder_of
from indexer.docker.encodings.times import utc_from_ns
from indexer.docker.files.folder import GoneError, UnreadableError

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder

_ENGINE_DATABASES: Final = (("volumes", "metadata.db"), ("network", "files", "local-kv.db"))
_BUILDKIT: Final = "buildkit"
_CONTAINERD_METADATA: Final = ("io.containerd.metadata.v1.bolt", "meta.db")
_LOCK: Final = re.compile(
    r"\d+: +(?:FLOCK|OFDLCK|POSIX) +\w+ +WRITE +(-?\d+) +([0-9a-f]+):([0-9a-f]+):(\d+) .*"
)
_FIRST_PID_NAMESPACE: Final = "pid:[4026531836]"
_ELSEWHERE: Final = "dockidx runs in a container or other process namespace, which hides engines"
_START: Final = 19
_SECOND_NS: Final = 1_000_000_000
_TICK_NS: Final = 10_000_000
_READINGS: Final = 9


class Engine(NamedTuple):
    """Whether an engine runs on a root, and since when.

    `running` is None if that cannot be determined, and `doubt` then says why. `started_at` is UTC
    text, None if no engine runs or its start is unknown.
    """

    running: bool | None
    started_at: str | None
    doubt: str | None = None


NO_ENGINE: Final = Engine(False, None)
"""No engine runs: the locks show it, or the user says so (`--offline`)."""


class _LockedFile(NamedTuple):
    """A file as `/proc/locks` names it: major and minor number of its device, and its inode."""

    major: int
    minor: int
    inode: int


def engine_of(root: Folder, proc: str = "/proc", containerd: Folder | None = None) -> Engine:
    """The engine that runs on the Docker root `root`, as the file system `proc` shows it.

    A containerd that runs on the containerd root `containerd` counts as an engine, since it changes
    the root too. If both run, the start is that of the engine. A copy of a root has files of its
    own, so an engine on the original does not count. In a container this process sees only some
    processes of the host: seeing no engine then means "unknown". Raises nothing.
    """
    try:
        holders = _lock_holders(f"{proc}/locks")
    except OSError:
        return Engine(None, None, f"{proc}/locks, where an engine would be seen, cannot be read")
    databases = [
        _locked_file_candidates(root, *path, proc=proc)
        for path in (*_ENGINE_DATABASES, *_cache_files(root))
    ]
    own = len(databases)
    if containerd is not None:
        databases += [
            _locked_file_candidates(containerd, *path, proc=proc)
            for path in _store_files(containerd)
        ]
    for group in (databases[:own], databases[own:]):
        pids = [holders[place] for places in group for place in places or () if place in holders]
        if pids:
            return Engine(True, _started_at(proc, max(pids)))
    # A running engine holds all of its databases, so that one free file is enough to rule it out.
    is_free = any(databases[: len(_ENGINE_DATABASES)])
    if None in databases[own:] or (None in databases[:own] and not is_free):
        return Engine(None, None, "not all databases that an engine would hold can be opened")
    return NO_ENGINE if _sees_all(proc) else Engine(None, None, _ELSEWHERE)


def _lock_holders(path: str) -> dict[_LockedFile, int]:
    """The ID of the process that holds each write lock, by file; raises OSError.

    The ID is below 1 if the kernel does not tell it, as for a process in another namespace.
    """
    with open(path, encoding="ascii", errors="replace") as table:
        found = [match for line in table if (match := _LOCK.fullmatch(line.rstrip("\n")))]
    return {_LockedFile(int(m[2], 16), int(m[3], 16), int(m[4])): int(m[1]) for m in found}


def _cache_files(root: Folder) -> list[tuple[str, str]]:
    try:
        with root.folder(_BUILDKIT) as folder:
            names = sorted(folder.kinds())
    except (GoneError, UnreadableError):
        return []
    return [(_BUILDKIT, name) for name in names if name.endswith(".db")]


def _store_files(containerd: Folder) -> list[tuple[str, ...]]:
    try:
        names = sorted(containerd.kinds())
    except (GoneError, UnreadableError):
        names = []
    kinds = [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]
    return [_CONTAINERD_METADATA, *((*folder_of(kind).split("/"), DATABASE) for kind in kinds)]


def _locked_file_candidates(root: Folder, *path: str, proc: str) -> set[_LockedFile] | None:
    """The forms in which `/proc/locks` may name the file at `path`; empty if it does not exist.

    None if it cannot be opened. There are two forms because the kernel lists the device of the
    mount, which on btrfs differs from the device that `stat` tells of a subvolume.
    """
    try:
        with root.descend(*path[:-1]) as folder:
            fd = folder.open(path[-1])
    except GoneError:
        return set()
    except UnreadableError:
        return None
    try:
        status = os.fstat(fd)
        devices = {(os.major(status.st_dev), os.minor(status.st_dev)), _mount_device(fd, proc)}
    finally:
        os.close(fd)
    return {_LockedFile(*device, status.st_ino) for device in devices if device is not None}


def _mount_device(fd: int, proc: str) -> tuple[int, int] | None:
    try:
        with open(f"{proc}/self/fdinfo/{fd}", encoding="ascii") as lines:
            mount_id = next(line.split()[1] for line in lines if line.startswith("mnt_id:"))
        with open(f"{proc}/self/mountinfo", "rb") as table:
            rows = (line.split(b" ", 3) for line in table)
            device = next(row[2] for row in rows if row[0].decode() == mount_id)
    except (OSError, StopIteration):
        return None
    major, minor = device.split(b":")
    return int(major), int(minor)


def _started_at(proc: str, pid: int) -> str | None:
    try:
        with open(f"{proc}/{pid}/stat", "rb") as process:
            # The name of the program stands in parentheses and may contain spaces and `)`.
            ticks = int(process.read().rpartition(b")")[2].split()[_START])
    except (IndexError, OSError, ValueError):
        return None
    booted = booted_second(proc)
    if booted is None:
        return None
    since_boot = ticks * _SECOND_NS // os.sysconf("SC_CLK_TCK")
    return utc_from_ns(_with_fraction(booted) + since_boot)


def booted_second(proc: str = "/proc") -> int | None:
    """When this host was booted, in seconds since 1970; None if `/proc/stat` does not tell."""
    try:
        with open(f"{proc}/stat", "rb") as system:
            return next(int(line.split()[1]) for line in system if line.startswith(b"btime "))
    except (IndexError, OSError, StopIteration, ValueError):
        return None


def _with_fraction(booted: int) -> int:
    """The time of the boot in ns since 1970, precise to a tick if the clocks agree with `booted`.

    `/proc/stat` gives whole seconds. An engine that is restarted within a second after a crash
    would seem older than what the crash left behind.
    """
    # The two clocks cannot be read at the same time; the fastest of a few readings is the closest.
    precise = min(_clocks() for _ in range(_READINGS)).booted_ns // _TICK_NS * _TICK_NS
    return precise if precise // _SECOND_NS == booted else booted * _SECOND_NS


class _Clocks(NamedTuple):
    """One reading of the clocks: how long it took, and the boot time (ns since 1970) it gives."""

    taken_ns: int
    booted_ns: int


def _clocks() -> _Clocks:
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    now = time.time_ns()
    after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return _Clocks(after - before, now - (before + after) // 2)


def _sees_all(proc: str) -> bool:
    """Whether this process is in the host's own PID namespace, whose inode number is fixed."""
    try:
        return os.readlink(f"{proc}/self/ns/pid") == _FIRST_PID_NAMESPACE
    except OSError:
        return False

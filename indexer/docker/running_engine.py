"""Whether an engine is running on a Docker root, told without a lock of one's own.

The engine, BuildKit and containerd hold an exclusive lock on their bbolt files for as long as they
run, which the kernel lists in `/proc/locks` (proc(5)). A lock taken to find out, even a shared one,
could make one fail that starts just then. Source: go.etcd.io/bbolt `bolt_unix.go`.
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
    """Whether an engine holds a root, and since when it runs (UTC text).

    `running` is None where it cannot be told, and `doubt` then says why; `started_at` is None where
    none runs or its start is unknown.
    """

    running: bool | None
    started_at: str | None
    doubt: str | None = None


NO_ENGINE: Final = Engine(False, None)
"""No engine runs, as a look or the user says."""


class _LockedFile(NamedTuple):
    """A file as the list of locks names it: device by major and minor number, and inode."""

    major: int
    minor: int
    inode: int


def engine_of(root: Folder, proc: str = "/proc", containerd: Folder | None = None) -> Engine:
    """The engine that runs on the Docker root `root`, as the file system `proc` shows it.

    A containerd that runs on the containerd root `containerd` changes it just as well, so that it
    counts as one; the start is that of the engine where both run.
    A copy of a root is another one, also while the original is in use. Where this process sees
    only some of the host's, as in a container, an engine that it cannot see is no proof of none.
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
    # An engine holds each of these for as long as it runs: one that is free tells that none does.
    is_free = any(databases[: len(_ENGINE_DATABASES)])
    if None in databases[own:] or (None in databases[:own] and not is_free):
        return Engine(None, None, "not all databases that an engine would hold can be opened")
    return NO_ENGINE if _sees_all(proc) else Engine(None, None, _ELSEWHERE)


def _lock_holders(path: str) -> dict[_LockedFile, int]:
    """Process ID by file of every lock for writing; below 1 where the kernel does not tell it."""
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
    """What the file at `path` may be listed as: nothing if it is not there, None if unreadable.

    It has its own device and that of its mount, which on btrfs is another one.
    """
    try:
        with root.descend(*path[:-1]) as folder:
            fd = folder.open(path[-1])
    except GoneError:
        return set()
    except UnreadableError:
        return None
    try:
        found = os.fstat(fd)
        devices = {(os.major(found.st_dev), os.minor(found.st_dev)), _mount_device(fd, proc)}
    finally:
        os.close(fd)
    return {_LockedFile(*device, found.st_ino) for device in devices if device is not None}


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
            ticks = int(process.read().rpartition(b")")[2].split()[_START])
    except (IndexError, OSError, ValueError):
        return None
    booted = booted_second(proc)
    if booted is None:
        return None
    since_boot = ticks * _SECOND_NS // os.sysconf("SC_CLK_TCK")
    return utc_from_ns(_with_fraction(booted) + since_boot)


def booted_second(proc: str = "/proc") -> int | None:
    """When this host was booted, in seconds since 1970; None where that cannot be read."""
    try:
        with open(f"{proc}/stat", "rb") as system:
            return next(int(line.split()[1]) for line in system if line.startswith(b"btime "))
    except (IndexError, OSError, StopIteration, ValueError):
        return None


def _with_fraction(booted: int) -> int:
    """The second of the boot in ns, with its fraction where the clocks of this host tell it.

    An engine that is restarted at once would else seem to have run when its crash left something.
    """
    # The clocks cannot be read at once; the closest of a few readings is good for the same answer.
    precise = min(_clocks() for _ in range(_READINGS)).booted_ns // _TICK_NS * _TICK_NS
    return precise if precise // _SECOND_NS == booted else booted * _SECOND_NS


class _Clocks(NamedTuple):
    """When the host was booted by its clocks, and how long it took to read them."""

    taken_ns: int
    booted_ns: int


def _clocks() -> _Clocks:
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    now = time.time_ns()
    after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return _Clocks(after - before, now - (before + after) // 2)


def _sees_all(proc: str) -> bool:
    try:
        return os.readlink(f"{proc}/self/ns/pid") == _FIRST_PID_NAMESPACE
    except OSError:
        return False

"""What an engine can leave behind, above all a killed one: its processes and its mounts."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROGRAMS = ("dockerd", "containerd", "runc")
_PATIENCE = 10.0


class Process(NamedTuple):
    """A process as `proc_pid_stat(5)` tells; `started` (clock ticks) makes it unmistakable."""

    pid: int
    parent: int
    started: int


def descendants(*pids: int) -> list[Process]:
    """Give the processes with these ids and all that run below them, now."""
    everything = [process for process in map(_process, _pids()) if process]
    found = [process for process in everything if process.pid in pids]
    for process in found:
        found += [child for child in everything if child.parent == process.pid]
    return found


def serving(*folders: Path) -> list[Process]:
    """Give every dockerd, containerd, shim and runc whose command line names a path in `folders`.

    What runs below them, the processes of containers, is included.
    """
    return descendants(*(pid for pid in _pids() if _serves(pid, folders)))


def end(processes: Iterable[Process]) -> None:
    """End those of the processes that still run, by SIGKILL, and wait until they are gone."""
    doomed = [process for process in processes if running(process)]
    for process in doomed:
        _signal(process.pid)
    wait_for_end(doomed)


def wait_for_end(processes: Iterable[Process], patience: float = _PATIENCE) -> None:
    """Wait until none of them runs, at most so many seconds; one that nobody reaped has ended."""
    waiting = list(processes)
    deadline = time.monotonic() + patience
    while any(map(running, waiting)) and time.monotonic() < deadline:
        time.sleep(0.02)


def running(process: Process) -> bool:
    """Whether it runs still, and not another one with its id."""
    now = _process(process.pid)
    return now is not None and now.started == process.started


def unmount_below(*folders: Path) -> None:
    """Undo every mount at or below `folders`, the newest first."""
    for point in reversed(_mount_points()):
        if any(point == folder or folder in point.parents for folder in folders):
            subprocess.run(("umount", "--lazy", str(point)), check=True)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def _process(pid: int) -> Process | None:
    """Give a process, None when it is gone or only waits to be reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else Process(pid, int(fields[1]), int(fields[19]))


def _serves(pid: int, folders: tuple[Path, ...]) -> bool:
    try:
        program = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    return program.startswith(_PROGRAMS) and any(f"{f}/" in line for f in folders)


def _signal(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _mount_points() -> list[Path]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [Path(line.split()[4].encode().decode("unicode_escape")) for line in lines]

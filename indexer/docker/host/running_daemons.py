"""Finds the daemons that run on this host, and their command lines (proc(5))."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from indexer.docker.host.systemd_unit import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES: Final = 1 << 20


def running_commands(proc: str, top: str, name: str) -> tuple[Command, ...]:
    """The command lines of running programs called `name`, as the file system `proc` shows them.

    A process whose root directory is not `top` is left out: it runs in a container, where paths
    mean something else. It is included if its root directory may not be looked at. Relative paths
    are returned as they are.
    """
    return tuple(
        Command(words, f"the command line of {name} (process {pid})")
        for pid in _processes(proc)
        if (words := _words(f"{proc}/{pid}/cmdline"))
        and os.path.basename(words[0]) == name
        and _has_root(f"{proc}/{pid}/root/", top)
    )


def _processes(proc: str) -> Iterator[str]:
    try:
        names = os.listdir(proc)
    except OSError:
        return
    yield from sorted((name for name in names if name.isdecimal()), key=int)


def _words(path: str) -> tuple[str, ...]:
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError:
        return ()
    return tuple(os.fsdecode(word) for word in data.removesuffix(b"\0").split(b"\0"))


def _has_root(path: str, top: str) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.stat(top))
    except PermissionError:
        # Another user's process: more likely a daemon of the host than one in a container.
        return True
    except OSError:
        return False

"""Keys of hosts, roots, stores and problems: the same in every index for the same thing."""

from __future__ import annotations

import hashlib
import socket
from typing import Final, NamedTuple

from indexer.docker.files.system_tree import SystemTree

_MACHINE_ID: Final = "/etc/machine-id"


class HostIdentity(NamedTuple):
    """A host's name, and a hash of its machine ID where it is this one (None otherwise)."""

    name: str
    machine: str | None


def this_host() -> HostIdentity:
    """The machine this runs on."""
    machine = _line(_MACHINE_ID)
    # The machine ID itself is not for the outside (machine-id(5)), a hash of it is.
    return HostIdentity(socket.gethostname(), key_of("machine", machine) if machine else None)


def host_of(system: str | None) -> HostIdentity:
    """The machine whose `/` is `system`; this one for None and where nothing names it."""
    if system is None:
        return this_host()
    tree = SystemTree(system)
    name = (tree.read("/etc/hostname") or b"").decode("ascii", "replace").strip()
    return HostIdentity(name, None) if name and not tree.is_running_host else this_host()


def _line(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(64).strip()
    except OSError:
        return ""


def key_of(*parts: str) -> str:
    """16 hex digits made from `parts`."""
    joined = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(joined).hexdigest()[:16]

"""Keys of hosts, roots, stores and problems: the same thing has the same key in every index."""

from __future__ import annotations

import hashlib
import socket
from typing import Final, NamedTuple

from indexer.docker.files.system_tree import SystemTree

_MACHINE_ID: Final = "/etc/machine-id"


class HostIdentity(NamedTuple):
    """The name of a host and a hash of its machine ID, which is None for all but this host."""

    name: str
    machine: str | None


def this_host() -> HostIdentity:
    """Return the host that this program runs on."""
    machine = _first_line(_MACHINE_ID)
    # The machine ID must not leave the host (machine-id(5)), so the index has a hash of it.
    return HostIdentity(socket.gethostname(), key_of("machine", machine) if machine else None)


def host_of(system: str | None) -> HostIdentity:
    """Return the host whose `/` is the folder `system`.

    It is this host if `system` is None or `/`, or if `etc/hostname` in it is missing or empty.
    """
    if system is None:
        return this_host()
    tree = SystemTree(system)
    name = (tree.read("/etc/hostname") or b"").decode("ascii", "replace").strip()
    return HostIdentity(name, None) if name and not tree.is_running_host else this_host()


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(64).strip()
    except OSError:
        return ""


def key_of(*parts: str) -> str:
    """Return 16 hex digits that are the same for the same `parts`."""
    joined = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(joined).hexdigest()[:16]

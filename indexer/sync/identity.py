"""Keys of hosts, roots, stores and problems: the same in every index for the same thing."""

from __future__ import annotations

import hashlib
import socket
from typing import Final, NamedTuple

_MACHINE_ID: Final = "/etc/machine-id"


class HostIdentity(NamedTuple):
    """A host's name, and a hash of its machine ID where it is this one (None otherwise)."""

    name: str
    machine: str | None


def this_host() -> HostIdentity:
    """The machine this runs on."""
    try:
        with open(_MACHINE_ID, encoding="ascii", errors="replace") as file:
            machine = file.read(64).strip()
    except OSError:
        machine = ""
    # The machine ID itself is not for the outside (machine-id(5)), a hash of it is.
    return HostIdentity(socket.gethostname(), key_of("machine", machine) if machine else None)


def key_of(*parts: str) -> str:
    """16 hex digits made from `parts`."""
    joined = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(joined).hexdigest()[:16]

"""Opens the socket of the web server, which is reachable only from this machine by default."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from typing import Final, NamedTuple

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


class ListenError(Exception):
    """The server cannot listen on the address; the message says why and what to do."""


class ExposureError(Exception):
    """Other machines could reach the address, and the user has not allowed that."""


class Listener(NamedTuple):
    """An open socket with its URL, and the host names that requests may use (None for any)."""

    socket: socket.socket
    url: str
    hosts: frozenset[str] | None


def listen(host: str, port: int, *, allow_remote: bool) -> Listener:
    """Listen on `host`, which is a name or an address, and on `port`; 0 means any free port.

    Raises `ExposureError` if other machines could connect and `allow_remote` is false, and
    `ListenError` if the address cannot be used.
    """
    family, address = _resolve(host, port)
    # An IPv6 address can end in a zone, e.g. fe80::1%eth0.
    local = ipaddress.ip_address(address.partition("%")[0]).is_loopback
    if not (local or allow_remote):
        raise ExposureError(
            f"{host} can be reached from other machines, and whoever reaches it can read the whole "
            "index without a password: images, paths, labels, commands, and stored values of "
            "environment variables. Give --allow-remote to allow this, or leave out --host."
        )
    opened = _open(family, address, host, port)
    name = f"[{address}]" if family == socket.AF_INET6 else address
    url = f"http://{name}:{opened.getsockname()[1]}/"
    return Listener(opened, url, _LOCAL_NAMES | {name, host.lower()} if local else None)


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenError(
            f"--host {host!r} is no address or name of this machine; leave it out for 127.0.0.1."
        ) from error
    family, _, _, _, address = found[0]
    return family, str(address[0])


def _open(family: socket.AddressFamily, address: str, host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} of {host} is in use; give another one with --port, 0 for any."
        elif error.errno == errno.EACCES:
            reason = f"Port {port} is for the root user; give another one with --port."
        else:
            reason = os.strerror(error.errno or 0)
            reason = f"{host} cannot be listened at: {reason}; give another --host."
        raise ListenError(reason) from error

"""The socket that the pages are served at: on this machine alone unless told otherwise."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from typing import Final, NamedTuple

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


class ListenError(Exception):
    """The address cannot be listened at; says why and what to do."""


class ExposureError(Exception):
    """The address can be reached from other machines, which nobody has allowed."""


class Listener(NamedTuple):
    """An open socket, the URL of it, and the host names to answer to, None for any."""

    socket: socket.socket
    url: str
    hosts: frozenset[str] | None


def listen(host: str, port: int, *, allow_remote: bool) -> Listener:
    """Listen at `host`, a name or an address, and `port`, 0 for any free one.

    Raises `ExposureError` where other machines could connect unless `allow_remote`, and
    `ListenError`.
    """
    family, address = _resolve(host, port)
    local = ipaddress.ip_address(address.partition("%")[0]).is_loopback
    if not (local or allow_remote):
        raise ExposureError(
            f"{host} can be reached from other machines, and whoever reaches it can read the whole "
            "index without a password: images, paths, labels, commands, kept values of Env. "
            "Give --allow-remote if that is meant, or leave out --host."
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

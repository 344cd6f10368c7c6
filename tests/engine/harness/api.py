"""A client of the engine's HTTP API over its unix socket."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = 120.0


class ApiError(Exception):
    """The engine did not answer, or answered with an error; the message says to what and why."""


class Api:
    """The API behind one socket, in the newest version that this engine speaks."""

    __slots__ = ("_socket",)

    def __init__(self, socket_path: Path) -> None:
        """Take the path of the engine's unix socket; nothing is opened yet."""
        self._socket = socket_path

    def get(self, path: str) -> Any:
        """Give the parsed JSON that the engine answers to GET `path`.

        Raises `ApiError`.
        """
        connection = _UnixConnection(self._socket)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(f"GET {path} at {self._socket} got no answer: {error}.") from error
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise ApiError(f"GET {path} was answered {response.status}: {body.decode()}.")
        return json.loads(body)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("engine", timeout=_PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

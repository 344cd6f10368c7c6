"""A registry of the tests' own, on a free port of the loopback address."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Self

from tests.child_processes import ended_with_us

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

_ADDRESS = "127.0.0.1"
_PATIENCE = 30.0


class RegistryError(Exception):
    """The registry did not start or refused a request; the message says which and why."""


class Registry:
    """One docker-registry; a context manager that stops it. Its blobs are in `folder`.

    `name` (address and port) is the first part of the names of its repositories.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder for its settings, log and blobs."""
        self._folder = folder
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The registry's part of a reference, as in `<name>/team/web:1`."""
        return f"{_ADDRESS}:{self._port}"

    def __enter__(self) -> Self:
        """Start the registry and wait until it answers; raises `RegistryError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        log_path = self._folder / "log"
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                ended_with_us("docker-registry", "serve", str(self._settings())),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                raise RegistryError(f"docker-registry did not come up: {log_path.read_text()}")
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the registry and wait for its end."""
        self._stop()

    def manifest(self, repository: str, reference: str) -> bytes:
        """Give the bytes of an image manifest by tag or digest; raises `RegistryError`."""
        path = f"/v2/{repository}/manifests/{reference}"
        return self._ask("GET", path, headers={"Accept": MANIFEST})[1]

    def put_blob(self, repository: str, blob: bytes) -> str:
        """Store a blob in a repository and give its digest; raises `RegistryError`."""
        digest = _digest(blob)
        place, _ = self._ask("POST", f"/v2/{repository}/blobs/uploads/")
        joint = "&" if "?" in place else "?"
        headers = {"Content-Type": "application/octet-stream"}
        self._ask("PUT", f"{place}{joint}digest={digest}", blob, headers)
        return digest

    def put_manifest(self, repository: str, tag: str, manifest: bytes, media_type: str) -> str:
        """Store a manifest or manifest list under a tag and give its digest."""
        path = f"/v2/{repository}/manifests/{tag}"
        self._ask("PUT", path, manifest, {"Content-Type": media_type})
        return _digest(manifest)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[str, bytes]:
        """Give the `Location` header ('' when there is none) and the body of the answer."""
        connection = http.client.HTTPConnection(_ADDRESS, self._port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise RegistryError(f"{method} {path} was answered {response.status}: {answer!r}.")
        place = response.getheader("Location", "").removeprefix(f"http://{self.name}")
        return place, answer

    def _answers(self) -> bool:
        try:
            self._ask("GET", "/v2/")
        except OSError:
            return False
        return True

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait()
        self._process = None

    def _settings(self) -> Path:
        """Write the settings; JSON is YAML."""
        path = self._folder / "config.yml"
        storage = {"filesystem": {"rootdirectory": str(self._folder / "blobs")}}
        settings = {"version": 0.1, "storage": storage, "http": {"addr": self.name}}
        path.write_text(json.dumps(settings))
        return path


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_ADDRESS, 0))
        return int(probe.getsockname()[1])

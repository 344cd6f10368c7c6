"""A Docker engine of the tests' own: started, asked on the command line, stopped or killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.engine.harness import leftovers
from tests.engine.harness.api import Api, ApiError
from tests.engine.harness.watcher import Watcher, clean_up

if TYPE_CHECKING:
    from types import TracebackType

BUSYBOX = Path("/bin/busybox")

_CLIENTS = (Path("/usr/bin/docker"), Path("/usr/local/bin/docker"))
_START_PATIENCE = 60.0
_STOP_PATIENCE = 60.0
_COMMAND_PATIENCE = 180.0
_LOG_TAIL = 2000


class EngineError(Exception):
    """The engine or a command to it failed; the message holds what it said."""


def availability() -> str | None:
    """Say in one sentence what this machine lacks for a live engine; None when nothing is."""
    if os.geteuid() != 0:
        return "A live engine needs root: run these tests as root."
    for command, package in (("dockerd", "docker.io"), ("docker-registry", "docker-registry")):
        if shutil.which(command) is None:
            return f"A live engine needs {command}: install the package {package}."
    if _client() is None:
        return "A live engine needs the docker command: install the package docker.io."
    if not BUSYBOX.exists():
        return f"A live engine needs {BUSYBOX} for its images: install the package busybox-static."
    return None


class Engine:
    """One dockerd on a data root of its own; a context manager that leaves no process behind.

    A `Watcher` ends it where the test run is killed before it leaves the block.

    The data root is `<folder>/docker`; socket, exec root and log live in a short temporary
    folder, because a unix socket's path is limited to 107 bytes. The engine runs without
    bridge and iptables, so containers and builds need `--network none`.
    """

    def __init__(self, folder: Path, driver: str) -> None:
        """Take the folder for the data root and the graph driver, `overlay2` or `vfs`."""
        self.data_root = folder / "docker"
        self.driver = driver
        self.runtime = Path(tempfile.mkdtemp(prefix="dx-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._orphans: list[leftovers.Process] = []
        self._watcher: Watcher | None = None
        self.api = Api(self.runtime / "sock")

    def __enter__(self) -> Self:
        """Start the engine; raises `EngineError`."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the engine and whatever it started, and undo its mounts; the data root stays."""
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the running dockerd, None when it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start dockerd and wait until it answers; raises `EngineError` with the end of its log."""
        self.data_root.mkdir(parents=True, exist_ok=True)
        self._watcher = self._watcher or Watcher(self.runtime, self.data_root)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + _START_PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self._log.read_text(errors="replace")[-_LOG_TAIL:]
                self.kill()
                raise EngineError(f"dockerd did not come up on {self.data_root}: {tail}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop dockerd by SIGTERM, as a service manager does, and wait for its end."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End dockerd by SIGKILL, as a crash does: containers and mounts stay behind.

        The kernel ends its containerd with it; `start` may be called again afterwards.
        """
        if self._process is None:
            return
        # Standing still it starts nothing that the list would miss.
        self._process.send_signal(signal.SIGSTOP)
        below = leftovers.descendants(self._process.pid)
        self._process.kill()
        self._process.wait()
        self._process = None
        self._orphans += below
        self._forget_containerd()

    def close(self) -> None:
        """Stop the engine, end what it started, undo its mounts, remove all but the data root."""
        self.stop()
        leftovers.end(self._orphans)
        clean_up(self.runtime, self.data_root)
        if self._watcher:
            self._watcher.dismiss()
            self._watcher = None

    def docker(self, *arguments: str, buildkit: bool = False, data: bytes | None = None) -> str:
        """Run the docker command on this engine and give its standard output, stripped.

        `data` is its standard input; `buildkit` chooses the builder of `docker build`. Raises
        `EngineError` when it fails.
        """
        done = subprocess.run(
            (str(_client() or "docker"), *arguments),
            input=data if data is not None else b"",
            env=self._environment(buildkit),
            capture_output=True,
            timeout=_COMMAND_PATIENCE,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise EngineError(f"docker {' '.join(arguments)} gave {done.returncode}: {said}")
        return done.stdout.decode().strip()

    @property
    def _log(self) -> Path:
        return self.runtime / "log"

    def _forget_containerd(self) -> None:
        pid_file = self.runtime / "exec" / "containerd" / "containerd.pid"
        if pid_file.exists():
            leftovers.wait_for_end(leftovers.descendants(int(pid_file.read_text())))
            # While no init has reaped it, the next dockerd would take it for a running one.
            pid_file.unlink()

    def _environment(self, buildkit: bool) -> dict[str, str]:
        return os.environ | {
            "DOCKER_HOST": f"unix://{self.runtime / 'sock'}",
            "DOCKER_CONFIG": str(self.runtime / "client"),
            "DOCKER_BUILDKIT": "1" if buildkit else "0",
        }

    def _answers(self) -> bool:
        try:
            self.api.get("/version")
        except ApiError:
            return False
        return True

    def _command(self) -> tuple[str, ...]:
        return (
            "dockerd",
            f"--config-file={self._settings()}",
            f"--data-root={self.data_root}",
            f"--exec-root={self.runtime / 'exec'}",
            f"--pidfile={self.runtime / 'pid'}",
            f"--host=unix://{self.runtime / 'sock'}",
            f"--storage-driver={self.driver}",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
        )

    def _settings(self) -> Path:
        """Write a daemon.json of our own, so that the machine's is neither read nor needed."""
        path = self.runtime / "daemon.json"
        old = _dockerd_major() < 23
        key = {"deprecated-key-path": str(self.runtime / "key.json")} if old else {}
        path.write_text(json.dumps(key))
        return path


def _client() -> Path | None:
    """The docker command, the distribution's first: it is of the same release as its dockerd."""
    return next((client for client in _CLIENTS if client.exists()), None)


def _dockerd_major() -> int:
    said = subprocess.run(("dockerd", "--version"), capture_output=True, text=True, check=True)
    found = re.search(r"version v?(\d+)\.", said.stdout)
    if found is None:
        raise EngineError(f"dockerd --version names no version: {said.stdout}")
    return int(found[1])

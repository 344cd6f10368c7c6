"""Running the commands of one page, in order, in a folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from indexer.docker.times import utc_from_ns
from tests.docs import PROJECT
from tests.docs.not_run import NOT_RUN

if TYPE_CHECKING:
    from types import TracebackType

    from tests.docs.blocks import Example

SHOWN_FOLDER: Final = "/home/me/dockidx"
"""What the pages show in place of the folder; as long as that, so that tables stay aligned."""

_SHOWN_TIME: Final = "2026-12-01T09:00:00.000000000Z"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
_SECONDS: Final = re.compile(r"\b\d+\.\d s\b")
_ADDRESS: Final = "127.0.0.1:8001"
_BIN: Final = Path(sys.executable).parent
# What `make demo` runs once everything is installed.
_MAKE: Final = f'make() {{ [ "$*" = demo ] && PYTHONPATH={PROJECT} {sys.executable} -m tests.demo; }}'


class ExampleError(Exception):
    """A command of a page failed; says which and what it printed."""


class Sandbox:
    """A folder that has the project's `tests/` and nothing else when the page begins.

    Lines that begin with `export` hold for the rest of the page. A server that the page starts
    runs until the end of the page.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dx-", dir="/tmp"))
        self._exports: list[str] = []
        self._server: subprocess.Popen[str] | None = None
        self._address = _ADDRESS
        self._began = utc_from_ns(time.time_ns())
        (self._folder / "tests").symlink_to(PROJECT / "tests")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.communicate()
        shutil.rmtree(self._folder)

    def run(self, example: Example) -> str | None:
        """What `example` prints, in the form that pages show; None where it is not to be run.

        Raises `ExampleError` where it fails.
        """
        source = example.source
        if source in NOT_RUN:
            return None
        if source.startswith("export "):
            self._exports.append(source)
            return ""
        if source.startswith("dockidx serve"):
            return self._shown(self._serve(source))
        script = 'dockidx sql --format ndjson "$STATEMENT"' if example.language == "sql" else source
        done = subprocess.run(
            ["bash", "-c", self._script(script.replace(_ADDRESS, self._address))],
            **self._settings(source),
            stdout=subprocess.PIPE,
            check=False,
            timeout=120,
        )
        if done.returncode != 0:
            raise ExampleError(f"{source}\nended with {done.returncode}:\n{done.stdout}")
        if example.language == "sql" and not done.stdout:
            raise ExampleError(f"{source}\nhas no row.")
        return self._shown(done.stdout)

    def _serve(self, source: str) -> str:
        """Start the server at a free port and give what it says of itself."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        script = self._script(f"exec {source} --port {port}")
        self._address = f"127.0.0.1:{port}"
        self._server = subprocess.Popen(
            ["bash", "-c", script], **self._settings(source), stdout=subprocess.PIPE
        )
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if "Serving" not in line:
            raise ExampleError(f"{source}\ndid not start:\n{line}")
        return line

    def _script(self, command: str) -> str:
        return "\n".join(["set -o pipefail", _MAKE, *self._exports, command])

    def _settings(self, source: str) -> dict[str, object]:
        environment = {
            **{name: value for name, value in os.environ.items() if "DOCKIDX" not in name},
            "PATH": f"{_BIN}:{os.environ['PATH']}",
            "HOME": str(self._folder),
            "DOCKIDX_DB": "no-index-was-named.db",
            "STATEMENT": source,
        }
        return {
            "cwd": self._folder,
            "env": environment,
            "text": True,
            "stdin": subprocess.DEVNULL,
            "stderr": subprocess.STDOUT,
        }

    def _shown(self, output: str) -> str:
        """`output` without what differs from run to run: the folder, times of now, the port."""
        text = output.replace(str(self._folder), SHOWN_FOLDER).replace(self._address, _ADDRESS)
        text = _TIME.sub(lambda at: _SHOWN_TIME if at[0] >= self._began else at[0], text)
        text = _SECONDS.sub("0.5 s", text)
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines())

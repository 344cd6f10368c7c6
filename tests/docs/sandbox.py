"""Running the commands of one page, in order, in a folder of their own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from click.testing import CliRunner

from indexer.cli import main
from indexer.docker.encodings.times import utc_from_ns
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
# What `make demo` runs once everything is installed.
_MAKE: Final = (
    f'make() {{ [ "$*" = demo ] && PYTHONPATH={PROJECT} {sys.executable} -m tests.demo; }}'
)
_SHELL: Final = re.compile(r"[;&<>()|]+")


class ExampleError(Exception):
    """A command of a page failed; says which and what it printed."""


class _Pipeline(NamedTuple):
    """A call of dockidx that needs no shell, and the commands that its output is piped to."""

    words: list[str]
    rest: str


class Sandbox:
    """A folder that has the project's `tests/` and nothing else when the page begins.

    Lines that begin with `export` hold for the rest of the page. A server that the page starts
    runs until the end of the page. A plain call of dockidx runs inside this process, as a page
    has many; all else runs in bash.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dx-", dir="/tmp"))
        self._server: subprocess.Popen[str] | None = None
        self._address = _ADDRESS
        self._began = utc_from_ns(time.time_ns())
        self._environment = {
            **{name: value for name, value in os.environ.items() if "DOCKIDX" not in name},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self._folder),
            "DOCKIDX_DB": "no-index-was-named.db",
        }
        (self._folder / "tests").symlink_to(PROJECT / "tests")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
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
        if example.language == "sql":
            return self._statement(source)
        if source.startswith("export "):
            name, _, value = source.removeprefix("export ").partition("=")
            self._environment[name] = value
            return ""
        if source.startswith("dockidx serve"):
            return self._shown(self._serve(source))
        pipeline = _pipeline(source)
        if pipeline is None:
            return self._bash(source)
        printed = self._dockidx(pipeline.words)
        return self._bash(pipeline.rest, printed) if pipeline.rest else printed

    def _statement(self, sql: str) -> str:
        printed = self._dockidx(["sql", sql, "--format", "ndjson"])
        if not printed:
            raise ExampleError(f"{sql}\nhas no row.")
        return printed

    def _dockidx(self, words: list[str]) -> str:
        with chdir(self._folder):
            done = CliRunner(env=self._environment).invoke(main, words)
        if done.exit_code != 0:
            raise ExampleError(f"dockidx {words}\nended with {done.exit_code}:\n{done.output}")
        return self._shown(done.output)

    def _bash(self, command: str, given: str = "") -> str:
        """What `command` prints, given the text `given` at its standard input."""
        script = f"set -o pipefail\n{_MAKE}\n{command.replace(_ADDRESS, self._address)}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode != 0:
            raise ExampleError(f"{command}\nended with {done.returncode}:\n{done.stdout}")
        return self._shown(done.stdout)

    def _serve(self, source: str) -> str:
        """Start the server at a free port and give what it says of itself."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._address = f"127.0.0.1:{port}"
        self._server = subprocess.Popen(
            [*shlex.split(source), "--port", str(port)],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if "Serving" not in line:
            raise ExampleError(f"{source}\ndid not start:\n{line}")
        return line

    def _shown(self, output: str) -> str:
        """`output` without what differs from run to run: the folder, times of now, the port."""
        text = output.replace(str(self._folder), SHOWN_FOLDER).replace(self._address, _ADDRESS)
        text = _TIME.sub(lambda at: _SHOWN_TIME if at[0] >= self._began else at[0], text)
        text = _SECONDS.sub("0.5 s", text)
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _pipeline(source: str) -> _Pipeline | None:
    """The call of dockidx in the command line `source`; None where it takes a shell."""
    left, pipe, rest = _split(source)
    if "$" in left or not left.startswith("dockidx "):
        return None
    tokens = list(shlex.shlex(left, posix=True, punctuation_chars=True))
    if any(_SHELL.fullmatch(token) for token in tokens):
        return None
    return _Pipeline(shlex.split(left)[1:], rest if pipe else "")


def _split(source: str) -> tuple[str, str, str]:
    """`source` before and after its first pipe that is in no quotes."""
    quoted = re.compile(r"""("[^"]*"|'[^']*'|[^|"'])*""").match(source)
    end = quoted.end() if quoted is not None else len(source)
    return source[:end].strip(), source[end : end + 1], source[end + 1 :]

"""Cleans up after an engine whose test run was killed before it could do that itself.

    python -m tests.engine.harness.watcher RUNTIME_FOLDER DATA_ROOT

It waits for the end of its standard input, a pipe that only the test run holds. A run that closes
its engine writes a byte first; without it the run is gone, and the engine with all that it started
is ended here. PR_SET_PDEATHSIG would not do: shims and containers are no children of the engine.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.engine.harness import leftovers

_PROJECT = Path(__file__).parents[3]
_PATIENCE = 60.0


class Watcher:
    """The watching process of one engine."""

    def __init__(self, runtime: Path, data_root: Path) -> None:
        """Start to watch over what serves these folders."""
        command = (sys.executable, "-m", __name__, str(runtime), str(data_root))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=_PROJECT,
            # A terminal's Ctrl-C goes to the run and not to what has to outlive it.
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Say that nothing is left to clean up, and wait for the end of the process."""
        self._process.communicate(b".", timeout=_PATIENCE)


def clean_up(runtime: Path, data_root: Path) -> None:
    """End all processes that serve an engine's folders, undo its mounts, remove `runtime`."""
    # The second time for what was being started while the first ones were ended.
    for _ in range(2):
        leftovers.end(leftovers.serving(runtime, data_root))
    leftovers.unmount_below(runtime, data_root)
    shutil.rmtree(runtime, ignore_errors=True)


def main() -> None:
    """Wait for the end of the run, and clean up if it did not."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if not sys.stdin.buffer.read():
        clean_up(Path(sys.argv[1]), Path(sys.argv[2]))


if __name__ == "__main__":
    main()

"""Running `dockidx`: inside the test, or as a program of its own where that matters."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from click.testing import CliRunner

from indexer.cli import main
from tests.readers.host.fake_system import NOBODY
from tests.requirements import need

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = (sys.executable, "-c", "from indexer.cli import main; main()")


class Outcome(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


def dockidx(*arguments: str | Path, env: dict[str, str] | None = None) -> Outcome:
    """Run a command inside this process."""
    done = CliRunner().invoke(main, [str(argument) for argument in arguments], env=env)
    return Outcome(done.exit_code, done.stdout, done.stderr)


def program(*arguments: str | Path, **options: Any) -> Outcome:
    """Run a command as a program of its own."""
    command = [*options.pop("before", ()), *PROGRAM, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, **options
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def sync(root: Path, index: Path, *options: str) -> Outcome:
    """Sync `root` into `index` as that of host-a."""
    return dockidx("sync", "--root", root, "--db", index, "--host", "host-a", *options)


def as_nobody() -> list[str]:
    """Words before a command that run it as another user; skips where that cannot be."""
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    need(os.geteuid() == 0, "Only root can run a program as another user.")
    need(shutil.which("setpriv") is not None, "setpriv is not installed.")
    need(_runs(*words), "Another user cannot run this Python or the project.")
    return words


@cache
def _runs(*words: str) -> bool:
    tried = subprocess.run([*words, *PROGRAM, "--version"], capture_output=True, check=False)
    return tried.returncode == 0

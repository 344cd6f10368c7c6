"""`dockidx sync` with no more memory than a small machine has."""

from __future__ import annotations

import resource
import subprocess
from typing import TYPE_CHECKING, Final

from tests.trust.traces import DOCKIDX

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 1 << 30
"""The address space that the program may take, its libraries included."""


def bounded_sync(root: Path, index: Path, *options: str) -> str:
    """Sync `root` within `MOST_BYTES` of memory and give the output; a failure is an error."""
    command = [DOCKIDX, "sync", "--root", root, "--db", index, "--host", "host-a", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        resource.prlimit(process.pid, resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        out, said = process.communicate(timeout=500)
    assert process.returncode == 0, said.decode()
    return out.decode()

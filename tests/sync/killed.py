"""Syncs a root into an index and is killed in the middle of it.

    python -m tests.sync.killed INDEX ROOT STATEMENTS

STATEMENTS is how many writing statements may run. A sync that needs fewer prints `done` at its end.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.index.sqlite_connection import SqliteConnection
from tests.sync.index_files import sync_roots

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Sync, and kill this process at the given statement."""
    remaining = int(sys.argv[3])

    def counted(run: Callable[..., int]) -> Callable[..., int]:
        def counting(connection: SqliteConnection, statement: str, *values: Any) -> int:
            nonlocal remaining
            count = run(connection, statement, *values)
            remaining -= 1
            if remaining < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return count

        return counting

    for name in ("run", "run_many"):
        setattr(SqliteConnection, name, counted(getattr(SqliteConnection, name)))
    sync_roots(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write("done")


if __name__ == "__main__":
    main()

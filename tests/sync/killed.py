"""Syncs a root into an index and is killed in the middle of it.

    python -m tests.sync.killed INDEX ROOT STATEMENTS

STATEMENTS is how many writing statements are let through; a program that gets to its end without
so many prints `done`.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.sync.index_files import sync_roots


def main() -> None:
    """Sync, and die at the statement asked for."""
    left = int(sys.argv[3])

    def count(_: Any, __: Any, statement: str, *rest: Any) -> None:
        nonlocal left
        del rest
        left -= statement.lstrip().startswith(("INSERT", "UPDATE", "DELETE", "CREATE"))
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", count)
    sync_roots(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write("done")


if __name__ == "__main__":
    main()

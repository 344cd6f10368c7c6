"""Syncs roots into an index and prints the files that it opened, as JSON.

    python -m tests.sync.watched INDEX ROOT...

It runs in its own process, because an audit hook cannot be removed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.sync.index_files import sync_roots


def main() -> None:
    """Sync under an audit hook."""
    index, *roots = map(Path, sys.argv[1:])
    opened: list[tuple[str, int]] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        # Only os.open passes no mode. When Python opens a file by itself, there is one.
        if event == "open" and arguments[1] is None:
            opened.append((os.fsdecode(arguments[0]), arguments[2]))

    sys.addaudithook(watch)
    sync_roots(index, *roots)
    sys.stdout.write(json.dumps(opened))


if __name__ == "__main__":
    main()

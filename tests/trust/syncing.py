"""Syncs a root again and again, and says how often that was done and how often another one was.

    python -m tests.trust.syncing INDEX COUNT ROOT [OTHER]

With OTHER the two folders change places before each sync. Ends before so many syncs where its
standard input does.
"""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import Path

from indexer.index.errors import IndexBusyError
from tests.sync.index_files import sync_roots


def main() -> None:
    """Sync so many times."""
    index, root = Path(sys.argv[1]), Path(sys.argv[3])
    result = {"done": 0, "busy": 0}
    for _ in range(int(sys.argv[2])):
        if select.select([sys.stdin], [], [], 0)[0]:
            break
        for other in map(Path, sys.argv[4:]):
            _swap(root, other)
        try:
            sync_roots(index, root)
            result["done"] += 1
        except IndexBusyError:
            result["busy"] += 1
    sys.stdout.write(json.dumps(result))


def _swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    os.rename(one, aside)
    os.rename(other, one)
    os.rename(aside, other)


if __name__ == "__main__":
    main()

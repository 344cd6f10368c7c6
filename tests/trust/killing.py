"""Kills syncs of a root at random moments, and says in which state each leaves the index.

    python -m tests.trust.killing FOLDER COUNT SEED

FOLDER has the root `docker`, the index `after.db` of it, and maybe `before.db`, the index that the
syncs start with. Prints an object: how many syncs were killed, and left the state before or after.
A process of its own, because it forks: a child has all modules already and costs no start.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from tests.sync.index_files import sync_roots
from tests.trust.states import NOTHING, state_of

_TRIES = 20


def main() -> None:
    """Kill as many syncs as asked for."""
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    before, after = folder / "before.db", state_of(folder / "after.db", timed=False)
    former = state_of(before) if before.exists() else NOTHING
    sync_roots(folder / "warm.db", folder / "docker")
    seconds = 0.0
    result = {"killed": 0, "before": 0, "after": 0}
    for attempt in range(count * _TRIES):
        if result["killed"] == count:
            break
        place = folder / "killed"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        if before.exists():
            shutil.copyfile(before, place / "index.db")
        # Syncs that nobody kills say how long one takes, now and again.
        # Half of the kills are meant for the end, where the commit is.
        earliest = 0.7 * seconds if attempt % 2 else 0.0
        wait = None if attempt % 50 == 0 else rng.uniform(earliest, 1.1 * seconds)
        began = time.monotonic()
        if not _killed(place / "index.db", folder / "docker", wait):
            seconds = time.monotonic() - began if wait is None else seconds
            continue
        result["killed"] += 1
        is_former = state_of(place / "index.db") == former
        result["before" if is_former else "after"] += 1
        if not is_former and state_of(place / "index.db", timed=False) != after:
            raise AssertionError(f"Kill {result['killed']} left a state between both.")
        if result["killed"] % 20 == 0:
            sync_roots(place / "index.db", folder / "docker")
            if _of_disk(place / "index.db") != _of_disk(folder / "warm.db"):
                raise AssertionError(f"Kill {result['killed']} left what the next sync kept.")
    sys.stdout.write(json.dumps(result))


def _of_disk(index: Path) -> object:
    state = state_of(index, timed=False)
    return {name: rows for name, rows in state.items() if name not in ("syncs", "changes")}


def _killed(index: Path, root: Path, wait: float | None) -> bool:
    """Whether a sync was killed after `wait` seconds, before it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            sync_roots(index, root)
            code = 0
        finally:
            os._exit(code)
    if wait is not None:
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise AssertionError("A sync failed.")
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    main()

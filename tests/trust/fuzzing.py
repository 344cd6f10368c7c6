"""Syncs mutated copies of real Docker roots, and looks for what must never happen.

    python -m tests.trust.fuzzing [--roots 20000] [--jobs 2] [--start 0] [GOLDEN_ROOT...]
    python -m tests.trust.fuzzing --seed 4711 20.10-overlay2

A seed stands for one mutated root. Seeds come in blocks of 20: a block begins with a fresh copy of
the root and an index of it, and each of its seeds damages that copy, has a copy of the index follow
the damage, makes a new index of it, lays both side by side, and takes the damage back.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import shutil
import signal
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.root.layout import AccessError, LayoutError
from indexer.index.migration import upgrade
from indexer.index.place import create_file
from indexer.index.sqlite_file import writing_connection
from tests.roots import CAPTURED_ROOTS, unpack
from tests.sync.index_files import sync_roots
from tests.sync.operations import SETTLE_SECONDS
from tests.trust.damage import Damage
from tests.trust.mutations import mutate
from tests.trust.places import in_memory
from tests.trust.side_by_side import differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Block = tuple[str, range]
"""A root, and the seeds that are tried on it."""
BLOCK: Final = 20
MOST_MEMORY: Final = 500 << 20
"""How many bytes the process that syncs may ever have held."""
MOST_ADDRESSES: Final = 4 << 30
MOST_SECONDS: Final = 60
"""How many seconds of a processor one mutated root may take: a hundred times what it does."""


class Failure(NamedTuple):
    """A seed that showed what must not happen: what, and what was done to the root."""

    root: str
    seed: int
    reason: str
    mutations: tuple[str, ...]

    def __str__(self) -> str:
        """The failure with the command that repeats it."""
        done = "\n".join(f"  {mutation}" for mutation in self.mutations)
        command = f"python -m tests.trust.fuzzing --seed {self.seed} {self.root}"
        return f"Seed {self.seed} of {self.root}: {self.reason}\n{done}\nRepeat it with: {command}"


class TooLongError(BaseException):
    """A sync does not come to its end; no handler of errors may take it for one of its own."""


def most_held() -> int:
    """The most bytes of memory that this program ever held.

    What getrusage(2) says counts what the process held that this one was started from.
    """
    with open("/proc/self/status", encoding="ascii") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) << 10


def blocks_of(roots: Sequence[str], seeds: range) -> list[Block]:
    """The blocks of `seeds`, each on one of `roots` in turn."""
    return [
        (roots[number % len(roots)], range(start, min(start + BLOCK, seeds.stop)))
        for number, start in enumerate(range(seeds.start, seeds.stop, BLOCK))
    ]


def begun_blocks(roots: Sequence[str], count: int) -> list[Block]:
    """One block for each root, of which only the first `count` seeds are tried."""
    blocks = blocks_of(roots, range(BLOCK * len(roots)))
    return [(root, seeds[:count]) for root, seeds in blocks]


def fuzz(blocks: Sequence[Block], jobs: int) -> Iterator[tuple[int, list[Failure]]]:
    """Try `blocks` in `jobs` processes at once.

    Give for each block how many mutated roots it had, and its failures.
    """
    with ProcessPoolExecutor(jobs, get_context("spawn"), begin) as pool:
        yield from pool.map(_counted, blocks)


def _counted(block: Block) -> tuple[int, list[Failure]]:
    return len(block[1]), run_block(*block)


def begin() -> None:
    """Bound what this process may take.

    What the program itself is made of need not be looked through for garbage each time.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, resource.RLIM_INFINITY))
    gc.freeze()


def run_block(root: str, seeds: range) -> list[Failure]:
    """Try `seeds` on one copy of the golden root `root`, and give the failures."""
    with in_memory() as folder:
        place = Place(folder, unpack(root, folder / "root"))
        failures = [found for seed in seeds for found in place.attempt(root, seed)]
    held = most_held()
    if held > MOST_MEMORY:
        failures.append(Failure(root, seeds[-1], f"{held} bytes of memory were held", ()))
    return failures


class Place:
    """A copy of a root and an index of it, to be damaged again and again."""

    def __init__(self, folder: Path, root: Path) -> None:
        """Index `root`; `folder` takes the indexes."""
        self._folder = folder
        self._root = root
        self._damage = Damage(root, folder / "aside")
        time.sleep(SETTLE_SECONDS)
        sync_roots(folder / "before.db", root)
        create_file(str(folder / "empty.db"))
        with writing_connection(str(folder / "empty.db")) as connection:
            upgrade(connection, "empty.db")

    def attempt(self, name: str, seed: int) -> Iterator[Failure]:
        """Damage the root as `seed` says, look at it, and mend it."""
        rng = random.Random(f"{name} {seed}")
        mutations: list[str] = []
        shutil.copyfile(self._folder / "before.db", self._folder / "follows.db")
        try:
            with _limited():
                count = rng.choice((1, 1, 2, 3, 6))
                mutations.extend(mutate(self._damage, rng) for _ in range(count))
                reason = self._look()
                if rng.random() < _MENDED:
                    self._damage.mend()
                    mutations.append("all of it taken back")
                    reason = reason or self._look()
        except (Exception, TooLongError):
            reason = traceback.format_exc()
        finally:
            self._damage.mend()
        if reason:
            yield Failure(name, seed, reason, tuple(mutations))

    def _look(self) -> str | None:
        """What is wrong with an index that follows and a new one; None where nothing is."""
        shutil.copyfile(self._folder / "empty.db", self._folder / "new.db")
        said = [self._synced(name) for name in ("follows.db", "new.db")]
        if said[0] != said[1]:
            return f"the index that follows says {said[0]}, a new one {said[1]}"
        if said[0] is not None:
            return None
        names = ("follows.db", "new.db", "before.db")
        found = differences(*(self._folder / name for name in names))
        return "\n".join(found) or None

    def _synced(self, name: str) -> str | None:
        """What a sync into the index `name` refuses to read, None where it reads the root."""
        try:
            sync_roots(self._folder / name, self._root)
        except (AccessError, LayoutError) as error:
            return str(error)
        return None


@contextmanager
def _limited() -> Iterator[None]:
    # On a busy machine a clock would run out without a fault of the sync.
    signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _give_up(*_: object) -> None:
    raise TooLongError(f"This took more than {MOST_SECONDS} seconds of a processor.")


def main() -> int:
    """Run what the command line asks for; 1 where a seed failed."""
    parser = argparse.ArgumentParser(description="Sync mutated Docker roots.")
    parser.add_argument("names", metavar="GOLDEN_ROOT", nargs="*", default=CAPTURED_ROOTS)
    parser.add_argument("--roots", type=int, default=20_000, help="how many mutated roots")
    parser.add_argument("--start", type=int, default=0, help="the first seed, a multiple of 20")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at once")
    parser.add_argument("--seed", type=int, help="repeat this one, with those of its block before")
    chosen = parser.parse_args()
    if chosen.seed is not None:
        first = chosen.seed - chosen.seed % BLOCK
        begin()
        results = [(1, run_block(chosen.names[0], range(first, chosen.seed + 1)))]
    else:
        seeds = range(chosen.start, chosen.start + chosen.roots)
        results = fuzz(blocks_of(chosen.names, seeds), chosen.jobs)
    count = failed = 0
    began = time.monotonic()
    for tried, failures in results:
        count += tried
        failed += len(failures)
        for failure in failures:
            sys.stdout.write(f"{failure}\n")
        if count % _TOLD == 0:
            sys.stdout.write(f"{count} mutated roots so far.\n")
        sys.stdout.flush()
    seconds = time.monotonic() - began
    sys.stdout.write(f"{count} mutated roots, {failed} failures, {seconds:.0f} s.\n")
    return 1 if failed else 0


_MENDED: Final = 0.1
_TOLD: Final = 10 * BLOCK

if __name__ == "__main__":
    sys.exit(main())

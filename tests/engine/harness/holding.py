"""Starts programs that tests start, tells which processes each one is, and waits to be killed.

    python -m tests.engine.harness.holding FOLDER engine|registry|postgres|serve|chromium...

Prints an object: by the name of the program its processes, each with its parent and the time when
it was started.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.engine.harness import archives
from tests.engine.harness.dockerd import Engine
from tests.engine.harness.leftovers import descendants, serving
from tests.engine.harness.registry import Registry
from tests.postgres.server import programs, running
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import sync_roots
from tests.web.test_browser import ARGUMENTS, CHROMIUM
from tests.web.test_serve import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.harness.leftovers import Process


@contextmanager
def engine(folder: Path) -> Iterator[list[Process]]:
    """An engine with one running container, and a container that an engine left that was killed."""
    with Engine(folder, "overlay2") as started:
        started.docker("import", "-", "base", data=archives.base_layer())
        run = ("run", "--detach", "--network", "none", "base", "sleep", "1000")
        started.docker(*run)
        below = serving(started.runtime)
        started.kill()
        started.start()
        started.docker(*run)
        yield [*below, *serving(started.runtime)]


@contextmanager
def registry(folder: Path) -> Iterator[list[Process]]:
    """A registry."""
    with Registry(folder):
        yield []


@contextmanager
def postgres(_: Path) -> Iterator[list[Process]]:
    """A server of PostgreSQL."""
    installed = programs()
    assert installed
    with running(installed):
        yield []


@contextmanager
def serve(folder: Path) -> Iterator[list[Process]]:
    """The pages of an index."""
    root = RootBuilder(folder / "docker")
    root.image([b"one"])
    sync_roots(folder / "index.db", root.path)
    with served(folder / "index.db"):
        yield []


@contextmanager
def chromium(_: Path) -> Iterator[list[Process]]:
    """A browser."""
    with sync_playwright() as playwright:
        playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield []


PROGRAMS = {it.__name__: it for it in (engine, registry, postgres, serve, chromium)}


def main() -> None:
    """Start the programs and say what runs."""
    folder, us = Path(sys.argv[1]), os.getpid()
    found: dict[str, list[Process]] = {}
    before = {us}
    with ExitStack() as stack:
        for name in sys.argv[2:]:
            (folder / name).mkdir()
            more = stack.enter_context(PROGRAMS[name](folder / name))
            below = [it for it in descendants(us) if it.pid not in before]
            found[name] = [*below, *more]
            before |= {it.pid for it in below}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()

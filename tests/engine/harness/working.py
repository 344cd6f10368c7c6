"""An engine that is never at rest: it loads, builds, tags, runs and removes without pause."""

from __future__ import annotations

import itertools
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.engine.harness import archives
from tests.engine.harness.fill_images import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.harness.filling import Filling

_STEPS: Final = "RUN echo {number} > /number\nCOPY content /content\nRUN echo more > /more\n"


@contextmanager
def working(filling: Filling, *works: Callable[[Filling, int], None]) -> Iterator[dict[str, int]]:
    """Have the engine do each of `works` again and again, all at once, for as long as the block.

    Gives how often each was done, by its name. A work that fails is raised at the end.
    """
    enough = threading.Event()
    rounds: dict[str, int] = {}
    failures: list[Exception] = []

    def repeat(work: Callable[[Filling, int], None]) -> None:
        try:
            for number in itertools.count(1):
                if enough.is_set():
                    return
                work(filling, number)
                rounds[work.__name__] = number
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield rounds
    finally:
        enough.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def load(filling: Filling, number: int) -> None:
    """Load many small layers and a large one, run a container on them, and remove all."""
    small = [archives.layer({f"{number}/{part}": b"small"}) for part in range(10)]
    layers = [archives.base_layer(), *small, archives.layer({f"large/{number}": bytes(4_000_000)})]
    config = archives.config(layers)
    filling.docker("load", data=archives.image_archive(config, layers, "busy/loaded:1"))
    filling.docker("run", "--rm", "--network", "none", "busy/loaded:1", "true")
    filling.docker("image", "rm", "busy/loaded:1")


def build(filling: Filling, number: int) -> None:
    """Build with BuildKit, and now and then prune its cache."""
    _build_image(filling, "busy/built:1", number, buildkit=True)
    if number % 3 == 0:
        filling.docker("image", "rm", "busy/built:1")
        filling.docker("builder", "prune", "--all", "--force")


def build_classic(filling: Filling, number: int) -> None:
    """Build with the classic builder and remove the image."""
    _build_image(filling, "busy/classic:1", number, buildkit=False)
    filling.docker("image", "rm", "busy/classic:1")


def tag_and_run(filling: Filling, number: int) -> None:
    """Move a tag, and run, rename, stop and remove a container with volumes."""
    name = f"busy-{number}"
    filling.docker("tag", BASE, f"busy/tagged:{number % 2}")
    volumes = ("--volume", f"busy-{number % 3}:/named", "--volume", "/anonymous")
    options = ("--network", "none", "--stop-signal", "KILL", *volumes)
    filling.docker("run", "--detach", "--name", name, *options, BASE, "sleep", "100000")
    filling.docker("rename", name, f"{name}-renamed")
    filling.docker("stop", f"{name}-renamed")
    filling.docker("rm", "--volumes", f"{name}-renamed")
    filling.docker("image", "rm", f"busy/tagged:{number % 2}")
    if number % 3 == 0:
        filling.docker("volume", "rm", f"busy-{number % 3}")


def _build_image(filling: Filling, tag: str, number: int, *, buildkit: bool) -> None:
    dockerfile = f"FROM {BASE}\n{_STEPS.format(number=number)}"
    files = {"content": b"content" * 10_000}
    filling.build(tag, dockerfile, "--no-cache", files=files, buildkit=buildkit)

"""The program `dockidx`, which is also `python -m indexer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from indexer import interruption

if TYPE_CHECKING:
    from collections.abc import Callable


def run() -> NoReturn:
    """Run the command that the arguments of this process name, and end the process."""
    interruption.run(_load)


def _load() -> Callable[[], object]:
    # The import is late, so that Ctrl-C during imports gives one sentence too.
    from indexer.cli import main

    return main


if __name__ == "__main__":
    run()

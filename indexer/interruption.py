"""Ctrl-C, from the first import to the last byte: one sentence and one exit code.

It is light, as it has to be at work before anything else is imported.
"""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

EXIT_CODE: Final = 130
"""The exit code of a program that was interrupted, as shells have it."""

SENTENCE: Final = "Interrupted; run the command again to finish it."

_AGAIN_SECONDS: Final = 1.0


class _Interruption:
    """Whether Ctrl-C was pressed, and when last."""

    def __init__(self) -> None:
        self.at: float | None = None

    def raise_once(self, _: int, __: FrameType | None) -> None:
        """Raise `KeyboardInterrupt`, but not into the cleaning up after one that just came."""
        now = time.monotonic()
        if self.at is not None and now - self.at < _AGAIN_SECONDS:
            return
        self.at = now
        raise KeyboardInterrupt


_interruption: Final = _Interruption()


def was_interrupted() -> bool:
    """Whether Ctrl-C was pressed, also where SQLite made another error of it."""
    return _interruption.at is not None


def run(load: Callable[[], Callable[[], object]]) -> NoReturn:
    """Run as a program what `load` imports and gives."""
    signal.signal(signal.SIGINT, _interruption.raise_once)
    try:
        load()()
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{SENTENCE}\n")
        sys.exit(EXIT_CODE)
    finally:
        # What is left is the end of the interpreter, which would show a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(0)

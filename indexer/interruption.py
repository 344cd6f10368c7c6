"""Ctrl-C ends the program with one sentence and one exit code, from the first import on.

This module imports little, because it has to work before anything else is imported.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

EXIT_CODE: Final = 130
"""The exit code of an interrupted program, as shells have it."""

SENTENCE: Final = "Interrupted; run the command again to finish it."

_AGAIN_SECONDS: Final = 1.0


class _Interruption:
    """Whether someone pressed Ctrl-C, and when last."""

    def __init__(self) -> None:
        self.at: float | None = None

    def raise_once(self, _: int, __: FrameType | None) -> None:
        """Raise `KeyboardInterrupt`, unless the program is cleaning up after one just now."""
        now = time.monotonic()
        if self.at is not None and now - self.at < _AGAIN_SECONDS:
            return
        self.at = now
        raise KeyboardInterrupt


_interruption: Final = _Interruption()


def was_interrupted() -> bool:
    """Whether someone pressed Ctrl-C, also where SQLite made another error of it."""
    return _interruption.at is not None


def run(load: Callable[[], Callable[[], object]]) -> NoReturn:
    """Run what `load` imports and returns, as a program."""
    signal.signal(signal.SIGINT, _interruption.raise_once)
    code: str | int | None = 0
    try:
        load()()
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{SENTENCE}\n")
        code = EXIT_CODE
    except SystemExit as ended:
        code = ended.code
    finally:
        # Only the end of the interpreter is left, and Ctrl-C would show a traceback there.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _leave(code)


def _leave(code: str | int | None) -> NoReturn:
    """End the program with `code`.

    A program of one thread ends at once: to free every object of the interpreter takes longer than
    a short command should. A program with threads, such as the server, ends as Python ends it.
    """
    if isinstance(code, str) or _has_threads():
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except (OSError, ValueError):
                sys.exit(code)
    atexit._run_exitfuncs()
    os._exit(code or 0)


def _has_threads() -> bool:
    threading = sys.modules.get("threading")
    return threading is not None and threading.active_count() > 1

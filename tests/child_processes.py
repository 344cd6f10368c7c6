"""Programs that end with the test run that started them, even when that one is killed."""

from __future__ import annotations

import shutil


def ended_with_us(*words: str, by: str = "KILL") -> list[str]:
    """The command `words`, to be started by this thread, that the kernel ends after this process.

    `by` is the signal that it gets. Where setpriv(1) is missing the command is left as it is.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", by, "--", *words] if setpriv else list(words)

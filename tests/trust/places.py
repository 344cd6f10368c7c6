"""Folders in memory, where there is such a place: what is written there costs no disk."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder that is gone at the end."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="dockidx-", dir=memory) as folder:
        yield Path(folder).resolve()

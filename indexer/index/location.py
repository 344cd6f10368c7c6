"""Where the index is when nobody says."""

import os
from collections.abc import Mapping
from typing import Final

_SYSTEM: Final = "/var/lib/dockidx/index.db"


def default_path(environment: Mapping[str, str], *, is_root: bool) -> str:
    """`$DOCKIDX_DB`, else a place of the system for root and of the user for everyone else."""
    named = environment.get("DOCKIDX_DB")
    if named:
        return named
    if is_root:
        return _SYSTEM
    home = environment.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(home, "dockidx", "index.db")

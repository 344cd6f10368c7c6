"""Where the containerd of a host keeps its root (containerd `cmd/containerd/server/config`)."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from indexer.docker.system_tree import SystemTree

_CONFIG: Final = "/etc/containerd/config.toml"
DEFAULT_ROOT: Final = "/var/lib/containerd"
"""Where it is where nothing says otherwise."""


def containerd_root(tree: SystemTree) -> str:
    """The path of the system's containerd root, as it is opened from here.

    It is what `root` in config.toml says, or else the default; a file that is no TOML is noted.
    """
    data = tree.read(_CONFIG)
    try:
        settings = {} if data is None else tomllib.loads(data.decode("utf-8", "replace"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        tree.note_at(
            _CONFIG, f"is no TOML ({error}); {DEFAULT_ROOT} is taken for containerd's root"
        )
        settings = {}
    root = settings.get("root")
    return tree.here(root if isinstance(root, str) and root.startswith("/") else DEFAULT_ROOT)

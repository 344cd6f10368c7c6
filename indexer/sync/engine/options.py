"""What a sync works on and what it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from indexer.docker.containerd.place import Search
    from indexer.docker.files.folder import Folder
    from indexer.docker.root.layout import Layout
    from indexer.sync.engine.identity import HostIdentity


class Options(NamedTuple):
    """What a sync was told.

    The host, whether to keep values of `Env`, whether to measure, and whether no engine runs.
    `links_below` is the folder that is `/` for links directly under a root, None where none is to
    be followed. `root_paths` are the paths of all roots that it reads.
    """

    host: HostIdentity
    env_values: bool
    disk_use: bool
    offline: bool
    version: str
    links_below: str | None = None
    root_paths: tuple[str, ...] = ()


class OpenRoot(NamedTuple):
    """An open Docker root, the path it was opened from as text, its layout and its containerd."""

    folder: Folder
    path: str
    layout: Layout
    containerd: Search

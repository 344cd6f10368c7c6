"""The input of a sync: the options of the user, and the Docker roots that were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from indexer.docker.containerd.place import Search
    from indexer.docker.files.folder import Folder
    from indexer.docker.root.layout import Layout
    from indexer.sync.engine.identity import HostIdentity


class Options(NamedTuple):
    """The options of one sync.

    `env_values` stores the values of environment variables and volume options. `disk_use` measures
    directories. `offline` states that no engine runs on the roots. `root_paths` are the paths of
    all roots of the sync.
    """

    host: HostIdentity
    env_values: bool
    disk_use: bool
    offline: bool
    version: str
    root_paths: tuple[str, ...] = ()


class OpenRoot(NamedTuple):
    """An open Docker root, the path it was opened from as text, its layout and its containerd.

    `links_below` is the folder that stands for `/` in links directly under the root. It is None if
    no such link is followed.
    """

    folder: Folder
    path: str
    layout: Layout
    containerd: Search
    links_below: str | None = None

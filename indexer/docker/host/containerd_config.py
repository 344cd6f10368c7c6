"""Finds the containerd root of a host from containerd's options and configuration files.

Source: containerd `cmd/containerd/command/main.go`, `cmd/containerd/server/config` (`LoadConfig`,
`resolveImports`), `defaults/defaults_unix.go`.
"""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from indexer.docker.files.folder import UnreadableError, printable
from indexer.docker.host.systemd_unit import read_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from indexer.docker.files.system_tree import SystemTree
    from indexer.docker.host.systemd_unit import Command

_UNIT: Final = "containerd.service"
_CONFIG: Final = "/etc/containerd/config.toml"
_DROP_INS: Final = "/etc/containerd/conf.d/*.toml"
_MOST_FILES: Final = 200
_WILDCARD: Final = re.compile(r"[*?\[]")
_ENGINES_OWN: Final = "/containerd/daemon"
DEFAULT_ROOT: Final = "/var/lib/containerd"
"""The root of a containerd that is not configured otherwise."""


class ContainerdSetting(NamedTuple):
    """A directory that the system's containerd may have as its root; it need not exist.

    `path` is the directory on this machine with all links resolved. `named` is the same directory
    as the configuration names it. `reason` says where it is named, with paths of that system.
    """

    path: str
    named: str
    reason: str


def containerd_settings(
    tree: SystemTree, running: Iterable[Command]
) -> tuple[ContainerdSetting, ...]:
    """The possible containerd roots of the system, most likely first and the default last.

    The order is: the running commands `running`, `containerd.service`, config.toml with the files
    that it imports. Without config.toml, the files in conf.d are read. No containerd reads them on
    its own, but from 2.2 on the configuration that it prints imports all of them. What cannot be
    read is noted in `tree`; nothing is raised.
    """
    settings: dict[str, ContainerdSetting] = {}
    for path, reason in _named(tree, running):
        setting = _resolved(tree, path, reason)
        # An engine that runs a containerd of its own keeps it in the Docker root.
        if setting is not None and not setting.path.endswith(_ENGINES_OWN):
            settings.setdefault(setting.path, setting)
    return tuple(settings.values())


def _named(tree: SystemTree, running: Iterable[Command]) -> Iterator[tuple[str, str]]:
    for words, source in (*running, *read_commands(tree, _UNIT)):
        options = _options(words)
        root = options.get("root", "")
        if root.startswith("/"):
            yield root, f"--root in {source}"
        config = options.get("config", options.get("c", ""))
        if config.startswith("/"):
            yield from _of_config(tree, [config])
    yield from _of_config(tree, [_CONFIG] if _exists(tree, _CONFIG) else _matches(tree, _DROP_INS))
    yield DEFAULT_ROOT, "default of containerd"


def _resolved(tree: SystemTree, path: str, reason: str) -> ContainerdSetting | None:
    try:
        resolved = tree.resolve(path)
    except UnreadableError as error:
        tree.note_unreadable(
            path, error, f"whether containerd has its root there is not known ({reason})"
        )
        return None
    return ContainerdSetting(tree.here(resolved), tree.here(path), printable(reason))


def _options(words: Sequence[str]) -> dict[str, str]:
    """The options of a command line, by name without dashes; a repeated option has its last value.

    The word after an option counts as its value, so that an option without value has a wrong one.
    No such option is asked for.
    """
    options: dict[str, str] = {}
    for position, word in enumerate(words):
        if word.startswith("-"):
            name, equals, value = word.lstrip("-").partition("=")
            following = words[position + 1] if position + 1 < len(words) else ""
            options[name] = value if equals else following
    return options


def _of_config(tree: SystemTree, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The root that `files` and their imports set, and where; none if they set none.

    Imports are read after the file that names them and override it (`LoadConfig`).
    """
    pending, read, last = list(files), set[str](), None
    while pending and len(read) < _MOST_FILES:
        path = pending.pop(0)
        if path in read:
            continue
        read.add(path)
        settings = _settings(tree, path)
        root, imports = settings.get("root"), settings.get("imports")
        if isinstance(root, str) and root.startswith("/"):
            last = root, f"root in {path}"
        for name in imports if isinstance(imports, list) else ():
            if isinstance(name, str):
                pending += _matches(tree, os.path.join(os.path.dirname(path), name))
    if last is not None:
        yield last


def _settings(tree: SystemTree, path: str) -> dict[str, Any]:
    data = tree.read(path)
    try:
        return {} if data is None else tomllib.loads(data.decode("utf-8", "replace"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        tree.note_at(path, f"is not TOML ({error}); whether it sets containerd's root is not known")
        return {}


def _matches(tree: SystemTree, pattern: str) -> list[str]:
    """The paths that match `pattern`, sorted; a pattern without wildcard matches itself."""
    paths = [""]
    for part in os.path.normpath(pattern).split("/")[1:]:
        if _WILDCARD.search(part):
            paths = [
                f"{folder}/{name}"
                for folder in paths
                for name in fnmatch.filter(tree.names(folder or "/"), part)
            ]
        else:
            paths = [f"{folder}/{part}" for folder in paths]
    return paths


def _exists(tree: SystemTree, path: str) -> bool:
    return os.path.basename(path) in tree.names(os.path.dirname(path))

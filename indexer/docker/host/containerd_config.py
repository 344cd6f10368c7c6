"""Where the containerd of a host keeps its root, by its options and configuration.

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
"""Where it is where nothing says otherwise."""


class ContainerdSetting(NamedTuple):
    """A place that a host has for its containerd, whether it is there or not.

    `path` is as to be opened from here, without links below the system's root; `named` is the same
    place with its links. `reason` says what names it, with paths as that system sees them.
    """

    path: str
    named: str
    reason: str


def containerd_settings(
    tree: SystemTree, running: Iterable[Command]
) -> tuple[ContainerdSetting, ...]:
    """The places of the system's containerd root, the likeliest in use first, the default last.

    First what the commands `running` say, then `containerd.service`, then config.toml with the
    files that it imports. Where there is no config.toml, the files in conf.d are asked: of these a
    containerd reads none, but from 2.2 on the configuration that it prints imports them all.
    """
    found: dict[str, ContainerdSetting] = {}
    for path, reason in _named(tree, running):
        setting = _resolved(tree, path, reason)
        # An engine that runs a containerd of its own keeps it in the Docker root.
        if setting is not None and not setting.path.endswith(_ENGINES_OWN):
            found.setdefault(setting.path, setting)
    return tuple(found.values())


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
            path, error, f"whether containerd's root is there is not known ({reason})"
        )
        return None
    return ContainerdSetting(tree.here(resolved), tree.here(path), printable(reason))


def _options(words: Sequence[str]) -> dict[str, str]:
    """The options in the words of a command, by name without dashes; of a repeated one the last."""
    found: dict[str, str] = {}
    for position, word in enumerate(words):
        if word.startswith("-"):
            name, equals, value = word.lstrip("-").partition("=")
            following = words[position + 1] if position + 1 < len(words) else ""
            found[name] = value if equals else following
    return found


def _of_config(tree: SystemTree, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The root that `files` with all that they import set; of several the last one read counts."""
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
        tree.note_at(path, f"is no TOML ({error}); a root of containerd it may name is not known")
        return {}


def _matches(tree: SystemTree, pattern: str) -> list[str]:
    """The paths that `pattern` stands for, sorted; itself where it has no wildcard."""
    found = [""]
    for part in os.path.normpath(pattern).split("/")[1:]:
        if _WILDCARD.search(part):
            found = [
                f"{folder}/{name}"
                for folder in found
                for name in fnmatch.filter(tree.names(folder or "/"), part)
            ]
        else:
            found = [f"{folder}/{part}" for folder in found]
    return found


def _exists(tree: SystemTree, path: str) -> bool:
    return os.path.basename(path) in tree.names(os.path.dirname(path))

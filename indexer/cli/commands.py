"""The commands by name, each imported when someone asks for it.

Importing every command takes longer than most commands run.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, MutableMapping
from typing import Final

import click

SHORT_HELPS: Final = {
    "changes": "Show what changed from one sync to the next, newest first",
    "check": "Show what is wrong on the disk, and fail where something is unusable",
    "diff": "Show how two hosts of an index differ, or its state at two times",
    "merge": "Join index files of many hosts into one",
    "query": "Run a canned query, or list them all",
    "roots": "Show the Docker roots of this host and their containerd",
    "serve": "Browse an index with Datasette, read-only",
    "sql": "Run any SQL that only reads",
    "sync": "Bring the index up to date with the disk",
    "trace": "Say what any ID, name or path is",
}
"""Each command and the first sentence of its help text, so that `--help` imports none of them."""


class Commands(MutableMapping[str, click.Command]):
    """The commands. The module `indexer.cli.NAME` has the command NAME."""

    def __init__(self) -> None:
        """Start with no command imported."""
        self._added: dict[str, click.Command] = {}
        self._names = dict.fromkeys(SHORT_HELPS)

    def __getitem__(self, name: str) -> click.Command:
        """Import the command `name`."""
        if name in self._added:
            return self._added[name]
        if name not in self._names:
            raise KeyError(name)
        command: click.Command = getattr(importlib.import_module(f"indexer.cli.{name}"), name)
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        """Add a command that is there already."""
        self._added[name] = command
        self._names[name] = None

    def __delitem__(self, name: str) -> None:
        """Leave the command `name` out."""
        del self._names[name]
        self._added.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._names)

    def __len__(self) -> int:
        """The number of commands."""
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        """Whether there is a command `name`, without importing it."""
        return name in self._names

"""Temporaries that engines leave beside the files that they were to replace.

Source: moby `pkg/ioutils/fswriters.go` (`.tmp-<name><digits>` from 1.12 on, `<name>.tmp` before).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import temporary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from indexer.docker.files.folder import Folder
    from indexer.docker.rules.finding import Finding

_DEEP: Final = ("containers", "volumes")


def scan_temporaries(root: Folder, drivers: Iterable[str]) -> tuple[Finding, ...]:
    """Temporaries in the root, in the stores of `drivers`, and in containers and volumes."""
    found = [*_in_folder(root, "root")]
    for driver in drivers:
        found += _below(root, ("image", driver), "repositories")
    for name in _DEEP:
        found += _in_each(root, name)
    return tuple(found)


def _below(root: Folder, names: tuple[str, ...], kind: str) -> list[Finding]:
    try:
        with root.descend(*names) as folder:
            return list(_in_folder(folder, kind))
    except (GoneError, UnreadableError):
        # The readers of what is in it say why.
        return []


def _in_each(root: Folder, name: str) -> list[Finding]:
    """Temporaries in each folder below the folder `name`."""
    try:
        with root.folder(name) as folder:
            names = sorted(key for key, kind in folder.kinds().items() if kind == "folder")
            return [it for each in names for it in _below(folder, (each,), name.removesuffix("s"))]
    except (GoneError, UnreadableError):
        return []


def _in_folder(folder: Folder, kind: str) -> Iterator[Finding]:
    for name, entry_kind in sorted(folder.kinds().items()):
        if entry_kind == "file" and (found := temporary(folder, name, kind)) is not None:
            yield found

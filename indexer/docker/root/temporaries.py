"""Finds temporary files that an interrupted engine left beside the files they should replace.

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
    """Findings for temporary files in the root, the stores of `drivers`, containers and volumes.

    Those beside image configs and registry metadata are found by the readers of these folders.
    """
    findings = [*_in_folder(root, "root")]
    for driver in drivers:
        findings += _below(root, ("image", driver), "repositories")
    for name in _DEEP:
        findings += _in_each(root, name)
    return tuple(findings)


def _below(root: Folder, names: tuple[str, ...], kind: str) -> list[Finding]:
    try:
        with root.descend(*names) as folder:
            return list(_in_folder(folder, kind))
    except (GoneError, UnreadableError):
        # The reader of this folder reports it.
        return []


def _in_each(root: Folder, name: str) -> list[Finding]:
    """Findings for temporary files in each folder of the folder `name`."""
    try:
        with root.folder(name) as folder:
            names = sorted(key for key, kind in folder.kinds().items() if kind == "folder")
            return [it for each in names for it in _below(folder, (each,), name.removesuffix("s"))]
    except (GoneError, UnreadableError):
        return []


def _in_folder(folder: Folder, kind: str) -> Iterator[Finding]:
    for name, entry_kind in sorted(folder.kinds().items()):
        if entry_kind == "file" and (finding := temporary(folder, name, kind)) is not None:
            yield finding

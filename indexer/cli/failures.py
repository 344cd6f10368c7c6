"""The exit code of each error. It is imported only when a command has failed."""

from __future__ import annotations

from typing import Final

from indexer.cli.output import OutputError
from indexer.docker.disk_usage.workers import MeasuringError
from indexer.docker.root.layout import AccessError, LayoutError
from indexer.fleet.errors import MergeConflictError
from indexer.index.errors import IndexBusyError, IndexDeniedError, IndexFileError, IndexWriteError
from indexer.queries.catalogue import UnknownQueryError
from indexer.queries.names import UnknownNameError

_EXIT_CODES: Final[tuple[tuple[type[Exception], int], ...]] = (
    (LayoutError, 3),
    (AccessError, 4),
    (IndexBusyError, 5),
    (IndexWriteError, 1),
    (MeasuringError, 1),
    (OutputError, 1),
    (IndexDeniedError, 2),
    (IndexFileError, 2),
    (UnknownQueryError, 2),
    (UnknownNameError, 1),
    (MergeConflictError, 2),
)


def exit_code(error: Exception) -> int | None:
    """The exit code of `error`; None where it is a fault of dockidx itself."""
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), None)

"""The error of a merge."""

from indexer.errors import DockidxError


class MergeConflictError(DockidxError):
    """Two machines have the same host name. The message names the host and the remedy."""

    exit_code = 2

"""What can keep indexes from being joined."""

from indexer.errors import DockidxError


class MergeConflictError(DockidxError):
    """Two machines go by the same name; the message says which and what to do."""

    exit_code = 2

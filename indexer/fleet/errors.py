"""The error of a merge."""


class MergeConflictError(Exception):
    """Two machines have the same host name. The message names the host and the remedy."""

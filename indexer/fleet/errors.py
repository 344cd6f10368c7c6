"""What can keep indexes from being joined."""


class MergeConflictError(Exception):
    """Two machines go by the same name; the message says which and what to do."""

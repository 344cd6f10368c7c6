"""Why something in a Docker root is not read: it is not there, or it is there and cannot be."""

from __future__ import annotations

import errno

from indexer.docker.files.entries import GONE, NO_FILE


class GoneError(Exception):
    """The path is not there: an absent optional part, or a race with a running engine."""


class UnreadableError(Exception):
    """The path is there and cannot be read, or holds what cannot be used.

    `rule` is the integrity rule it breaks (S1, U1 or U2, or one about what is in it); the message
    is the reason, to be put after the path.
    """

    def __init__(self, rule: str, reason: str) -> None:
        """Take the rule id and the reason."""
        super().__init__(reason)
        self.rule = rule


def require_file(kind: str) -> None:
    """Raise `UnreadableError` unless `kind` is `file`."""
    if kind != "file":
        raise UnreadableError("S1", NO_FILE[kind])


def require_folder(kind: str) -> None:
    """Raise `UnreadableError` unless `kind` is `folder`."""
    if kind != "folder":
        raise UnreadableError("S1", NO_FILE["link"] if kind == "link" else "is not a folder")


def reader_error(error: OSError) -> GoneError | UnreadableError:
    """The error to raise in the place of `error`."""
    if error.errno in GONE:
        return GoneError(error.strerror or "gone")
    if error.errno in (errno.EACCES, errno.EPERM):
        return UnreadableError("U1", "cannot be read: permission denied")
    if error.errno == errno.ELOOP:
        return UnreadableError("S1", NO_FILE["link"])
    return UnreadableError("U2", f"cannot be read: {error.strerror}")

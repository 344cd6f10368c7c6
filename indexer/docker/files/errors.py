"""Why something in a Docker root is not read: it is missing, or it exists and cannot be read.

The two are kept apart everywhere, because a missing part is empty and an unreadable one is unknown.
"""

from __future__ import annotations

import errno

from indexer.docker.files.entries import GONE, NO_FILE


class GoneError(Exception):
    """The path does not exist: an optional part, or something that a running engine removed."""


class UnreadableError(Exception):
    """The path exists and cannot be read, or what it holds cannot be used.

    `rule` is the integrity rule that this breaks: S1, U1, U2, or one about the contents. The
    message is the reason, to be put after the path.
    """

    def __init__(self, rule: str, reason: str) -> None:
        """Take the rule ID and the reason."""
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
    """The error to raise instead of `error`: `GoneError`, or `UnreadableError` with its rule."""
    # A missing part of the path means that the path is missing, also if an engine removes its
    # folder at this moment (ENOTDIR, ESTALE).
    if error.errno in GONE:
        return GoneError(error.strerror or "gone")
    if error.errno in (errno.EACCES, errno.EPERM):
        return UnreadableError("U1", "cannot be read: permission denied")
    # O_NOFOLLOW on a link fails with ELOOP.
    if error.errno == errno.ELOOP:
        return UnreadableError("S1", NO_FILE["link"])
    return UnreadableError("U2", f"cannot be read: {error.strerror}")

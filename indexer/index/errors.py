"""What can be wrong with an index; each message is a sentence that says what to do next."""

from indexer.errors import DockidxError


class IndexFileError(DockidxError):
    """The file is not an index of ours, is damaged, or cannot be opened."""

    exit_code = 2


class IndexMissingError(IndexFileError):
    """There is no index at the place."""


class IndexVersionError(IndexFileError):
    """The index is newer or older than this program can use."""


class SqliteVersionError(IndexFileError):
    """The SQLite of this Python is too old, whatever the file is."""


class IndexBusyError(DockidxError):
    """Another sync or merge holds the index."""

    exit_code = 5


class IndexDeniedError(DockidxError):
    """This process may not read or write the index."""

    exit_code = 2


class IndexWriteError(DockidxError):
    """The disk is full or fails while the index is written, which is left as it was."""

"""What can be wrong with an index; each message is a sentence that says what to do next."""


class IndexFileError(Exception):
    """The file is not an index of ours, is damaged, or cannot be opened."""


class IndexMissingError(IndexFileError):
    """There is no index at the place."""


class IndexVersionError(IndexFileError):
    """The index is newer or older than this program can use."""


class SqliteVersionError(IndexFileError):
    """The SQLite of this Python is too old, whatever the file is."""


class IndexBusyError(Exception):
    """Another sync or merge holds the index."""


class IndexDeniedError(Exception):
    """This process may not read or write the index."""


class IndexWriteError(Exception):
    """The disk is full or fails while the index is written, which is left as it was."""

"""Opens a SQLite index file for reading or writing, and tells it from other databases."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from indexer.index.errors import (
    IndexBusyError,
    IndexDeniedError,
    IndexFileError,
    IndexMissingError,
    IndexWriteError,
)
from indexer.index.location import elsewhere_sentence
from indexer.index.place import (
    another_file,
    create_file,
    missing_folders,
    remove_empty,
    remove_file,
    require_file,
)
from indexer.index.sqlite_connection import SqliteConnection
from indexer.index.sqlite_version import require_version

if TYPE_CHECKING:
    from collections.abc import Iterator

APPLICATION_ID: Final = 0x444B4958
"""`PRAGMA application_id` of our files: DKIX."""

_PAGE_BYTES: Final = 8192
_CACHE_KIB: Final = 16 << 10
_BUSY_SECONDS: Final = 1.0
_DENIED: Final = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)


@contextmanager
def created_file(path: str, option: str | None = "--db") -> Iterator[None]:
    """Create the file as `create_file` does; if the body fails, remove it unless it has rows."""
    require_version()
    folders = missing_folders(path)
    is_new = not os.path.lexists(path)
    try:
        create_file(path, option)
        yield
    except BaseException:
        if is_new:
            _remove_unused(path)
        remove_empty(folders)
        raise


@contextmanager
def writing_connection(path: str) -> Iterator[SqliteConnection]:
    """Open the index file at `path` for writing.

    The journal is a write-ahead log, so that readers see the previous state until the commit. Only
    an empty file gets a rollback journal, which writes every page once instead of twice.
    """
    require_version()
    with closing(SqliteConnection(_connect(path, "rw"))) as connection:
        yield connection


def end_first_filling(connection: SqliteConnection) -> None:
    """Switch an index to the write-ahead log after its first rows; see `writing_connection`."""
    _prefer_wal(connection.driver)


@contextmanager
def reading_connection(path: str, option: str | None = "--db") -> Iterator[SqliteConnection]:
    """Open the index file at `path`, which the option `option` names, for reading only.

    Raises `IndexMissingError`, `IndexDeniedError` and `IndexFileError`.
    """
    require_version()
    if not require_file(path, option):
        other = another_file(option) if option is None else f"give {option}"
        elsewhere = elsewhere_sentence(path)
        raise IndexMissingError(
            f"There is no index at {path}; run `dockidx sync` or {other}.{elsewhere}"
        )
    if not os.access(path, os.R_OK):
        raise IndexDeniedError(f"{path} cannot be read: permission denied; run with sudo.")
    with sentences(path, option), closing(SqliteConnection(_reader(path))) as connection:
        check_ours(connection, path, option)
        yield connection


def check_ours(connection: SqliteConnection, path: str, option: str | None = "--db") -> bool:
    """Return False for an empty file. Raises `IndexFileError` for another program's database."""
    with sentences(path, option):
        tables = connection.value("SELECT COUNT(*) FROM sqlite_schema")
        identity = connection.value("PRAGMA application_id")
    if tables and identity != APPLICATION_ID:
        raise IndexFileError(
            f"{path} is a SQLite database of another program; {another_file(option)}."
        )
    return bool(tables)


@contextmanager
def sentences(path: str, option: str | None = "--db") -> Iterator[None]:
    """Translate errors of SQLite about the file at `path`, which `option` names, into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _translated(path, error, option) from error


def _translated(path: str, error: sqlite3.DatabaseError, option: str | None) -> Exception:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexBusyError(f"Another sync holds {path}; wait for it to end and try again.")
    if primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return IndexFileError(
            f"{path} is not an index or is damaged; move it away and run `dockidx sync` again."
        )
    if primary == sqlite3.SQLITE_FULL:
        return IndexWriteError(
            f"The disk is full while writing {path}; the index is as it was. "
            f"Make room or {another_file(option)}."
        )
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return IndexWriteError(
            f"The disk is full beside {path}, where even reading it takes 32 KiB; the index is as "
            "it was. Make room."
        )
    if code == sqlite3.SQLITE_READONLY_DBMOVED:
        return IndexBusyError(f"{path} was taken away meanwhile; try again.")
    if primary == sqlite3.SQLITE_IOERR:
        return IndexWriteError(f"Writing {path} failed: {error}; the index is as it was.")
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        # Only the first sync into a file uses a rollback journal; see `writing_connection`.
        return IndexMissingError(
            f"The first sync into {path} was cut short, so that it holds nothing; "
            "run `dockidx sync` again."
        )
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return IndexDeniedError(f"{path} cannot be opened: {error}; run with sudo.")
    return error


def _connect(path: str, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(os.path.abspath(path)))}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=_BUSY_SECONDS,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if mode == "rw":
            _prepare_writing(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _prepare_writing(connection: sqlite3.Connection) -> None:
    if _identity(connection) == APPLICATION_ID and _holds_rows(connection):
        _prefer_wal(connection)
    # This has an effect on an empty file only.
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute("PRAGMA synchronous = NORMAL")
    # SQLite keeps a statement journal for each statement that may have to be undone. In memory it
    # costs no file.
    connection.execute("PRAGMA temp_store = MEMORY")
    # A secret that this sync masks must not stay readable in a free page of the file.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def _prefer_wal(connection: sqlite3.Connection) -> None:
    # This fails while somebody reads an index without a write-ahead log. That is harmless: the next
    # sync tries again.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")


def _identity(connection: sqlite3.Connection) -> int:
    """The `application_id` of the file: 0 if it is empty, any number for another program's."""
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


def _holds_rows(connection: sqlite3.Connection) -> bool:
    """Whether a sync ever wrote rows into the index; False if the file is damaged."""
    try:
        return connection.execute("SELECT 1 FROM hosts").fetchone() is not None
    except sqlite3.DatabaseError:
        return False


def _remove_unused(path: str) -> None:
    """Remove an index file, unless another sync has written rows into it or is writing now."""
    with suppress(sqlite3.Error), closing(_connect(path, "rw")) as connection:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("BEGIN EXCLUSIVE")
        if not _holds_rows(connection):
            remove_file(path)


def _reader(path: str) -> sqlite3.Connection:
    connection = _connect(path, _reading_mode(path))
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.set_authorizer(_authorize)
    return connection


def _reading_mode(path: str) -> str:
    """Return `ro`, with `immutable` if the folder is read-only.

    With a write-ahead log even a reader creates a file in the folder, unless it is `immutable`.
    """
    if os.access(os.path.dirname(os.path.abspath(path)), os.W_OK) or os.path.exists(f"{path}-wal"):
        return "ro"
    return "ro&immutable=1"


def _authorize(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if action in _DENIED else sqlite3.SQLITE_OK

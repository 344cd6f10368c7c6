"""The place of an index file: what lies there, and making the file where nothing does."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from indexer.index.errors import IndexDeniedError, IndexFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

_BESIDE: Final = ("", "-journal", "-wal", "-shm")
"""What SQLite adds to the name of a file for those that it lays beside."""


def another_file(option: str | None) -> str:
    """What to do where a file is of no use; `option` is how the command takes one, if by any."""
    return f"name another file with {option}" if option else "name another file"


def require_file(path: str, option: str | None = "--db") -> bool:
    """Whether there is a file at `path`, which `option` names on the command line.

    Raises `IndexDeniedError` where that may not be looked up, and `IndexFileError` where there is
    something else than a regular file.
    """
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError as error:
        raise IndexDeniedError(
            f"{path} cannot be looked up: permission denied; run with sudo."
        ) from error
    except OSError as error:
        raise IndexFileError(
            f"{path} cannot be looked up: {error.strerror}; {another_file(option)}."
        ) from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise IndexFileError(f"{path} is {kind}; {another_file(option)}.")
    return True


def create_file(path: str, option: str | None = "--db") -> bool:
    """Make an empty index file for the owner alone, unless there is one; whether there was none.

    Raises `IndexDeniedError` and `IndexFileError`.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        is_there = require_file(path, option)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return not is_there
    except (PermissionError, IndexDeniedError) as error:
        raise IndexDeniedError(
            f"{path} cannot be written; run with sudo or {another_file(option)}."
        ) from error
    except OSError as error:
        raise IndexFileError(
            f"{path} cannot be created: {error.strerror}; {another_file(option)}."
        ) from error


def remove_file(path: str) -> None:
    """Remove an index file with what SQLite laid beside it."""
    for ending in _BESIDE:
        with suppress(OSError):
            os.unlink(f"{path}{ending}")


def remove_empty(folders: Iterable[str]) -> None:
    """Remove those of `folders`, the lowest first, that hold nothing."""
    for folder in folders:
        with suppress(OSError):
            os.rmdir(folder)


def missing_folders(path: str) -> tuple[str, ...]:
    """The folders above `path` that are not there, the lowest first."""
    missing: list[str] = []
    place = os.path.dirname(os.path.abspath(path))
    while not os.path.lexists(place):
        missing.append(place)
        place = os.path.dirname(place)
    return tuple(missing)

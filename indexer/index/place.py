"""Checks what is at the path of an index file, creates the file and removes it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from indexer.index.errors import IndexDeniedError, IndexFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SUFFIXES: Final = ("", "-journal", "-wal", "-shm")
"""The suffixes of an index file and of the files that SQLite creates beside it."""


def another_file(option: str | None) -> str:
    """Return the advice to name another file, with the `option` that takes it, if there is one."""
    return f"name another file with {option}" if option else "name another file"


def require_file(path: str, option: str | None = "--db") -> bool:
    """Return whether there is a file at `path`, which the option `option` names.

    Raises `IndexDeniedError` if the permission to look is missing, and `IndexFileError` if there is
    something other than a regular file.
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
    """Create an empty index file that only its owner can read; return False if there was one.

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
    """Remove an index file and the files that SQLite created beside it."""
    for ending in _SUFFIXES:
        with suppress(OSError):
            os.unlink(f"{path}{ending}")


def remove_empty(folders: Iterable[str]) -> None:
    """Remove those of `folders`, the lowest first, that are empty."""
    for folder in folders:
        with suppress(OSError):
            os.rmdir(folder)


def missing_folders(path: str) -> tuple[str, ...]:
    """Return the folders above `path` that do not exist, the lowest first."""
    missing: list[str] = []
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return tuple(missing)

"""The file that `-o` names: whole once the command is done, and absent where the command failed."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

import click

from indexer.cli.printing.formats import writing

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def output_file(path: str) -> Iterator[TextIO]:
    """The file at `path`, open for writing.

    The rows go to a file beside it, which takes its place at the end of the body, so that an
    interrupted command leaves neither. A new file is readable for its owner alone, because an
    index can hold secrets; an old file keeps its rights. A device or pipe is written as it is.
    Raises `click.BadParameter` where no file can be there, and `OutputError`.
    """
    real = os.path.realpath(path)
    mode = _mode(path, real)
    if mode is not None and not stat.S_ISREG(mode):
        with _opened(path, real) as out, writing():
            yield out
            out.flush()
        return
    out, beside = _beside(path, real)
    try:
        with out, writing():
            yield out
            out.flush()
            if mode is not None:
                os.fchmod(out.fileno(), stat.S_IMODE(mode))
            os.replace(beside, real)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _mode(path: str, real: str) -> int | None:
    """The mode of what is at `real`, and None where nothing is."""
    try:
        mode = os.stat(real).st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, error) from error
    if stat.S_ISDIR(mode):
        raise click.BadParameter(f"{path} is a folder; name a file.", param_hint="-o")
    return mode


def _opened(path: str, real: str) -> TextIO:
    try:
        return open(real, "w", encoding="utf-8", newline="", errors="backslashreplace")
    except OSError as error:
        raise _refused(path, error) from error


def _beside(path: str, real: str) -> tuple[TextIO, str]:
    folder, name = os.path.split(real)
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)
    except OSError as error:
        raise _refused(path, error) from error
    return os.fdopen(handle, "w", encoding="utf-8", newline="", errors="backslashreplace"), beside


def _refused(path: str, error: OSError) -> click.BadParameter:
    reason = (error.strerror or str(error)).lower()
    return click.BadParameter(
        f"{path} cannot be written: {reason}; name another file.", param_hint="-o"
    )

"""The progress bar of commands that read a disk."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.scan import Tick


@contextmanager
def progress_bar(label: str, length: int) -> Iterator[Tick]:
    """Show a bar of `length` steps on standard error where that is a terminal; give its step."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(
        length=length, label=label, file=sys.stderr, update_min_steps=max(1, length // 200)
    ) as bar:
        yield bar.update

"""Ctrl-C: one sentence, exit code 130, and no file that was not there before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.rootbuilder import RootBuilder
from tests.sync.index_files import select

if TYPE_CHECKING:
    from pathlib import Path

_SENTENCE = "Interrupted; run the command again to finish it."
# What Python does before our first line is not ours.
_RUN = "from indexer.__main__ import run; print('.', end='', flush=True); run()"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root whose sync takes a while."""
    built = RootBuilder(tmp_path_factory.mktemp("interrupted") / "docker")
    for number in range(60):
        built.image([f"layer {number}".encode()], tag=f"app:{number}")
    return built.path


def interrupted(words: list[str], seconds: float) -> tuple[int, str]:
    """Run a command, press Ctrl-C twice after `seconds`, and give its exit code and error text."""
    command = [sys.executable, "-c", _RUN, *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        return process.returncode, errors


@pytest.mark.parametrize("step", range(1, 7))
def test_a_sync_that_is_interrupted(root: Path, tmp_path: Path, step: int) -> None:
    """Whenever it is, in imports or in the last commit, the index is whole or not there."""
    index = tmp_path / "new" / "index.db"
    words = ["sync", "--root", str(root), "--host", "h", "--db", str(index)]
    code, errors = interrupted(words, 0.1 * step)
    if code == 0:
        assert select(index, "SELECT COUNT(*) FROM images") == [(60,)]
        return
    assert (code, errors.strip()) == (130, _SENTENCE)
    assert not index.parent.exists() or select(index, "SELECT COUNT(*) FROM images") == [(60,)]


def test_an_index_that_was_there(root: Path, tmp_path: Path) -> None:
    """Interrupting a later sync leaves the index as it was."""
    index = tmp_path / "index.db"
    words = ["sync", "--root", str(root), "--host", "h", "--db", str(index)]
    subprocess.run([sys.executable, "-c", _RUN, *words], check=True, capture_output=True)
    for step in (3, 6):
        interrupted(words, 0.1 * step)
        assert select(index, "SELECT COUNT(*) FROM images") == [(60,)]


def test_a_query_that_is_interrupted(root: Path, tmp_path: Path) -> None:
    """SQLite's own work ends too, and a reader of standard output sees no half sentence."""
    index = tmp_path / "index.db"
    words = ["sync", "--root", str(root), "--host", "h", "--db", str(index)]
    subprocess.run([sys.executable, "-c", _RUN, *words], check=True, capture_output=True)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
    code, errors = interrupted(["sql", endless, "--format", "ndjson", "--db", str(index)], 1.5)
    assert (code, errors.strip()) == (130, _SENTENCE)
    # SQLite itself keeps two files beside an index that is only read.
    assert set(os.listdir(tmp_path)) <= {"index.db", "index.db-shm", "index.db-wal"}

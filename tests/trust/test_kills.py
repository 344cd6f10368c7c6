"""A sync that is killed at any moment leaves the index of before or the one of after."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from indexer.cli import main
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import sync_roots
from tests.sync.operations import SETTLE_SECONDS
from tests.trust.states import fill

if TYPE_CHECKING:
    from pathlib import Path

EACH_COUNT = pytest.mark.parametrize("kills", [40, pytest.param(100, marks=pytest.mark.fuzz)])


def killed(folder: Path, kills: int, seed: int) -> dict[str, int]:
    """What came of so many killed syncs; every state but two is an error."""
    command = [sys.executable, "-m", "tests.trust.killing", str(folder), str(kills), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    result: dict[str, int] = json.loads(done.stdout)
    return result


@pytest.mark.timeout(600)
@EACH_COUNT
def test_syncs_of_what_changed(memory: Path, kills: int) -> None:
    """The file opens, is whole, and tells of the disk as it was at one of two syncs."""
    root = RootBuilder(memory / "docker")
    fill(root, "first")
    time.sleep(SETTLE_SECONDS)
    sync_roots(memory / "before.db", root.path)
    fill(root, "second")
    time.sleep(SETTLE_SECONDS)
    shutil.copyfile(memory / "before.db", memory / "after.db")
    sync_roots(memory / "after.db", root.path)
    result = killed(memory, kills, 1)
    assert result["killed"] == kills
    assert result["before"] > 0


@pytest.mark.timeout(600)
@EACH_COUNT
def test_first_syncs(memory: Path, kills: int) -> None:
    """There is no index, an empty one or a whole one."""
    root = RootBuilder(memory / "docker")
    fill(root, "first")
    sync_roots(memory / "after.db", root.path)
    result = killed(memory, kills, 2)
    assert result["killed"] == kills
    assert result["before"] > 0


def test_an_index_whose_first_sync_was_cut_short(tmp_path: Path) -> None:
    """Whoever reads it is told so, and the next sync fills it."""
    root = RootBuilder(tmp_path / "docker")
    fill(root, "first")
    with closing(sqlite3.connect(tmp_path / "torn.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE images AS SELECT zeroblob(1000000)")
        for end in ("", "-journal"):
            shutil.copyfile(tmp_path / f"torn.db{end}", tmp_path / f"index.db{end}")
    command = ["query", "images", "--db", str(tmp_path / "index.db")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2
    assert "index.db was cut short, so that it holds nothing; run `dockidx sync`" in done.stderr
    sync_roots(tmp_path / "index.db", root.path)
    assert CliRunner().invoke(main, command).exit_code == 0

"""`-o FILE`: the file is whole or not there."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import dockidx

if TYPE_CHECKING:
    from pathlib import Path

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"


@pytest.mark.parametrize("style", ["csv", "json", "table"])
def test_a_file_has_what_standard_output_would_have(
    index: Path, tmp_path: Path, style: str
) -> None:
    """Standard output stays empty; the new file is for its owner alone."""
    path = tmp_path / "out"
    words = ("query", "tags", "--format", style, "--db", index)
    done = dockidx(*words, "-o", path)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert path.read_bytes().decode().replace("\r\n", "\n") == dockidx(*words).out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["out"]


def test_an_old_file_keeps_its_rights_and_its_links(index: Path, tmp_path: Path) -> None:
    """A link to a file stays a link."""
    path, link = tmp_path / "out", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    assert dockidx("query", "tags", "-q", "-o", link, "--db", index).code == 0
    assert link.is_symlink()
    assert path.read_text() != "old"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("words", [["sql", "SELECT nothing"], ["query", "image-layers", "nothing"]])
def test_a_command_that_fails_leaves_the_old_file(
    index: Path, tmp_path: Path, words: list[str]
) -> None:
    """An error is no empty file."""
    path = tmp_path / "out"
    path.write_text("old")
    assert dockidx(*words, "-o", path, "--db", index).code != 0
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["missing/out", "file/out", "."])
def test_a_place_for_no_file(index: Path, tmp_path: Path, name: str) -> None:
    """The error names the option and the place."""
    (tmp_path / "file").write_text("x")
    done = dockidx("query", "tags", "-o", tmp_path / name, "--db", index)
    assert (done.code, done.out) == (2, "")
    assert "Invalid value for -o: " in done.err
    assert "name a" in done.err
    assert os.listdir(tmp_path) == ["file"]


def test_a_device_is_written_as_it_is(index: Path) -> None:
    """Nothing takes the place of a device."""
    assert dockidx("query", "tags", "-o", "/dev/null", "--db", index).code == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_an_interrupted_command_leaves_no_file(index: Path, tmp_path: Path) -> None:
    """Neither the file nor the part that was written is there."""
    words = ["sql", ENDLESS, "--format", "csv", "-o", str(tmp_path / "out"), "--db", str(index)]
    process = subprocess.Popen(
        [sys.executable, "-m", "indexer", *words], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not os.listdir(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert os.listdir(tmp_path), "It has not begun to write."
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (
        130,
        "Interrupted; run the command again to finish it.",
    )
    assert os.listdir(tmp_path) == []

"""A second sync does not open files that have not changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.requirements import need
from tests.rootbuilder import MountSpec, RootBuilder
from tests.sync.index_files import select, sync_roots
from tests.sync.operations import SETTLE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

LAYER_FILES = {"diff", "size", "cache-id", "parent"}
DIRECTORY_FILES = {"link", "lower"}
CONTAINER_FILES = {"config.v2.json", "hostconfig.json"}
ALWAYS = {"repositories.json", "engine-id", "opts.json"}
"""Files that the engine rewrites in place, or that are no larger than a fingerprint."""


@pytest.fixture
def root(tmp_path: Path) -> RootBuilder:
    """A root that has not changed recently."""
    built = RootBuilder(tmp_path / "docker")
    built.engine_id()
    base = built.image([b"base"], tag="base:1")
    app = built.image([b"app"], base=base, parent=base)
    built.tag(app, "app:1")
    built.distribution(app.diff_ids[1], f"sha256:{'b' * 64}", "docker.io/library/app")
    built.container("web", app, mounts=[MountSpec("/data", name="data")])
    built.volume("data", {"type": "tmpfs"})
    time.sleep(SETTLE_SECONDS)
    return built


def opened_files(root: RootBuilder, index: Path) -> list[str]:
    """The names of the files below `root` that the next sync opens."""
    command = [sys.executable, "-m", "tests.sync.watched", str(index), str(root.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    opened = json.loads(done.stdout)
    return [name for name, flags in opened if "/" not in name and not flags & os.O_DIRECTORY]


def test_nothing_changed(root: RootBuilder, tmp_path: Path) -> None:
    """An unchanged root has no config, layer, mount or container opened."""
    sync_roots(tmp_path / "index.db", root.path)
    assert set(opened_files(root, tmp_path / "index.db")) == ALWAYS


def test_one_new_image(root: RootBuilder, tmp_path: Path) -> None:
    """For a new image a sync opens its config, its new layer and directory, and no other."""
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    base = root.load(select(index, "SELECT image_id FROM tags WHERE tag = '1'")[0][0])
    image = root.image([b"new"], tag="new:1", base=base)
    opened = opened_files(root, index)
    assert set(opened) == {*ALWAYS, *LAYER_FILES, *DIRECTORY_FILES, image.image_id[7:]}
    assert len(opened) == len(set(opened)) + opened.count("repositories.json") - 1


def test_one_restarted_container(root: RootBuilder, tmp_path: Path) -> None:
    """For a container that was rewritten a sync opens only its two files."""
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    (config,) = (root.path / "containers").glob("*/config.v2.json")
    shutil.copy(config, config.with_name("new"))
    os.replace(config.with_name("new"), config)
    assert set(opened_files(root, index)) == ALWAYS | CONTAINER_FILES


def test_what_is_faulty_is_read_again(root: RootBuilder, tmp_path: Path) -> None:
    """Each sync finds a problem again, so it disappears with its cause."""
    index = tmp_path / "index.db"
    image = root.image([b"odd"], fields={"history": [{}, {}]})
    time.sleep(SETTLE_SECONDS)
    for _ in range(3):
        sync_roots(index, root.path)
        assert select(index, "SELECT rule FROM problems") == [("I6",)]
    root.remove_image(image)
    sync_roots(index, root.path)
    assert select(index, "SELECT rule FROM problems") == []
    held = select(index, "SELECT * FROM store_images WHERE image_id = ?", image.image_id)
    assert held == []


def test_only_reading_system_calls(root: RootBuilder, tmp_path: Path) -> None:
    """Below the root a sync only opens for reading, follows no link and locks nothing."""
    need(shutil.which("strace") is not None, "strace is not installed.")
    trace = tmp_path / "trace"
    script = "from indexer.cli import main; main()"
    command = ["strace", "-f", "-y", "-o", str(trace), "-e", "trace=file,desc", sys.executable]
    command += ["-c", script, "sync", "--root", str(root.path), "--db", str(tmp_path / "index.db")]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    below = [line for line in trace.read_text().splitlines() if f"{root.path}" in line]
    opened = [line for line in below if re.search(r"\bopen(at)?\(", line)]
    assert len(opened) > 30
    assert all("O_RDONLY" in line and "O_NOFOLLOW" in line for line in opened)
    assert all("O_NOATIME" in line for line in opened)
    calls = {match[1] for line in below if (match := re.search(r"(\w+)\(", line))}
    reading = {"openat", "fstat", "newfstatat", "statx", "lstat", "stat", "read", "pread64"}
    harmless = {"getdents64", "close", "readlink", "readlinkat", "fcntl", "lseek", "dup", "ioctl"}
    assert calls <= reading | harmless | {"execve", "access", "write"}
    assert not any("F_SETLK" in line or "flock" in line for line in below)

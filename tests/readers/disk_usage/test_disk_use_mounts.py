"""Other file systems mounted in a tree: what is measured, and what is not even touched."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indexer.docker.disk_usage.tree import DiskUse, measure_tree
from indexer.docker.disk_usage.workers import measure
from indexer.docker.files.folder import Folder
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TMPFS = ("-t", "tmpfs", "none")


@contextmanager
def mounted(point: Path, *options: str) -> Iterator[None]:
    """Have something mounted at `point`, which is made, as long as the block runs."""
    need(os.geteuid() == 0, "Mounting needs root: run these tests as root.")
    point.mkdir(parents=True)
    done = subprocess.run(("mount", *options, str(point)), capture_output=True, check=False)
    need(done.returncode == 0, f"Nothing can be mounted here: {done.stderr.decode()}")
    try:
        yield
    finally:
        subprocess.run(("umount", str(point)), check=True)


def one(root: Path, *path: str) -> DiskUse:
    with Folder.of_root(str(root)) as folder:
        ((_, use),) = measure(folder, [path])
    assert use is not None
    return use


def test_mounted_file_system_is_left_out(tmp_path: Path) -> None:
    """A file system mounted in a tree counts neither by its files nor by its top, as with du."""
    layer = tmp_path / "overlay2/layer"
    with mounted(layer / "merged", *TMPFS):
        (layer / "merged/file").write_bytes(b"x" * 5000)
        (layer / "link").write_bytes(b"12")
        use = one(tmp_path, "overlay2", "layer")
        command = ("du", "-s", "-x", "--block-size=1", str(layer))
        expected = int(subprocess.run(command, capture_output=True, check=True).stdout.split()[0])
    assert (use.apparent_bytes, use.entries, use.disk_bytes) == (2, 2, expected)


def test_mount_of_the_same_file_system_is_left_out(tmp_path: Path) -> None:
    """A folder of the same file system that is mounted in a tree is not counted a second time."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/file").write_bytes(b"x" * 5000)
    point = tmp_path / "overlay2/layer/deep er/bound"
    with mounted(point, "--bind", str(tmp_path / "elsewhere")):
        assert one(tmp_path, "overlay2", "layer").apparent_bytes == 0
    assert one(tmp_path, "elsewhere").apparent_bytes == 5000


def test_tree_that_is_a_mount_is_measured(tmp_path: Path) -> None:
    """A tree on a file system of its own is measured there: it was asked for by name."""
    with mounted(tmp_path / "volumes/big", *TMPFS):
        (tmp_path / "volumes/big/file").write_bytes(b"x" * 5000)
        use = one(tmp_path, "volumes", "big")
        around = one(tmp_path, "volumes")
    assert (use.apparent_bytes, use.entries) == (5000, 2)
    assert (around.apparent_bytes, around.entries) == (0, 1)


def test_device_tells_a_mount_that_the_table_does_not(tmp_path: Path) -> None:
    """What was mounted after the table of mounts was read is left out as well."""
    layer = tmp_path / "overlay2/layer"
    with (
        mounted(layer / "merged", *TMPFS),
        Folder.of_root(str(tmp_path)) as folder,
    ):
        (layer / "merged/file").write_bytes(b"x" * 5000)
        use = measure_tree(folder, ("overlay2", "layer"), {})
    assert use is not None
    assert (use.apparent_bytes, use.entries) == (0, 1)


def test_known_mount_is_not_touched(tmp_path: Path) -> None:
    """A mount point of the table is skipped by its name alone, as its server may be dead."""
    (tmp_path / "overlay2/layer/dead/file").parent.mkdir(parents=True)
    (tmp_path / "overlay2/layer/dead/file").write_bytes(b"x" * 5000)
    mounts = {"overlay2/layer": frozenset({"overlay2/layer/dead"})}
    with Folder.of_root(str(tmp_path)) as folder:
        use = measure_tree(folder, ("overlay2", "layer"), mounts)
    assert use is not None
    assert (use.apparent_bytes, use.entries) == (0, 1)

"""`layerdb/mounts`: read-write layers, also half-written and damaged ones."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from indexer.docker.files.scan import UNPROVEN, Scan
from indexer.docker.image_store.layerdb_mounts import MountRecord, scan_mounts
from tests.readers.reading import (
    DIGEST,
    HEX,
    OTHER_HEX,
    PLANTED,
    found,
    no_tick,
    opened,
    plant,
    write,
)
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

MOUNTS = "layerdb/mounts"
MOUNT = "d" * 64
BUILD_ID = "0r22po39b3ldnsg77hyh11mlg"
WHOLE = MountRecord(HEX, MOUNT, f"{MOUNT}-init", DIGEST)


def mounts(store: Path) -> Scan[MountRecord]:
    """The mounts of the store at `store`."""
    with opened(store) as folder:
        return scan_mounts(folder, {}, no_tick)


def add_mount(store: Path, name: str = HEX) -> Path:
    """Write a complete mount and return its folder."""
    write(store / MOUNTS / name / "mount-id", MOUNT)
    write(store / MOUNTS / name / "init-id", f"{MOUNT}-init")
    write(store / MOUNTS / name / "parent", DIGEST)
    return store / MOUNTS / name


def test_mounts_of_a_built_root(tmp_path: Path) -> None:
    """A container's mount has its directories and the top layer of its image, if it has one."""
    root = RootBuilder(tmp_path)
    web, bare = root.image([b"base", b"top"]), root.image()
    first, second = root.container("web", web), root.container("bare", bare)
    scan = mounts(root.store)
    assert scan.findings == ()
    assert set(scan.records.values()) == {
        MountRecord(first.container_id, first.mount_id, first.init_id, web.chain_ids[-1]),
        MountRecord(second.container_id, second.mount_id, second.init_id, None),
    }


@pytest.mark.parametrize(
    ("name", "mount_id"),
    [
        (BUILD_ID, MOUNT),
        (f"{HEX}-nginx:latest", f"{MOUNT}\n"),
        (OTHER_HEX, f"{MOUNT}-init"),
    ],
)
def test_mounts_that_are_no_containers(tmp_path: Path, name: str, mount_id: str) -> None:
    """A builder's and an image's mount have other names and no init directory."""
    write(tmp_path / MOUNTS / name / "mount-id", mount_id)
    assert mounts(tmp_path).records == {name: MountRecord(name, mount_id.strip(), None, None)}


@pytest.mark.parametrize(
    ("file", "content", "rule"),
    [
        ("mount-id", None, "M1"),
        ("mount-id", "", "M1"),
        ("mount-id", "../../etc", "M1"),
        ("mount-id", MOUNT.upper(), "M1"),
        ("mount-id", BUILD_ID, "M1"),
        ("init-id", BUILD_ID, "M1"),
        ("mount-id", b"\xff\x00", "M1"),
        ("mount-id", "x" * 5000, "U2"),
        ("init-id", "", "M1"),
        ("init-id", "init", "M1"),
        ("parent", "", "M4"),
        ("parent", HEX, "M4"),
        ("parent", "x" * 5000, "U2"),
    ],
)
def test_a_file_that_is_wrong(
    tmp_path: Path, file: str, content: str | bytes | None, rule: str
) -> None:
    """A damaged file gives None, the other two values stay, and the finding names the file."""
    path = add_mount(tmp_path) / file
    path.unlink()
    if content is not None:
        write(path, content)
    scan = mounts(tmp_path)
    field = file.replace("-", "_")
    assert scan.records == {HEX: WHOLE._replace(**{field: None})}
    assert found(scan.findings) == [(rule, HEX, f"{MOUNTS}/{HEX}/{file}")]
    assert scan.fingerprints == {HEX: UNPROVEN}


@pytest.mark.parametrize("file", ["mount-id", "init-id", "parent"])
@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_in_place_of_a_file(tmp_path: Path, file: str, kind: str) -> None:
    """A file that is not a regular file is not opened."""
    path = add_mount(tmp_path) / file
    path.unlink()
    plant(path, kind)
    scan = mounts(tmp_path)
    assert scan.records == {HEX: WHOLE._replace(**{file.replace("-", "_"): None})}
    assert found(scan.findings) == [("S1", HEX, f"{MOUNTS}/{HEX}/{file}")]


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_a_mount(tmp_path: Path, kind: str) -> None:
    """A link among the mounts is not followed, and the sound mount beside it is read."""
    add_mount(tmp_path)
    plant(tmp_path / MOUNTS / OTHER_HEX, kind)
    scan = mounts(tmp_path)
    assert scan.records == {HEX: WHOLE}
    assert found(scan.findings) == [("S1", OTHER_HEX, f"{MOUNTS}/{OTHER_HEX}")]


def test_a_mount_in_the_making_is_given_time(tmp_path: Path) -> None:
    """A mount that is complete a moment later has no finding: the engine writes file by file."""
    path = write(tmp_path / MOUNTS / HEX / "mount-id").parent

    def finish() -> None:
        time.sleep(0.02)
        add_mount(tmp_path)

    writer = threading.Thread(target=finish)
    writer.start()
    scan = mounts(tmp_path)
    writer.join()
    assert path.is_dir()
    assert scan.records == {HEX: WHOLE}
    assert scan.findings == ()


def test_a_mount_on_its_way_out(tmp_path: Path) -> None:
    """A mount without files that is gone a moment later has no finding."""
    path = tmp_path / MOUNTS / HEX
    path.mkdir(parents=True)
    remover = threading.Timer(0.02, path.rmdir)
    remover.start()
    scan = mounts(tmp_path)
    remover.join()
    assert (scan.records, scan.findings) == ({}, ())


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """The record has the name as text, under which it is found again."""
    add_mount(tmp_path, "caf\udce9")
    assert mounts(tmp_path).records == {"caf\\xe9": WHOLE._replace(name="caf\\xe9")}

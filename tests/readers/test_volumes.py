"""`volumes`: folders, options and `metadata.db`, sound and damaged."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from indexer.docker.volumes import VolumeRecord, Volumes, read_volumes
from tests.readers.encodings.bolt_writer import bolt_file
from tests.readers.reading import HEX, PLANTED, found, no_tick, opened, plant, write
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

DATABASE = "volumes/metadata.db"
LABEL = "com.docker.volume.anonymous"


def volumes(root: Path) -> Volumes:
    """The volumes of the root at `root`."""
    with opened(root) as folder:
        return read_volumes(folder, no_tick)


def add_volumes(root: Path, *names: str) -> None:
    """Make folders of volumes."""
    for name in names:
        (root / "volumes" / name / "_data").mkdir(parents=True)


def add_entries(root: Path, entries: dict[bytes, Any]) -> None:
    """Write `metadata.db` with an entry for each name: a document or plain bytes."""
    values = {
        name: entry if isinstance(entry, bytes) else json.dumps(entry).encode()
        for name, entry in entries.items()
    }
    write(root / DATABASE, bolt_file({b"volumes": values}))


def named(given: Volumes) -> dict[str, VolumeRecord]:
    """The volumes by name."""
    return {record.name: record for record in given.records}


def test_volumes_of_a_built_root(tmp_path: Path) -> None:
    """Options are those given at creation; a name of 64 hex digits means an anonymous volume."""
    root = RootBuilder(tmp_path)
    root.volume("data")
    root.volume("scratch", {"type": "tmpfs", "o": "size=8m", "device": "tmpfs"})
    root.volume(HEX)
    assert volumes(tmp_path) == Volumes(
        (
            VolumeRecord(HEX, "local", True, (), ()),
            VolumeRecord("data", "local", False, (), ()),
            VolumeRecord(
                "scratch",
                "local",
                False,
                (("type", "tmpfs"), ("o", "size=8m"), ("device", "tmpfs")),
                (),
            ),
        ),
        (),
    )


def test_a_root_without_volumes(tmp_path: Path) -> None:
    """A missing folder and an empty one hold no volumes, and are told apart."""
    assert volumes(tmp_path) == Volumes((), (), exists=False)
    (tmp_path / "volumes").mkdir()
    assert volumes(tmp_path) == Volumes((), ())


def test_what_is_no_volume(tmp_path: Path) -> None:
    """A folder without data or options is not a volume; neither is a plain or special file."""
    add_volumes(tmp_path, "data")
    (tmp_path / "volumes/empty").mkdir()
    os.mkfifo(tmp_path / "volumes/backingFsBlockDev")
    write(tmp_path / "volumes/notes", "x")
    given = volumes(tmp_path)
    assert named(given).keys() == {"data"}
    assert given.findings == ()


def test_the_database_knows_labels_and_plugin_volumes(tmp_path: Path) -> None:
    """A plugin's volume has no folder; a local volume without a folder is gone and reported."""
    add_volumes(tmp_path, "data", "plain")
    entries: dict[bytes, Any] = {
        b"data": {"Name": "data", "Driver": "local", "Labels": {LABEL: "", "a": "b"}},
        b"remote": {"Name": "remote", "Driver": "nfs", "Labels": None, "Options": {"o": "ro"}},
        b"gone": {"Name": "gone", "Driver": "local"},
        b"empty": b"",
    }
    add_entries(tmp_path, entries)
    given = volumes(tmp_path)
    assert [(it.rule, it.object_id, it.severity) for it in given.findings] == [
        ("V3", "gone", None),
        ("V3", "plain", "info"),
    ]
    assert named(given) == {
        "data": VolumeRecord("data", "local", True, (), (("a", "b"), (LABEL, ""))),
        "plain": VolumeRecord("plain", "local", False, (), ()),
        "remote": VolumeRecord("remote", "nfs", False, (("o", "ro"),), ()),
    }


@pytest.mark.parametrize("entry", [b"{", b"[]", b"\xff", {"Driver": 1}, {"Labels": []}])
def test_an_entry_that_is_wrong(tmp_path: Path, entry: Any) -> None:
    """The volume stays without labels, and the entries beside it are read."""
    add_volumes(tmp_path, "data")
    add_entries(tmp_path, {b"data": entry, b"remote": {"Driver": "nfs"}})
    given = volumes(tmp_path)
    assert named(given).keys() == {"data", "remote"}
    assert found(given.findings) == [("V1", "data", DATABASE)]


@pytest.mark.parametrize("data", [b"", b"text", bytes(8192), bolt_file({})[:100]])
def test_a_database_that_does_not_open(tmp_path: Path, data: bytes) -> None:
    """A damaged database does not hide the folders: they are still volumes."""
    add_volumes(tmp_path, "data")
    write(tmp_path / DATABASE, data)
    given = volumes(tmp_path)
    assert named(given).keys() == {"data"}
    assert found(given.findings) == [("V1", None, DATABASE)]


def test_a_database_without_the_bucket(tmp_path: Path) -> None:
    """The database of an engine that never made a volume has no entries."""
    write(tmp_path / DATABASE, bolt_file({b"other": {b"k": b"v"}}))
    assert volumes(tmp_path) == Volumes((), ())


@pytest.mark.parametrize("name", [b"a\x00b", b"a\xffb"])
def test_names_that_no_database_takes(tmp_path: Path, name: bytes) -> None:
    """A key that is not UTF-8 is shown with the replacement character."""
    add_entries(tmp_path, {name: {"Driver": "nfs"}})
    assert named(volumes(tmp_path)).keys() == {"a\ufffdb"}


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"MountType":1}', b"{}{}"])
def test_options_the_engine_does_not_start_with(tmp_path: Path, data: bytes) -> None:
    """The volume stays without options, and the file is named."""
    write(tmp_path / "volumes/data/opts.json", data)
    given = volumes(tmp_path)
    assert named(given) == {"data": VolumeRecord("data", "local", False, (), ())}
    assert found(given.findings) == [("V2", "data", "volumes/data/opts.json")]


@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_in_place_of_a_file(tmp_path: Path, kind: str) -> None:
    """An options file that is not a regular file is not opened, and the volume stays."""
    plant(tmp_path / "volumes/data/opts.json", kind)
    plant(tmp_path / DATABASE, kind)
    given = volumes(tmp_path)
    assert named(given).keys() == {"data"}
    assert found(given.findings) == [
        ("S1", None, DATABASE),
        ("S1", "data", "volumes/data/opts.json"),
    ]


@pytest.mark.parametrize("kind", ["link", "dangling link"])
def test_a_link_in_place_of_a_volume(tmp_path: Path, kind: str) -> None:
    """A link in place of a volume is reported and not followed."""
    add_volumes(tmp_path, "data")
    plant(tmp_path / "volumes/planted", kind)
    given = volumes(tmp_path)
    assert named(given).keys() == {"data"}
    assert found(given.findings) == [("S1", "planted", "volumes/planted")]


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_the_folder(tmp_path: Path, kind: str) -> None:
    """If the folder cannot be listed, the volumes are unknown and not gone."""
    plant(tmp_path / "root/volumes", kind)
    given = volumes(tmp_path / "root")
    assert not given.listed
    assert found(given.findings) == [("S1", None, "volumes")]


def test_two_names_that_look_the_same(tmp_path: Path) -> None:
    """A name that is not UTF-8 and its escaped form are one volume, not two rows."""
    add_volumes(tmp_path, "caf\udce9", "caf\\xe9")
    assert [record.name for record in volumes(tmp_path).records] == ["caf\\xe9"]

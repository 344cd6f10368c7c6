"""overlay, aufs, devicemapper and windowsfilter, from trees as their engines wrote them."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.readers.drivers.driver_roots import (
    BUILD_ID,
    ID,
    OTHER_ID,
    names,
    proven,
    rules,
    scan,
    scan_again,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

INIT_ID = f"{ID}-init"
CHAIN = "layerchain.json"
WINDOWS = "C:\\ProgramData\\docker\\windowsfilter\\"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait before the second look at what is faulty."""
    monkeypatch.setattr("time.sleep", lambda _: None)


def test_overlay_layers_are_trees_and_containers_lie_on_one(tmp_path: Path) -> None:
    """An image layer has nothing below it; init and read-write layer have one image layer."""
    home = tmp_path / "overlay"
    (home / OTHER_ID / "root").mkdir(parents=True)
    for name, parts in ((INIT_ID, ("upper", "work")), (ID, ("upper", "work", "merged"))):
        for part in parts:
            (home / name / part).mkdir(parents=True)
        write(home / name / "lower-id", OTHER_ID)
    found, again = scan_again(tmp_path, "overlay")
    assert {name: (record.lower, record.mounted) for name, record in found.records.items()} == {
        OTHER_ID: ((), False),
        INIT_ID: ((OTHER_ID,), False),
        ID: ((OTHER_ID,), True),
    }
    assert all(record.has_files for record in found.records.values())
    assert again.unchanged == found.records.keys()


@pytest.mark.parametrize("content", ["", f"{OTHER_ID}\n", "../../etc", f"a/{OTHER_ID}"])
def test_an_invalid_lower_id_is_a_finding(tmp_path: Path, content: str) -> None:
    """What is below is unknown then."""
    write(tmp_path / "overlay" / ID / "lower-id", content)
    found = scan(tmp_path, "overlay")
    assert rules(found) == [("G4", ID)]
    assert found.records[ID].lower is None
    assert not proven(found)


def test_aufs_notes_all_ancestors(tmp_path: Path) -> None:
    """The file of a layer lists what is below it, nearest first, and is empty for a base."""
    aufs = tmp_path / "aufs"
    for name, ancestors in ((ID, ()), (INIT_ID, (ID,)), (OTHER_ID, (INIT_ID, ID))):
        (aufs / "diff" / name).mkdir(parents=True)
        (aufs / "mnt" / name).mkdir(parents=True)
        write(aufs / "layers" / name, "".join(f"{ancestor}\n" for ancestor in ancestors))
    found, again = scan_again(tmp_path, "aufs")
    assert {name: record.lower for name, record in found.records.items()} == {
        ID: (),
        INIT_ID: (ID,),
        OTHER_ID: (INIT_ID, ID),
    }
    assert again.records == found.records
    assert found.records.keys() == names(tmp_path, "aufs")


def test_what_aufs_is_removing_is_marked(tmp_path: Path) -> None:
    """A renamed folder keeps its name, and its ancestors are not missed."""
    (tmp_path / "aufs/diff" / f"{ID}-removing").mkdir(parents=True)
    found = scan(tmp_path, "aufs")
    record = found.records[f"{ID}-removing"]
    assert (record.removing, record.lower) == (True, None)
    assert not found.findings


def test_an_aufs_layer_without_its_file_is_a_finding(tmp_path: Path) -> None:
    """Half removed or half made, it is looked at again next time."""
    (tmp_path / "aufs/diff" / ID).mkdir(parents=True)
    found, again = scan_again(tmp_path, "aufs")
    assert rules(found) == rules(again) == [("G2", ID)]
    assert found.findings[0].path == f"aufs/layers/{ID}"
    assert not found.records[ID].removing


@pytest.mark.parametrize("content", [ID, "../../etc\n", f"{ID}\n\n", b"\xff\n", b"\0\n"])
def test_invalid_ancestors_are_a_finding(tmp_path: Path, content: str | bytes) -> None:
    """A list that is cut off or names no layer is not taken."""
    (tmp_path / "aufs/diff" / OTHER_ID).mkdir(parents=True)
    write(tmp_path / "aufs/layers" / OTHER_ID, content)
    found = scan(tmp_path, "aufs")
    assert rules(found) == [("G4", OTHER_ID)]
    assert found.records[OTHER_ID].lower is None


def device(name: str, root: Path, *, deleted: bool = False) -> None:
    """Write what devicemapper notes about a device."""
    values = {"device_id": 7, "size": 10737418240, "transaction_id": 9, "initialized": True}
    write(root / "devicemapper/metadata" / name, json.dumps({**values, "deleted": deleted}))


def test_devicemapper_has_a_file_for_each_device(tmp_path: Path) -> None:
    """Devices are told from the driver's own files; a deferred deletion is marked."""
    for name in (ID, INIT_ID, BUILD_ID, "base"):
        device(name, tmp_path)
    device(OTHER_ID, tmp_path, deleted=True)
    for special in ("deviceset-metadata", "transaction-metadata", f"{ID}.migrated", ".tmp1234"):
        write(tmp_path / "devicemapper/metadata" / special, "{}")
    (tmp_path / "devicemapper/mnt" / ("c3" * 32)).mkdir(parents=True)
    found, again = scan_again(tmp_path, "devicemapper")
    removing = {name for name, record in found.records.items() if record.removing}
    assert found.records.keys() == names(tmp_path, "devicemapper")
    assert found.records.keys() == {ID, INIT_ID, BUILD_ID, OTHER_ID}
    assert removing == {OTHER_ID}
    assert again.unchanged == found.records.keys()
    assert not found.findings


@pytest.mark.parametrize("content", ["", "[]", '{"deleted": "yes"}', "{", b"\xff", "{} {}"])
def test_an_unreadable_device_has_a_record_and_a_finding(
    tmp_path: Path, content: str | bytes
) -> None:
    """The device is there, whatever its file holds."""
    write(tmp_path / "devicemapper/metadata" / ID, content)
    found = scan(tmp_path, "devicemapper")
    assert rules(found) == [("G2", ID)]
    assert found.records.keys() == {ID}


def test_a_planted_link_is_no_device(tmp_path: Path) -> None:
    """It is reported and not followed."""
    device(ID, tmp_path)
    (tmp_path / "devicemapper/metadata" / OTHER_ID).symlink_to(ID)
    os.mkfifo(tmp_path / "devicemapper/metadata" / BUILD_ID)
    found = scan(tmp_path, "devicemapper")
    assert found.records.keys() == {ID}
    assert [rule for rule, _ in rules(found)] == ["S1", "S1"]


def test_windowsfilter_layers_name_paths_below_them(tmp_path: Path) -> None:
    """The last part of each path is the name, with either separator; a base may have no file."""
    home = tmp_path / "windowsfilter"
    (home / OTHER_ID / "Files").mkdir(parents=True)
    write(home / BUILD_ID / CHAIN, "null")
    write(home / INIT_ID / CHAIN, json.dumps([f"{WINDOWS}{OTHER_ID}"]))
    write(home / ID / CHAIN, json.dumps([f"{WINDOWS}{INIT_ID}", f"D:/docker/{OTHER_ID}"]))
    (home / f"{'c3' * 32}-removing").mkdir()
    found, again = scan_again(tmp_path, "windowsfilter")
    assert {name: (record.lower, record.removing) for name, record in found.records.items()} == {
        OTHER_ID: ((), False),
        BUILD_ID: ((), False),
        INIT_ID: ((OTHER_ID,), False),
        ID: ((INIT_ID, OTHER_ID), False),
        f"{'c3' * 32}-removing": (None, True),
    }
    assert again.unchanged == found.records.keys()


@pytest.mark.parametrize("content", ["", "{}", "[1]", "[null]", '["C:\\\\x\\\\"]', '["a b"]'])
def test_an_invalid_chain_is_a_finding(tmp_path: Path, content: str) -> None:
    """What is below is unknown then."""
    write(tmp_path / "windowsfilter" / ID / CHAIN, content)
    found = scan(tmp_path, "windowsfilter")
    assert rules(found) == [("G4", ID)]
    assert found.records[ID].lower is None


@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100))
@pytest.mark.usefixtures("quick")
def test_any_bytes_give_a_record(tmp_path: Path, content: bytes) -> None:
    """Whatever the files hold, each directory has a record, and what is not used is a finding."""
    for driver in ("overlay", "aufs", "devicemapper", "windowsfilter"):
        shutil.rmtree(tmp_path / driver, ignore_errors=True)
    write(tmp_path / "overlay" / ID / "lower-id", content)
    (tmp_path / "aufs/diff" / ID).mkdir(parents=True)
    write(tmp_path / "aufs/layers" / ID, content)
    write(tmp_path / "devicemapper/metadata" / ID, content)
    write(tmp_path / "windowsfilter" / ID / CHAIN, content)
    for driver in ("overlay", "aufs", "devicemapper", "windowsfilter"):
        found = scan(tmp_path, driver)
        assert found.records.keys() == {ID}
        if driver != "devicemapper":
            assert (found.records[ID].lower is None) == bool(found.findings)

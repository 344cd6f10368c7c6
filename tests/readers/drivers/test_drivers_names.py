"""Which entries of an ID space are directories of the driver, and which are something else."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from indexer.docker.drivers import scan_directories
from indexer.docker.files.folder import Folder
from tests.readers.drivers.driver_roots import (
    BUILD_ID,
    ID,
    OTHER_ID,
    Stacked,
    age,
    later,
    names,
    proven,
    rules,
    scan,
    scan_again,
)
from tests.readers.host.fake_system import unprivileged
from tests.requirements import need

if TYPE_CHECKING:
    from pathlib import Path

PROBES = (
    "opaque-bug-check123456",
    "metacopy-check123456",
    "check-overlayfs-support123456",
    "1234567890",
    ".tmp-something",
)
HOSTILE = ("new\nline", b"not\xffutf8", "-option", "a b", "..hidden")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give the folder of overlay2, with one directory in it."""
    (tmp_path / "overlay2" / ID).mkdir(parents=True)
    return tmp_path / "overlay2"


@pytest.mark.parametrize("name", PROBES)
def test_probes_of_the_engine_are_no_directories(home: Path, name: str) -> None:
    """What the engine makes to try its disk out is left out, and reported once it is old."""
    (home / name).mkdir()
    assert scan(home.parent, "overlay2").records.keys() == {ID}
    assert not scan(home.parent, "overlay2").findings
    assert names(home.parent, "overlay2") == {ID}
    age(home / name, 7200)
    (finding,) = scan(home.parent, "overlay2").findings
    assert (finding.rule, finding.path) == ("T1", f"overlay2/{name}")


@pytest.mark.parametrize("name", ["1" * 64, "2" * 25])
def test_a_name_of_digits_alone_can_be_a_directory(home: Path, name: str) -> None:
    """Digits in the number that an ID has are an ID."""
    (home / name).mkdir()
    assert scan(home.parent, "overlay2").records.keys() == {ID, name}


def test_what_belongs_there_without_being_a_directory_is_no_finding(home: Path) -> None:
    """The short links, the device of the quota and what the file system makes are left out."""
    (home / "l").mkdir()
    (home / "lost+found").mkdir()
    os.mkfifo(home / "backingFsBlockDev")
    found = scan(home.parent, "overlay2")
    assert found.records.keys() == names(home.parent, "overlay2") == {ID}
    assert not found.findings


def test_planted_links_and_special_files_are_reported(home: Path) -> None:
    """A link in the place of a directory is not followed and has no record; nor has a pipe."""
    (home / OTHER_ID).symlink_to(home / ID)
    os.mkfifo(home / BUILD_ID)
    found = scan(home.parent, "overlay2")
    assert found.records.keys() == {ID}
    assert {(finding.rule, finding.path) for finding in found.findings} == {
        ("S1", f"overlay2/{OTHER_ID}"),
        ("S1", f"overlay2/{BUILD_ID}"),
    }
    assert names(home.parent, "overlay2") == {ID}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_no_layer_has_gets_a_record_and_a_finding(
    tmp_path: Path, name: str | bytes
) -> None:
    """The record's name can be stored anywhere, and is the same in both looks."""
    os.makedirs(os.path.join(os.fsencode(tmp_path), b"vfs/dir", os.fsencode(name)))
    found, again = scan_again(tmp_path, "vfs")
    (record,) = found.records.values()
    assert record.name.encode()
    assert rules(found) == rules(again) == [("L7", record.name)]
    assert names(tmp_path, "vfs") == {record.name}
    assert not proven(found)


def test_without_the_folder_there_are_no_directories(tmp_path: Path) -> None:
    """A root where a driver was never used has none, and that is known."""
    found = scan(tmp_path, "overlay2")
    assert not found.records
    assert not found.findings
    assert found.listed
    assert names(tmp_path, "overlay2") == frozenset()


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path, home: Path) -> None:
    """What lies behind it is not listed, so nothing is known to be gone."""
    home.rename(tmp_path / "elsewhere")
    home.symlink_to(tmp_path / "elsewhere")
    found = scan(tmp_path, "overlay2")
    assert rules(found) == [("S1", None)]
    assert not found.listed


def test_a_folder_that_may_not_be_read_is_not_an_empty_one(home: Path) -> None:
    """Without the right to list it, the scan says so once."""
    need(os.geteuid() == 0, "Taking rights away from oneself needs root: run these tests as root.")
    for folder in (home.parent, *home.parent.parents):
        os.chmod(folder, 0o755)
    os.chmod(home, 0o700)
    with unprivileged():
        found = scan(home.parent, "overlay2")
    assert rules(found) == [("U1", None)]
    assert not found.listed


def test_a_directory_that_may_not_be_read_has_a_record(home: Path) -> None:
    """It is there, whatever is in it."""
    need(os.geteuid() == 0, "Taking rights away from oneself needs root: run these tests as root.")
    for folder in (home, home.parent, *home.parent.parents):
        os.chmod(folder, 0o755)
    os.chmod(home / ID, 0o700)
    with unprivileged():
        found = scan(home.parent, "overlay2")
    assert rules(found) == [("U1", ID)]
    record = found.records[ID]
    assert (record.link, record.lower, record.committed) == (None, None, None)
    assert record.modified_at is not None


def test_what_is_gone_at_the_second_look_is_left_out(home: Path) -> None:
    """Record, fingerprint and findings of a directory that was removed meanwhile go with it."""
    (home / OTHER_ID).mkdir()
    (home / OTHER_ID / "link").mkdir()
    (home / BUILD_ID).mkdir()
    before, known = scan_again(home.parent, "overlay2")
    shutil.rmtree(home / OTHER_ID)
    (home / BUILD_ID).rmdir()
    left = later(home.parent, "overlay2", before)
    assert left.records.keys() == left.fingerprints.keys() == {ID}
    assert rules(before) == [("S1", OTHER_ID)]
    assert not left.findings
    assert later(home.parent, "overlay2", known).unchanged == {ID}


def test_a_directory_made_after_the_first_look_counts_if_it_is_named(home: Path) -> None:
    """What names another may have been missed; what is named must not seem to be missing."""
    found = scan(home.parent, "overlay2")
    (home / OTHER_ID).mkdir()
    (home / BUILD_ID).mkdir()
    assert later(home.parent, "overlay2", found) == found
    settled = later(home.parent, "overlay2", found, ID, OTHER_ID, "c3" * 32)
    assert settled.records.keys() == settled.fingerprints.keys() == {ID, OTHER_ID}
    assert settled.records[OTHER_ID] == scan(home.parent, "overlay2").records[OTHER_ID]


def test_what_lies_below_a_directory_made_after_the_first_look_is_known(tmp_path: Path) -> None:
    """A new read-write layer names the known layers it is on."""
    root = Stacked(tmp_path, "overlay2")
    first, known = scan_again(root.path, "overlay2")
    other = root.builder.container("other", root.image)
    for found in (first, known):
        settled = later(root.path, "overlay2", found, other.mount_id, other.init_id)
        below = (other.init_id, *reversed(root.image.cache_ids))
        assert settled.records[other.mount_id].lower == below
        assert settled.unchanged == found.unchanged


def test_a_folder_that_was_not_listed_is_not_settled(home: Path) -> None:
    """What could not be seen at first stays unknown."""
    home.rename(home.parent / "elsewhere")
    home.symlink_to("elsewhere")
    found = scan(home.parent, "overlay2")
    home.unlink()
    (home.parent / "elsewhere").rename(home)
    assert later(home.parent, "overlay2", found, ID) == found


def test_progress_counts_every_entry(home: Path) -> None:
    """Skipped and known entries move the progress bar like any other."""
    (home / PROBES[0]).mkdir()
    first, _ = scan_again(home.parent, "overlay2")
    counted: list[int] = []
    with Folder.of_root(str(home.parent)) as root:
        scan_directories(root, "overlay2", first.fingerprints, counted.append)
    assert sum(counted) == 2

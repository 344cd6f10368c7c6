"""overlay2 and fuse-overlayfs: what each directory says of itself and of those below it."""

from __future__ import annotations

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
    Stacked,
    names,
    proven,
    rules,
    scan,
    scan_again,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

LINK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHER_LINK = "234567ABCDEFGHIJKLMNOPQRST"
short_links = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=26, max_size=26)


def directory(root: Path, name: str, link: str | bytes = LINK, lower: str | bytes = "") -> Path:
    """Make a directory by hand, as the engine does; without `lower` it is a bottom layer."""
    place = root / "overlay2" / name
    (place / "diff").mkdir(parents=True)
    write(place / "link", link)
    if lower:
        write(place / "lower", lower)
    return place


@pytest.mark.parametrize("driver", ["overlay2", "fuse-overlayfs"])
def test_every_directory_has_a_record_with_all_that_is_below_it(
    tmp_path: Path, driver: str
) -> None:
    """Layers, the init layer and the read-write layer each name the directories they stand on."""
    root = Stacked(tmp_path, driver)
    bottom, middle, top = root.image.cache_ids
    init, mount = root.container.init_id, root.container.mount_id
    records = scan(root.path, driver).records
    assert {name: record.lower for name, record in records.items()} == {
        bottom: (),
        middle: (bottom,),
        top: (middle, bottom),
        init: (top, middle, bottom),
        mount: (init, top, middle, bottom),
    }


def test_a_record_says_what_lies_in_the_directory(tmp_path: Path) -> None:
    """Link, mark of a parent, mount point and files are those on the disk, as is the time."""
    root = Stacked(tmp_path, "overlay2")
    mount = root.home / root.container.mount_id
    shutil.rmtree(mount / "diff")
    os.utime(mount, ns=(0, 1_700_000_000_123_456_789))
    records = scan(root.path, "overlay2").records
    record = records[mount.name]
    assert record.link == (mount / "link").read_text()
    assert record.modified_at == "2023-11-14T22:13:20.123456789Z"
    assert (record.committed, record.mounted, record.has_files) == (False, True, False)
    below = records[root.image.cache_ids[0]]
    assert (below.committed, below.mounted, below.has_files) == (True, False, True)


def test_a_directory_of_the_builder_is_one_like_any_other(tmp_path: Path) -> None:
    """Names of 25 characters are directories too."""
    directory(tmp_path, BUILD_ID)
    assert scan(tmp_path, "overlay2").records[BUILD_ID].link == LINK


def test_known_directories_are_not_opened_again(tmp_path: Path) -> None:
    """What is written into a file of a known directory without changing the directory is unseen."""
    root = Stacked(tmp_path, "overlay2")
    first, _ = scan_again(root.path, "overlay2")
    write(root.home / root.image.cache_ids[0] / "link", "damaged")
    second = scan(root.path, "overlay2", first.fingerprints)
    assert not second.records
    assert not second.findings
    assert second.unchanged == first.records.keys()


def test_a_new_directory_on_known_ones_names_all_of_them(tmp_path: Path) -> None:
    """The directories below a new one are found without reading them."""
    root = Stacked(tmp_path, "overlay2")
    first, _ = scan_again(root.path, "overlay2")
    other = root.builder.container("other", root.image)
    second = scan(root.path, "overlay2", first.fingerprints)
    assert second.records.keys() == {other.mount_id, other.init_id}
    below = tuple(reversed(root.image.cache_ids))
    assert second.records[other.mount_id].lower == (other.init_id, *below)


def test_directories_are_found_where_the_short_links_were_lost(tmp_path: Path) -> None:
    """In a copy without `l/`, the files `link` tell what is below a directory, known or not."""
    root = Stacked(tmp_path, "overlay2")
    complete, _ = scan_again(root.path, "overlay2")
    shutil.rmtree(root.home / "l")
    assert scan(root.path, "overlay2").records == complete.records
    mount = root.container.mount_id
    known = {
        name: fingerprint for name, fingerprint in complete.fingerprints.items() if name != mount
    }
    assert scan(root.path, "overlay2", known).records == {mount: complete.records[mount]}


def test_a_link_that_two_directories_claim_leads_where_the_symbolic_link_does(
    tmp_path: Path,
) -> None:
    """A directory copied beside itself does not take the place of the original."""
    directory(tmp_path, ID)
    directory(tmp_path, OTHER_ID)
    directory(tmp_path, BUILD_ID, OTHER_LINK, f"l/{LINK}")
    (tmp_path / "overlay2/l").mkdir()
    (tmp_path / "overlay2/l" / LINK).symlink_to(f"../{OTHER_ID}/diff")
    assert scan(tmp_path, "overlay2").records[BUILD_ID].lower == (OTHER_ID,)


@pytest.mark.parametrize("target", [None, f"../{OTHER_ID}/diff", "../../elsewhere/diff", "/"])
def test_a_directory_below_that_is_gone_is_none(tmp_path: Path, target: str | None) -> None:
    """A dangling, missing or planted short link gives no name; in garbage that is no finding."""
    directory(tmp_path, ID, LINK, f"l/{OTHER_LINK}")
    (tmp_path / "overlay2/l").mkdir()
    if target is not None:
        (tmp_path / "overlay2/l" / OTHER_LINK).symlink_to(target)
    found = scan(tmp_path, "overlay2")
    assert found.records[ID].lower == (None,)
    assert not found.findings


@pytest.mark.parametrize("content", ["", "SHORT", f"{LINK}\n", LINK.lower(), b"\xff" * 26])
def test_an_invalid_link_is_a_finding_and_read_again(tmp_path: Path, content: str | bytes) -> None:
    """The directory has a record without a link, and no fingerprint that would hide the finding."""
    directory(tmp_path, ID, content)
    found, again = scan_again(tmp_path, "overlay2")
    assert rules(found) == rules(again) == [("G3", ID)]
    assert found.records[ID].link is None
    assert found.records[ID].lower == ()
    assert not proven(found)


@pytest.mark.parametrize(
    "content", [f"{LINK}", f"l/{LINK}\n", f"l/{LINK}:", f"l/{LINK}:/etc", "l/../../etc", b"\0"]
)
def test_an_invalid_lower_is_a_finding(tmp_path: Path, content: str | bytes) -> None:
    """What is below such a directory is unknown, which is not the same as nothing."""
    directory(tmp_path, ID, LINK, content)
    found = scan(tmp_path, "overlay2")
    assert rules(found) == [("G4", ID)]
    assert found.findings[0].path == f"overlay2/{ID}/lower"
    assert found.records[ID].lower is None


def test_an_empty_lower_is_a_finding(tmp_path: Path) -> None:
    """A file cut off by a power failure is not taken for a bottom layer."""
    write(directory(tmp_path, ID) / "lower")
    found = scan(tmp_path, "overlay2")
    assert rules(found) == [("G4", ID)]
    assert found.records[ID].lower is None


def test_more_directories_than_can_be_stacked_are_a_finding(tmp_path: Path) -> None:
    """The kernel takes 128, and each only once; what is below is told all the same."""
    directory(tmp_path, ID, LINK)
    directory(tmp_path, OTHER_ID, OTHER_LINK, ":".join([f"l/{LINK}"] * 2))
    found = scan(tmp_path, "overlay2")
    assert rules(found) == [("G4", OTHER_ID)]
    assert found.records[OTHER_ID].lower == (ID, ID)


@pytest.mark.parametrize("file", ["link", "lower"])
def test_special_files_and_links_are_reported_and_not_opened(tmp_path: Path, file: str) -> None:
    """A pipe in the place of a file does not block, and a symbolic link is not followed."""
    pipe = directory(tmp_path, ID, lower=f"l/{LINK}") / file
    pipe.unlink()
    os.mkfifo(pipe)
    link = directory(tmp_path, OTHER_ID, lower=f"l/{LINK}") / file
    link.unlink()
    link.symlink_to(tmp_path / "overlay2" / ID / "link")
    assert rules(scan(tmp_path, "overlay2")) == [("S1", ID), ("S1", OTHER_ID)]


def test_a_file_that_is_far_too_long_is_not_read(tmp_path: Path) -> None:
    """A file beyond its limit is a finding, and nothing is taken from it."""
    directory(tmp_path, ID, LINK, ":".join([f"l/{LINK}"] * 1000))
    found = scan(tmp_path, "overlay2")
    assert rules(found) == [("U2", ID)]
    assert found.records[ID].lower is None


def test_a_half_made_directory_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that the engine writes while it is read is no finding."""
    half_made = directory(tmp_path, ID, "") / "link"
    monkeypatch.setattr("time.sleep", lambda _: write(half_made, LINK))
    found = scan(tmp_path, "overlay2")
    assert not found.findings
    assert found.records[ID].link == LINK


def test_a_half_removed_directory_that_goes_away_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that is gone at the second look has neither record nor finding."""
    half_removed = directory(tmp_path, ID, "")
    monkeypatch.setattr("time.sleep", lambda _: shutil.rmtree(half_removed))
    found = scan(tmp_path, "overlay2")
    assert not found.findings
    assert not found.records


def test_a_directory_without_link_and_diff_has_a_record(tmp_path: Path) -> None:
    """What a crash left of a directory is a directory still."""
    (tmp_path / "overlay2" / ID).mkdir(parents=True)
    record = scan(tmp_path, "overlay2").records[ID]
    assert (record.link, record.lower, record.has_files) == (None, (), False)
    assert names(tmp_path, "overlay2") == {ID}


@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(short_links, min_size=1, max_size=128, unique=True))
def test_a_valid_lower_gives_as_many_entries_as_it_has(tmp_path: Path, links: list[str]) -> None:
    """Every link stands for one directory below, in the order of the file."""
    shutil.rmtree(tmp_path / "overlay2", ignore_errors=True)
    directory(tmp_path, ID, "", ":".join(f"l/{link}" for link in links))
    write(tmp_path / "overlay2" / ID / "link", links[-1])
    found = scan(tmp_path, "overlay2")
    assert not found.findings
    assert found.records[ID].lower == (*[None] * (len(links) - 1), ID)


@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_give_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: bytes, lower: bytes
) -> None:
    """Whatever the two files hold, the directory has a record, and what is wrong is a finding."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    shutil.rmtree(tmp_path / "overlay2", ignore_errors=True)
    place = directory(tmp_path, ID, link)
    write(place / "lower", lower)
    found = scan(tmp_path, "overlay2")
    assert found.records.keys() == {ID}
    assert (found.records[ID].link is None) == (("G3", ID) in rules(found))
    assert (found.records[ID].lower is None) == (("G4", ID) in rules(found))

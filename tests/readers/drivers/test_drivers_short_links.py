"""`l/`: short links are parsed, not followed."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from indexer.docker.drivers import ShortLink
from tests.readers.drivers.driver_roots import ID, OTHER_ID, STAMPS_HOLD_SECONDS, Stacked, links

if TYPE_CHECKING:
    from pathlib import Path

LINK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an empty folder `l`."""
    (tmp_path / "overlay2/l").mkdir(parents=True)
    return tmp_path / "overlay2/l"


@pytest.mark.parametrize("driver", ["overlay2", "fuse-overlayfs"])
def test_each_link_names_its_directory(tmp_path: Path, driver: str) -> None:
    """The links of a built root are those that the directories note, sorted by name."""
    root = Stacked(tmp_path, driver)
    noted = {path.parent.name: path.read_text() for path in root.home.glob("*/link")}
    expected = sorted(ShortLink(link, name) for name, link in noted.items())
    assert links(root.path, driver).records == {"l": tuple(expected)}


def test_links_of_an_unchanged_folder_are_not_read_again(tmp_path: Path) -> None:
    """One fingerprint stands for all, until a link is added or removed."""
    root = Stacked(tmp_path, "overlay2")
    time.sleep(STAMPS_HOLD_SECONDS)
    first = links(root.path, "overlay2")
    second = links(root.path, "overlay2", first.fingerprints)
    assert second.unchanged == {"l"}
    assert not second.records
    (root.home / "l" / first.records["l"][0].name).unlink()
    third = links(root.path, "overlay2", first.fingerprints)
    assert third.records["l"] == first.records["l"][1:]


def test_a_dangling_link_still_names_what_it_was_for(folder: Path) -> None:
    """Whether the directory is there is another question."""
    (folder / LINK).symlink_to(f"../{OTHER_ID}/diff")
    found = links(folder.parent.parent, "overlay2")
    assert found.records == {"l": (ShortLink(LINK, OTHER_ID),)}
    assert not found.findings


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../diff", "../../../diff", f"../{ID}", f"../{ID}/diff/x", "diff"]
)
def test_a_link_that_leads_elsewhere_is_a_finding(folder: Path, target: str) -> None:
    """It is reported with its target, and reported again next time."""
    (folder / LINK).symlink_to(target)
    time.sleep(STAMPS_HOLD_SECONDS)
    found = links(folder.parent.parent, "overlay2")
    again = links(folder.parent.parent, "overlay2", found.fingerprints)
    assert found.records == again.records == {"l": (ShortLink(LINK, None),)}
    for finding in (*found.findings, *again.findings):
        assert (finding.rule, finding.path) == ("S1", f"overlay2/l/{LINK}")
        assert target in finding.message
    assert len(found.findings) == len(again.findings) == 1


def test_names_and_targets_of_any_bytes_can_be_stored(folder: Path) -> None:
    """Bytes that are not UTF-8 are escaped."""
    os.symlink(b"../\xff/diff", os.path.join(os.fsencode(folder), b"\xfe"))
    assert links(folder.parent.parent, "overlay2").records["l"] == (ShortLink("\\xfe", "\\xff"),)


def test_links_replaced_by_folders_are_one_finding(tmp_path: Path) -> None:
    """A copy that followed the links is said to be one, not a thousand faults."""
    root = Stacked(tmp_path, "overlay2")
    folder = root.home / "l"
    for link in list(folder.iterdir()):
        target = link.resolve()
        link.unlink()
        shutil.copytree(target, link)
    found = links(root.path, "overlay2")
    assert found.records == {"l": ()}
    (finding,) = found.findings
    assert finding.rule == "G3"
    assert "5 entries" in finding.message


@pytest.mark.parametrize("driver", ["vfs", "btrfs", "overlay", "aufs", "zfs"])
def test_other_drivers_have_no_short_links(tmp_path: Path, driver: str) -> None:
    """Nothing is looked for, and nothing is amiss."""
    (tmp_path / driver / "l").mkdir(parents=True)
    found = links(tmp_path, driver)
    assert not found.records
    assert found.listed


def test_without_the_folder_there_are_no_links(tmp_path: Path) -> None:
    """That is known where the driver was never used, and unknown behind a planted link."""
    assert links(tmp_path, "overlay2").listed
    (tmp_path / "overlay2").symlink_to("/")
    assert not links(tmp_path, "overlay2").listed

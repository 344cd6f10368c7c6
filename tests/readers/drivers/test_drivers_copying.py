"""vfs, btrfs and zfs: drivers that note nothing of what is below a directory, or nothing at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from indexer.docker.rules import RULES
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


@pytest.mark.parametrize("driver", ["vfs", "btrfs"])
def test_every_directory_of_a_root_has_a_record(tmp_path: Path, driver: str) -> None:
    """Layers, init layer and read-write layer are there; what is below them is not known."""
    root = Stacked(tmp_path, driver)
    container = root.container
    expected = {*root.image.cache_ids, container.init_id, container.mount_id}
    found = scan(root.path, driver)
    assert found.records.keys() == names(root.path, driver) == expected
    assert not found.findings
    for record in found.records.values():
        assert record[3:] == (None, None, None, None, None, None, False, None)


def test_known_directories_are_skipped_until_they_change(tmp_path: Path) -> None:
    """A file that a container adds to its top folder makes the directory a changed one."""
    root = Stacked(tmp_path, "vfs")
    first, second = scan_again(root.path, "vfs")
    assert not second.records
    assert second.unchanged == first.records.keys()
    mount = root.container.mount_id
    write(root.builder.driver.path(mount) / "new")
    third = scan(root.path, "vfs", first.fingerprints)
    assert third.records.keys() == {mount}
    assert third.unchanged == first.records.keys() - {mount}


def test_the_time_of_a_change_is_not_the_one_that_the_layer_sets(tmp_path: Path) -> None:
    """A layer may bring an old time for its top folder; when it was made is told beside it."""
    directory = tmp_path / "vfs/dir" / ID
    directory.mkdir(parents=True)
    os.utime(directory, ns=(0, 1_000_000_000))
    record = scan(tmp_path, "vfs").records[ID]
    assert record.modified_at == "1970-01-01T00:00:01.000000000Z"
    assert record.changed_at is not None
    assert record.changed_at > "2020"


def test_a_time_before_1970_is_a_time(tmp_path: Path) -> None:
    """Negative times sort before the others."""
    directory = tmp_path / "vfs/dir" / ID
    directory.mkdir(parents=True)
    os.utime(directory, ns=(0, -1))
    assert scan(tmp_path, "vfs").records[ID].modified_at == "1969-12-31T23:59:59.999999999Z"


def test_a_subvolume_may_have_a_limit(tmp_path: Path) -> None:
    """The number of bytes beside it belongs to the subvolume of the same name."""
    for name in (ID, OTHER_ID):
        (tmp_path / "btrfs/subvolumes" / name).mkdir(parents=True)
    write(tmp_path / "btrfs/quotas" / ID, "10737418240")
    write(tmp_path / "btrfs/quotas" / BUILD_ID, "1")
    records = scan(tmp_path, "btrfs").records
    assert records.keys() == {ID, OTHER_ID}
    assert (records[ID].quota_bytes, records[OTHER_ID].quota_bytes) == (10737418240, None)


def test_a_limit_that_is_set_later_is_seen(tmp_path: Path) -> None:
    """It lies beside the subvolume, which does not change with it."""
    (tmp_path / "btrfs/subvolumes" / ID).mkdir(parents=True)
    found, _ = scan_again(tmp_path, "btrfs")
    write(tmp_path / "btrfs/quotas" / ID, "4096")
    assert scan(tmp_path, "btrfs", found.fingerprints).records[ID].quota_bytes == 4096


@pytest.mark.parametrize("content", ["", "-1", "10G", "1\n", "9" * 30, b"\xff", b"1" * 5000])
def test_an_invalid_limit_is_a_finding(tmp_path: Path, content: str | bytes) -> None:
    """The subvolume has a record all the same, and is looked at again."""
    (tmp_path / "btrfs/subvolumes" / ID).mkdir(parents=True)
    write(tmp_path / "btrfs/quotas" / ID, content)
    found, again = scan_again(tmp_path, "btrfs")
    (finding,) = found.findings
    assert finding.path == f"btrfs/quotas/{ID}"
    assert finding == again.findings[0]
    assert found.records[ID].quota_bytes is None
    assert not proven(found)


def test_limits_behind_a_link_are_not_read(tmp_path: Path) -> None:
    """A planted link in the place of the folder is a finding, not a way out of the root."""
    (tmp_path / "btrfs/subvolumes" / ID).mkdir(parents=True)
    write(tmp_path / "elsewhere" / ID, "1")
    (tmp_path / "btrfs/quotas").symlink_to(tmp_path / "elsewhere")
    found = scan(tmp_path, "btrfs")
    assert rules(found) == [("S1", ID)]
    assert found.records[ID].quota_bytes is None


def test_zfs_says_that_nothing_can_be_known(tmp_path: Path) -> None:
    """Mount points are not layers: there is one remark and no record."""
    (tmp_path / "zfs/graph" / ID).mkdir(parents=True)
    found = scan(tmp_path, "zfs")
    (finding,) = found.findings
    assert (finding.rule, RULES[finding.rule].severity, finding.path) == ("U3", "info", "zfs")
    assert not found.records
    assert not found.listed
    assert names(tmp_path, "zfs") == frozenset()


def test_a_root_without_zfs_says_nothing_of_it(tmp_path: Path) -> None:
    """An image store of zfs without the driver's folder is a copy of parts of a root."""
    assert not scan(tmp_path, "zfs").findings

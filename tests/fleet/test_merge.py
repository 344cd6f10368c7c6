"""Merging indexes: in any order, as often as one likes, the newest of each root wins."""

from __future__ import annotations

import itertools
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tests.fleet.hosts import Host, fleet, merged, merged_contents
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import (
    assert_sound,
    contents,
    disk_contents,
    select,
    sync_roots,
)
from tests.sync.operations import SETTLE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path


def test_every_host_is_there(tmp_path: Path) -> None:
    """What is placed on a host is there once for each host, and content once for all."""
    hosts = fleet(tmp_path)
    into = tmp_path / "fleet.db"
    summary = merged(into, *(host.index for host in hosts))
    assert summary._asdict() == {"indexes": 3, "taken": 3, "skipped": 0}
    assert_sound(into)
    assert select(into, "SELECT host FROM hosts ORDER BY 1") == [("alpha",), ("beta",), ("gamma",)]
    assert select(into, "SELECT COUNT(*) FROM store_images") == [(6,)]
    assert select(into, "SELECT COUNT(*) FROM images") == [(3,)]
    assert select(into, "SELECT COUNT(*) FROM layers") == [(3,)]
    assert select(into, "SELECT COUNT(*) FROM containers") == [(3,)]


def test_one_index_merged_is_that_index(tmp_path: Path) -> None:
    """Nothing is lost and nothing is made up; but fingerprints are of use to the index alone."""
    (host, *_) = fleet(tmp_path)
    host.root.untag("base:1")
    host.sync()
    merged(tmp_path / "fleet.db", host.index)
    expected = contents(host.index) | {"fingerprints": []}
    assert contents(tmp_path / "fleet.db") == expected
    assert expected["changes"] != []


def test_merging_again_changes_nothing(tmp_path: Path) -> None:
    """The second time every root is known already."""
    hosts = fleet(tmp_path)
    into = tmp_path / "fleet.db"
    indexes = [host.index for host in hosts]
    merged(into, *indexes)
    before = contents(into)
    assert merged(into, *indexes)._asdict() == {"indexes": 3, "taken": 0, "skipped": 3}
    assert merged(into, *indexes, *indexes).skipped == 6
    assert merged(into, into).skipped == 3
    assert contents(into) == before


def test_the_order_does_not_matter(tmp_path: Path) -> None:
    """All at once or one by one, in whatever order, the tables are equal."""
    hosts = fleet(tmp_path)
    older = tmp_path / "older.db"
    shutil.copy(hosts[0].index, older)
    hosts[0].image("base", "newest", tag="app:1")
    hosts[0].root.untag("base:1")
    hosts[0].sync()
    indexes = [older, *(host.index for host in hosts[:2])]
    results = []
    for number, order in enumerate(itertools.permutations(indexes)):
        into = tmp_path / f"fleet-{number}.db"
        if number % 2:
            merged(into, *order)
        else:
            for index in order:
                merged(into, index)
        results.append(merged_contents(into))
    assert len(results) == 6
    assert all(result == results[0] for result in results)


def test_an_index_of_merged_indexes(tmp_path: Path) -> None:
    """Merging what was merged gives the same as merging all at once."""
    first, second, third = (host.index for host in fleet(tmp_path))
    part, whole, again = (tmp_path / f"{name}.db" for name in ("part", "whole", "again"))
    merged(whole, first, second, third)
    merged(part, first, second)
    merged(again, third, part)
    assert merged_contents(again) == merged_contents(whole)


def test_the_newest_sync_of_a_root_wins(tmp_path: Path) -> None:
    """What is gone from the disk since goes from the merged index, content included."""
    host = Host(tmp_path, "alpha")
    gone = host.image("gone", tag="gone:1")
    host.sync()
    older = tmp_path / "older.db"
    shutil.copy(host.index, older)
    host.root.remove_image(gone)
    host.image("come", tag="come:1")
    host.sync()
    for order in ((older, host.index), (host.index, older)):
        into = tmp_path / f"{order[0].name}-first.db"
        for index in order:
            merged(into, index)
        assert select(into, "SELECT repository FROM tags") == [("docker.io/library/come",)]
        assert select(into, "SELECT COUNT(*) FROM images") == [(1,)]
        assert select(into, "SELECT COUNT(*) FROM layers") == [(1,)]
        assert_sound(into)


def test_history_is_united(tmp_path: Path) -> None:
    """Syncs and changes that only one of two indexes of a root saw are both kept."""
    host = Host(tmp_path, "alpha")
    host.image("one", tag="app:1")
    early, late = tmp_path / "early.db", tmp_path / "late.db"
    host.sync(early)
    host.sync(late)
    host.root.untag("app:1")
    host.sync(early)
    host.image("two", tag="app:2")
    host.sync(late)
    into = tmp_path / "fleet.db"
    merged(into, late, early)
    assert select(into, "SELECT COUNT(*) FROM syncs") == [(4,)]
    keys = "SELECT DISTINCT object_key, change FROM changes WHERE object_kind = 'tag' ORDER BY 1, 2"
    assert select(into, keys) == [
        ("docker.io/library/app:1", "removed"),
        ("docker.io/library/app:2", "added"),
    ]


def test_an_image_that_is_only_named_becomes_whole(tmp_path: Path) -> None:
    """One host knows an image by a tag alone, another one has its config."""
    named, whole = Host(tmp_path, "alpha"), Host(tmp_path, "beta")
    image = named.image("base", tag="app:1")
    named.root.image_path(image.image_id).unlink()
    named.sync()
    assert whole.image("base", tag="app:1").image_id == image.image_id
    whole.sync()
    assert select(named.index, "SELECT layer_count FROM images") == [(None,)]
    for order in ((named.index, whole.index), (whole.index, named.index)):
        into = tmp_path / f"{order[0].name}-first.db"
        for index in order:
            merged(into, index)
        assert select(into, "SELECT layer_count FROM images") == [(1,)]
        assert select(into, "SELECT COUNT(*) FROM image_layers") == [(1,)]
        assert select(into, "SELECT DISTINCT image_id FROM tags") == [(image.image_id,)]
        assert_sound(into)


@pytest.mark.parametrize("masked_first", [True, False])
def test_values_of_variables(tmp_path: Path, masked_first: bool) -> None:
    """A value that one index kept is there, whichever came first; containers are as synced."""
    masked, kept = Host(tmp_path, "alpha"), Host(tmp_path, "beta")
    for host in (masked, kept):
        host.root.container("web", host.image("base", env="TOKEN=secret"))
        host.sync(env_values=host is kept)
    into = tmp_path / "fleet.db"
    for host in (masked, kept) if masked_first else (kept, masked):
        merged(into, host.index)
    values = "SELECT value FROM image_env WHERE name = 'TOKEN'"
    assert select(into, values) == [("secret",)]
    flags = select(into, "SELECT host, env_values FROM roots ORDER BY 1")
    assert flags == [("alpha", 0), ("beta", 1)]
    of_containers = (
        "SELECT host, value IS NULL FROM container_env JOIN roots USING (root_id) ORDER BY 1"
    )
    assert select(into, of_containers) == [("alpha", 1), ("beta", 0)]


def test_a_merged_index_can_be_synced_into(tmp_path: Path) -> None:
    """A root that came from another index is read anew, whatever was known of it before."""
    host = Host(tmp_path, "alpha")
    host.image("one", tag="app:1")
    host.image("two", tag="app:2")
    time.sleep(SETTLE_SECONDS)
    host.sync()
    aside = host.root.path.with_name("aside")
    host.root.path.rename(aside)
    RootBuilder(host.root.path).image([b"other"], tag="other:1")
    other = tmp_path / "other.db"
    host.sync(other)
    merged(host.index, other)
    assert select(host.index, "SELECT repository FROM tags") == [("docker.io/library/other",)]
    shutil.rmtree(host.root.path)
    aside.rename(host.root.path)
    host.sync()
    sync_roots(tmp_path / "fresh.db", host.root.path, host="alpha")
    assert disk_contents(host.index) == disk_contents(tmp_path / "fresh.db")
    assert_sound(host.index)


def test_a_sync_into_merged_rows_takes_them_over(tmp_path: Path) -> None:
    """Rows without fingerprints are replaced, and go where the disk no longer has what they say."""
    host = Host(tmp_path, "alpha")
    image = host.image("one", tag="app:1")
    host.root.distribution(image.diff_ids[0], f"sha256:{'b' * 64}", "docker.io/library/app")
    fleet_index = tmp_path / "fleet.db"
    merged(fleet_index, host.sync())
    host.sync(fleet_index)
    assert disk_contents(fleet_index) == disk_contents(host.index)
    empty = tmp_path / "empty.db"
    merged(empty, host.index)
    host.root.remove_image(image)
    host.sync(empty)
    sync_roots(tmp_path / "fresh.db", host.root.path, host="alpha")
    assert disk_contents(empty) == disk_contents(tmp_path / "fresh.db")
    assert select(empty, "SELECT * FROM store_images") == []

"""Leftovers of the layer store: removals and writes that are in progress or were cut short."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from indexer.docker.encodings.times import utc_from_ns
from indexer.docker.files.folder import Folder
from indexer.docker.files.scan import NOTHING
from indexer.docker.image_store.layerdb import scan_layers
from indexer.docker.image_store.layerdb_leftovers import Leftover, Leftovers, scan_leftovers
from tests.readers.drivers.driver_roots import BUILD_ID, ID, OTHER_ID, Stacked, write

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = "d4" * 32
REMOVING = f"{CHAIN}-{'e5' * 32}-removing"
SECOND = 1_000_000_000


def leftovers(store: Path) -> Leftovers:
    with Folder.of_root(str(store)) as folder:
        return scan_leftovers(folder)


def set_time(path: Path, seconds: int) -> None:
    os.utime(path, ns=(0, seconds * SECOND))


def test_a_removal_names_the_directory_that_it_keeps(tmp_path: Path) -> None:
    """A removal has the chain ID of its name, the cache ID of its file, and its own size."""
    place = tmp_path / "layerdb/sha256" / REMOVING
    set_time(write(place / "cache-id", f"{ID}\n"), 5)
    set_time(place, 9)
    found = leftovers(tmp_path)
    expected = Leftover(REMOVING, "removing", f"sha256:{CHAIN}", ID, utc_from_ns(9 * SECOND), 65)
    assert found.records == (expected,)
    (finding,) = found.findings
    assert (finding.rule, finding.object_id) == ("L12", f"sha256:{CHAIN}")
    assert finding.path == f"layerdb/sha256/{REMOVING}"


def test_several_removals_of_one_layer_are_as_many_leftovers(tmp_path: Path) -> None:
    """A layer can be pulled again while its former directory is still there."""
    write(tmp_path / "layerdb/sha256" / f"{CHAIN}-{'0a' * 32}-removing" / "cache-id", ID)
    write(tmp_path / "layerdb/sha256" / f"{CHAIN}-{'0b' * 32}-removing" / "cache-id", OTHER_ID)
    assert [record.cache_id for record in leftovers(tmp_path).records] == [ID, OTHER_ID]


def test_a_removal_is_no_damaged_layer(tmp_path: Path) -> None:
    """The reader of the layers skips removals and reports other odd names."""
    write(tmp_path / "layerdb/sha256" / REMOVING / "cache-id", ID)
    (tmp_path / "layerdb/sha256/odd-removing").mkdir()
    with Folder.of_root(str(tmp_path)) as store:
        layers = scan_layers(store, NOTHING, lambda _: None)
    assert not layers.records
    assert [(finding.rule, finding.path) for finding in layers.findings] == [
        ("L1", "layerdb/sha256/odd-removing")
    ]
    assert [record.name for record in leftovers(tmp_path).records] == [REMOVING]


@pytest.mark.parametrize("name", ["write-set-123456789", "layer-123456789"])
def test_a_write_names_its_directory_once_it_is_noted(tmp_path: Path, name: str) -> None:
    """Its time is that of the newest file in it, which grows while the layer is unpacked."""
    place = tmp_path / "layerdb/tmp" / name
    set_time(write(place / "tar-split.json.gz", b"\x1f\x8b"), 20)
    set_time(write(place / "cache-id", BUILD_ID), 12)
    set_time(place, 12)
    found = leftovers(tmp_path)
    expected = Leftover(name, "in-progress", None, BUILD_ID, utc_from_ns(20 * SECOND), 27)
    assert found.records == (expected,)
    (finding,) = found.findings
    assert (finding.rule, finding.path) == ("L13", f"layerdb/tmp/{name}")


def test_a_write_that_was_cut_short_early_names_nothing(tmp_path: Path) -> None:
    """Without the file, or with an empty one, the directory is not known yet."""
    write(tmp_path / "layerdb/tmp/write-set-1/tar-split.json.gz")
    write(tmp_path / "layerdb/tmp/write-set-2/cache-id")
    write(tmp_path / "layerdb/tmp/stray-file")
    found = leftovers(tmp_path)
    assert {record.name: record.cache_id for record in found.records} == {
        "write-set-1": None,
        "write-set-2": None,
        "stray-file": None,
    }
    assert [finding.rule for finding in found.findings] == ["L13"] * 3


@pytest.mark.parametrize("content", ["../../etc", "/", "a/b", "a\nb", b"\xff"])
def test_a_cache_id_that_names_no_directory_is_a_finding(
    tmp_path: Path, content: str | bytes
) -> None:
    """A cache ID that could lead out of the driver's folder is not used."""
    write(tmp_path / "layerdb/sha256" / REMOVING / "cache-id", content)
    found = leftovers(tmp_path)
    assert [finding.rule for finding in found.findings] == ["L7", "L12"]
    assert found.records[0].cache_id is None


def test_planted_links_and_pipes_are_not_opened(tmp_path: Path) -> None:
    """A link or pipe in place of a leftover or its cache ID is reported and not opened."""
    write(tmp_path / "elsewhere/cache-id", ID)
    (tmp_path / "layerdb/tmp").mkdir(parents=True)
    (tmp_path / "layerdb/tmp/write-set-1").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "layerdb/sha256" / REMOVING).mkdir(parents=True)
    os.mkfifo(tmp_path / "layerdb/sha256" / REMOVING / "cache-id")
    found = leftovers(tmp_path)
    assert [record.cache_id for record in found.records] == [None, None]
    assert [finding.rule for finding in found.findings] == ["S1", "L12", "L13"]


def test_a_folder_that_cannot_be_listed_is_reported_once(tmp_path: Path) -> None:
    """A layer folder that cannot be listed is reported by the reader of the layers only."""
    (tmp_path / "layerdb").mkdir()
    (tmp_path / "layerdb/tmp").symlink_to("/")
    (tmp_path / "layerdb/sha256").symlink_to("/")
    found = leftovers(tmp_path)
    assert not found.records
    assert [(finding.rule, finding.path) for finding in found.findings] == [("S1", "layerdb/tmp")]


def test_a_healthy_store_leaves_nothing(tmp_path: Path) -> None:
    """Finished writes and removals are gone, as is the folder in a copy of parts of a root."""
    root = Stacked(tmp_path, "overlay2")
    root.builder.remove_container(root.container)
    root.builder.remove_image(root.image)
    assert leftovers(root.builder.store) == Leftovers((), ())
    assert leftovers(tmp_path) == Leftovers((), ())

"""Whose each directory of a captured root is, as its engine and its files say."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.engine.harness.answers import Answers
from tests.engine.harness.compare_directories import compare_directories
from tests.engine.harness.comparison import Comparison
from tests.engine.harness.snapshot_files import directories as snapshots
from tests.engine.harness.unnamed import directories
from tests.roots import CAPTURED_ROOTS, CONTAINERD_ROOTS, truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.harness.index_answers import Index

OVERLAY2 = [name for name in CAPTURED_ROOTS if name.endswith("overlay2")]
LEAST_FIELDS = {
    "20.10-overlay2": 1250,
    "20.10-vfs": 1250,
    "26.1.5-overlay2": 1600,
    "28.5.2-vfs": 1600,
    "28.5.2-c8d": 3300,
    "29.7.2-c8d-sysctrd": 3400,
}


_SNAPSHOTTER = "io.containerd.snapshotter.v1.overlayfs"


@pytest.fixture(params=CAPTURED_ROOTS)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a root."""
    chosen: str = request.param
    return chosen


@pytest.fixture
def index(name: str, golden_index: Callable[[str], Index]) -> Index:
    """An index of it."""
    return golden_index(name)


def test_every_owner_is_the_engines(name: str, index: Index) -> None:
    """Each directory has the one owner that the engine or the files say, and all its images."""
    comparison = Comparison()
    compare_directories(comparison, index, Answers.from_folder(truth(name)))

    assert comparison.mismatches == []
    assert comparison.fields >= LEAST_FIELDS[name]


def test_an_owner_is_found_by_any_name_of_the_directory(name: str, index: Index) -> None:
    """Name, beginning, path inside and, with overlay2, short link give the same owner."""
    everything = index.query("directory-owner")
    for directory in sorted(on_disk(name, index.root))[::19]:
        owners = [row for row in everything if row["directory"] == directory]
        path = owners[0]["path"]
        names = [directory, f"{path}/etc/passwd", path, path.replace(str(index.root), "/else")]
        if not directory.endswith("-init") and f"{directory}-init" not in str(everything):
            names.append(directory[:12])
        for asked in [*names, *short_links(index.root, directory)]:
            assert index.query("directory-owner", directory=asked) == owners, asked


@pytest.mark.parametrize("name", CONTAINERD_ROOTS, indirect=True)
def test_other_names_in_a_path_are_files(index: Index) -> None:
    """Only what follows the snapshotter's folder first is a directory of it."""
    owners = index.query("directory-owner")
    names = sorted({row["directory"] for row in owners})
    for directory, other in zip(names[::9], names[1::9], strict=False):
        expected = [row for row in owners if row["directory"] == directory]
        path = expected[0]["path"]
        for inside in (f"opt/{other}/bin", f"{_SNAPSHOTTER}/snapshots/{other}/fs/etc"):
            assert index.query("directory-owner", directory=f"{path}/{inside}") == expected
        assert index.query("directory-owner", directory=f"/opt/{other}/bin") == []


def on_disk(name: str, root: Path) -> set[str]:
    """The names of all directories of the graph driver or the snapshotter."""
    if name in CONTAINERD_ROOTS:
        return snapshots(root, "overlayfs")
    return directories(root, name.partition("-")[2])


def short_links(root: Path, directory: str) -> list[str]:
    """The short link of a directory, as it stands in mount options and as a path."""
    file = root / "overlay2" / directory / "link"
    if not file.exists():
        return []
    link = file.read_text()
    assert os.readlink(root / "overlay2" / "l" / link) == f"../{directory}/diff"
    return [link, f"l/{link}", str(root / "overlay2" / "l" / link)]


@pytest.mark.parametrize("name", OVERLAY2, indirect=True)
def test_short_links_lead_to_their_directories(index: Index) -> None:
    """The index has the short link of every directory of overlay2, each once."""
    rows = {row["directory"]: row["short_link"] for row in index.table("directories")}
    links = {
        directory: (index.root / "overlay2" / directory / "link").read_text() for directory in rows
    }
    assert rows == links
    assert len(set(links.values())) == len(links)


def test_no_directory_has_an_unknown_name(index: Index) -> None:
    """A name that no directory has is refused."""
    for name in ("f" * 64, "abc"):
        with pytest.raises(AssertionError, match="Nothing in the index goes by"):
            index.query("directory-owner", directory=name)


@pytest.mark.parametrize("name", CONTAINERD_ROOTS, indirect=True)
def test_snapshots_are_those_of_the_survey(name: str, index: Index) -> None:
    """The index has every directory that was there before the root was packed, and no other."""
    survey = json.loads((truth(name) / "survey.json").read_text())
    found = [place[_SNAPSHOTTER] for place in survey.values() if _SNAPSHOTTER in place]

    assert [sorted(row["directory"] for row in index.query("directories"))] == list(
        map(sorted, found)
    )

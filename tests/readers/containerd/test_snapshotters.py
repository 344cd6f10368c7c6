"""Snapshotters whose folders are not like that of overlayfs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.docker.containerd.snapshotter import files_path, layer_place
from tests.readers.containerd.reading import fingerprints, read
from tests.rootbuilder.containerd import ContainerdBuilder

if TYPE_CHECKING:
    from pathlib import Path

WEB = "docker.io/library/web:1"
NAME = "io.containerd.snapshotter.v1."


def write_stargz(store: ContainerdBuilder) -> Path:
    """Write a store of stargz; the folder with its database and its directories."""
    stargz = ContainerdBuilder(store.top, snapshotter="stargz")
    stargz.image(WEB, [b"base", b"web"])
    stargz.write()
    top = stargz.snapshot_path("").parent
    own = top / "snapshotter"
    own.mkdir()
    for name in ("metadata.db", "snapshots"):
        (top / name).rename(own / name)
    (top / "stargz" / "httpcache").mkdir(parents=True)
    return own


def test_stargz_has_its_database_and_directories_one_folder_deeper(
    docker: Path, store: ContainerdBuilder
) -> None:
    write_stargz(store)
    found = read(docker)
    assert (found.snapshotter, found.findings) == ("stargz", ())
    assert {(it.snapshot_id, it.size_bytes) for it in found.snapshots} == {("1", 4096), ("2", 4096)}
    assert [it.name for it in found.directories] == ["1", "2"]
    place = layer_place("stargz")
    assert f"{place.prefix}1{place.suffix}" == f"{NAME}stargz/snapshotter/snapshots/1/fs"


def test_a_change_of_stargz_is_noticed(docker: Path, store: ContainerdBuilder) -> None:
    own = write_stargz(store)
    before = fingerprints(docker)
    (own / "snapshots" / "new-1").mkdir()
    assert fingerprints(docker) != before


def test_stargz_without_its_database_is_k6_where_it_should_be(
    docker: Path, store: ContainerdBuilder
) -> None:
    own = write_stargz(store)
    (own / "metadata.db").unlink()
    (finding,) = read(docker).findings
    assert (finding.rule, finding.effective_severity) == ("K6", "error")
    assert finding.path == f"containerd/daemon/{NAME}stargz/snapshotter/metadata.db"


@pytest.mark.parametrize("snapshotter", ["windows", "native", "erofs"])
def test_layers_that_are_their_directory(
    docker: Path, store: ContainerdBuilder, snapshotter: str
) -> None:
    """That of erofs has the file `layer.erofs`, beside an empty `fs` where it is mounted."""
    own = ContainerdBuilder(store.top, snapshotter=snapshotter)
    own.image(WEB, [b"web"])
    own.write()
    found = read(docker)
    assert (found.snapshotter, found.findings) == (snapshotter, ())
    assert [it.name for it in found.directories] == ["1"]
    place = layer_place(snapshotter)
    assert f"{place.prefix}1{place.suffix}" == f"{NAME}{snapshotter}/snapshots/1"


def test_what_is_written_to_a_snapshot_of_erofs_is_in_fs() -> None:
    assert files_path("erofs", "7") == (f"{NAME}erofs", "snapshots", "7", "fs")
    assert files_path("windows", "7") == (f"{NAME}windows", "snapshots", "7")

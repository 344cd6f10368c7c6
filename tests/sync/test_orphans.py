"""A directory is a certain orphan only if everything that could name it was read."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from indexer.docker.running_engine import Engine
from tests.readers.drivers.driver_roots import ID, Stacked, write
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path

OWNER = """
    SELECT owner_kind, owner_id, reason, confidence FROM directory_owners WHERE directory = ?
"""


def owner(root: Path, directory: str) -> tuple[str | None, ...]:
    """Owner kind and ID, reason and confidence of a directory when no engine runs."""
    index = root.with_name("index.db")
    sync_roots(index, root, offline=True)
    (row,) = select(index, OWNER, directory)
    return row


@pytest.mark.parametrize("file", ["size", "diff", "parent"])
def test_a_damaged_layer_keeps_its_directory(tmp_path: Path, file: str) -> None:
    """No engine loads the layer, but its cache-id still names its directory."""
    stacked = Stacked(tmp_path, "overlay2")
    top = stacked.image.top
    assert top is not None
    write(stacked.path / "image/overlay2/layerdb/sha256" / top.chain_id[7:] / file, "x")
    kind, owner_id, reason, _ = owner(stacked.path, top.cache_id)
    assert (kind, owner_id) == ("image-layer", top.chain_id)
    assert reason == "a file of the layer is damaged, so that no engine loads it"


def test_a_lost_cache_id_leaves_no_orphan_certain(tmp_path: Path) -> None:
    """Any directory that nothing else names may belong to the layer. The reason names the file."""
    stacked = Stacked(tmp_path, "overlay2")
    stacked.builder.driver.create(ID, None)
    assert owner(stacked.path, ID)[3] == "certain"
    top = stacked.image.top
    assert top is not None
    path = f"image/overlay2/layerdb/sha256/{top.chain_id[7:]}/cache-id"
    # Writing a file in place, as engines do, does not change the folder's times.
    (stacked.path / path).unlink()
    write(stacked.path / path, "")
    kind, _, reason, confidence = owner(stacked.path, ID)
    assert (kind, confidence) == ("orphan", "likely")
    assert reason is not None
    assert path in reason


def test_an_engine_that_cannot_be_seen_makes_orphans_likely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stay orphans, and the summary says why they are not certain."""
    unknown = Engine(None, None, "the evidence is hidden")
    monkeypatch.setattr("indexer.docker.read_root.engine_of", lambda *_, **__: unknown)
    stacked = Stacked(tmp_path, "overlay2")
    stacked.builder.driver.create(ID, None)
    summary = sync_roots(tmp_path / "unknown.db", stacked.path)
    assert [(it.engine, it.engine_doubt) for it in summary.roots] == [("unknown", unknown.doubt)]
    ((kind, _, reason, confidence),) = select(tmp_path / "unknown.db", OWNER, ID)
    assert (kind, confidence) == ("orphan", "likely")
    assert "the evidence is hidden" in reason
    assert owner(stacked.path, ID)[3] == "certain"


def test_what_the_list_below_a_directory_in_use_names_is_needed(tmp_path: Path) -> None:
    """This holds at any depth, even if the directories between them are gone."""
    stacked = Stacked(tmp_path, "overlay2")
    lowest, middle, top = stacked.image.cache_ids
    layers = stacked.path / "image/overlay2/layerdb/sha256"
    for chain_id in stacked.image.chain_ids:
        shutil.rmtree(layers / chain_id[7:])
    for gone in ((), (middle, top)):
        for directory in gone:
            shutil.rmtree(stacked.path / "overlay2" / directory)
        kind, owner_id, reason, _ = owner(stacked.path, lowest)
        assert kind == "undetermined"
        assert owner_id in {stacked.container.mount_id, stacked.container.init_id}
        assert reason is not None
        assert "stacked on it" in reason


def test_what_aufs_deletes_at_its_start_is_a_removal(tmp_path: Path) -> None:
    """Its name says that its removal has begun."""
    root = tmp_path / "docker"
    RootBuilder(root, "vfs").image([b"one"])
    shutil.copytree(root / "image/vfs", root / "image/aufs")
    for folder in ("diff", "layers", "mnt"):
        (root / "aufs" / folder).mkdir(parents=True)
    (root / "aufs/diff" / f"{ID}-removing").mkdir()
    assert owner(root, f"{ID}-removing")[0] == "removing"

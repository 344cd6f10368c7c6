"""Directories beside the metadata that names them: read in the order that a live root needs."""

from __future__ import annotations

import json
import os
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from indexer.docker.files.folder import Folder
from indexer.docker.image_store.store import PreviousStore
from indexer.docker.read_root import PreviousRoot, read_root
from indexer.docker.root.layout import look_at
from tests.readers.drivers.driver_roots import STAMPS_HOLD_SECONDS, Stacked, proven, write
from tests.roots import truth, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from indexer.docker.files.scan import Tick
    from indexer.docker.image_store.store import StoreScan
    from indexer.docker.read_root import RootContents
    from tests.rootbuilder import RootBuilder

OVERLAY_ROOTS = ("20.10-overlay2", "26.1.5-overlay2")
KILLED_ENGINES = {
    "26.1.5-overlay2": {
        "0a83b3b2aedfa1cd05d802e5780988a09b20e4ea9c14b717febf7e71149200b2",
        "4a473e97f53d023988c73848bfed71dd3168ca30253389ee6bb0a2ca452307c7",
        "54331321347d209562ac9ef995277ec385c17c324004f0f1dd82547459dc272c",
        "928c3964f0f13f2d59ead7ec8bc4f3abd83fc5197d2d353f2a2f525a8636b734",
    },
    "28.5.2-vfs": {
        "8431f47787af269d360741ca60e8b85dadb6188688cc393e509b9eaac28e07ef",
        "bbd24a707ec2f4bb60caf198e253f960c47ca99e318809d470c9e0188ed94ed7",
        "d029c224a0bc841fba68a161994bd93576d26f64a01a8abc2692dde8d12809a5",
    },
    "20.10-overlay2": set(),
    "20.10-vfs": set(),
}


def contents(
    root: Path, known: PreviousStore | None = None, tick: Tick | None = None
) -> RootContents:
    with Folder.of_root(str(root)) as folder:
        layout = look_at(folder, str(root))
        known_stores = {} if known is None else dict.fromkeys(layout.drivers, known)
        return read_root(folder, layout, None, PreviousRoot(known_stores), tick or (lambda _: None))


def only_store(found: RootContents) -> StoreScan:
    (store,) = found.stores.values()
    return store


def fingerprints_of(store: StoreScan) -> PreviousStore:
    return PreviousStore(*(getattr(store, kind).fingerprints for kind in PreviousStore._fields))


def named(found: RootContents) -> set[str | None]:
    """All directories that something in the root names."""
    store = only_store(found)
    return {
        *(layer.cache_id for layer in store.layers.records.values()),
        *(leftover.cache_id for leftover in store.leftovers.records),
        *(mount.mount_id for mount in store.mounts.records.values()),
        *(mount.init_id for mount in store.mounts.records.values()),
        *(snapshot.directory for snapshot in found.buildkit.snapshots),
    }


class At:
    """A tick that does something once, when it is called for the time `moment`."""

    def __init__(self, moment: int, action: Callable[[], object]) -> None:
        self.moment = moment
        self.action = action
        self.calls = 0

    def __call__(self, _: int) -> None:
        self.calls += 1
        if self.calls == self.moment:
            self.action()


@pytest.mark.parametrize("name", KILLED_ENGINES)
def test_what_killed_engines_left_is_all_that_nothing_names(tmp_path: Path, name: str) -> None:
    """On real roots, directories that nothing names are those that the capture found to be so."""
    found = contents(unpack(name, tmp_path))
    assert only_store(found).directories.records.keys() - named(found) == KILLED_ENGINES[name]


@pytest.mark.parametrize("name", KILLED_ENGINES)
def test_everything_that_is_named_is_there(tmp_path: Path, name: str) -> None:
    """Each cache ID, mount ID, init ID and snapshot of a real root has its directory."""
    found = contents(unpack(name, tmp_path))
    assert named(found) - {None} <= only_store(found).directories.records.keys()


@pytest.mark.parametrize("name", OVERLAY_ROOTS)
@pytest.mark.parametrize("answers", ["api-image-inspect", "api-container-inspect"])
def test_the_engine_mounts_what_a_record_has_below_it(
    tmp_path: Path, name: str, answers: str
) -> None:
    """The lower directories are, in order, those of the engine's own mount options."""
    records = only_store(contents(unpack(name, tmp_path))).directories.records
    compared = 0
    for options in mount_options(json.loads((truth(name) / f"{answers}.json").read_text())):
        record = records[directory_in(options["UpperDir"])]
        lower = [directory_in(path) for path in options.get("LowerDir", "").split(":") if path]
        assert list(record.lower or ()) == lower
        compared += len(lower)
    assert compared > 10


def mount_options(answers: Any) -> list[dict[str, str]]:
    objects = answers.values() if isinstance(answers, dict) else answers
    found = [value["GraphDriver"]["Data"] for value in objects if value.get("GraphDriver")]
    return [data for data in found if data and "UpperDir" in data]


def directory_in(path: str) -> str:
    return path.split("/")[-2]


@pytest.mark.parametrize("name", OVERLAY_ROOTS)
def test_real_layers_lie_on_the_directory_of_their_parent(tmp_path: Path, name: str) -> None:
    """What the driver has right below a layer is what the layer store says."""
    store = only_store(contents(unpack(name, tmp_path)))
    layers = store.layers.records
    for layer in layers.values():
        lower = store.directories.records[layer.cache_id].lower
        parent = layers[layer.parent.removeprefix("sha256:")].cache_id if layer.parent else None
        assert next(iter(lower or ()), None) == parent


@pytest.mark.parametrize("name", OVERLAY_ROOTS)
def test_real_short_links_are_what_the_directories_note(tmp_path: Path, name: str) -> None:
    """Each directory has one, and each leads to a directory."""
    store = only_store(contents(unpack(name, tmp_path)))
    noted = {record.link: record.name for record in store.directories.records.values()}
    assert dict(store.short_links.records["l"]) == noted
    assert not [finding for finding in store.findings if finding.object_kind == "directory"]


def test_a_second_pass_over_a_real_root_opens_no_directory(tmp_path: Path) -> None:
    """Every directory of a root at rest keeps its fingerprint, orphans included."""
    root = unpack("26.1.5-overlay2", tmp_path)
    time.sleep(STAMPS_HOLD_SECONDS)
    first = only_store(contents(root))
    second = only_store(contents(root, fingerprints_of(first)))
    assert proven(first.directories) == second.directories.unchanged
    assert second.directories.unchanged == first.directories.records.keys()
    assert second.short_links.unchanged == {"l"}
    assert second.leftovers == first.leftovers


@pytest.fixture
def stacked(tmp_path: Path) -> Stacked:
    """Give a root with an image and a container."""
    return Stacked(tmp_path, "overlay2")


def at_every_moment(folder: Path, prepare: Callable[[RootBuilder], Callable[[], object]]) -> None:
    """Read a root as often as it has moments, with something done to it at each.

    No directory may be reported that nothing names, nor be missing although it is named.
    """
    calls = moment = 1
    while moment <= calls:
        root = Stacked(folder / f"{moment}", "overlay2")
        action = At(moment, prepare(root.builder))
        found = contents(root.path, tick=action)
        reported = only_store(found).directories.records.keys()
        assert reported <= named(found)
        there = {path.name for path in root.home.iterdir()}
        assert named(found) & there <= reported
        calls, moment = action.calls, moment + 1
    assert moment > 10


def test_no_orphan_while_a_container_is_removed(tmp_path: Path) -> None:
    """Whenever the engine removes it, its directories are named or not reported."""

    def prepare(builder: RootBuilder) -> Callable[[], object]:
        container = builder.container("other", builder.image([b"other"]))
        return partial(builder.remove_container, container)

    at_every_moment(tmp_path, prepare)


def test_no_orphan_while_an_image_is_removed(tmp_path: Path) -> None:
    """Whenever the engine removes a layer, its directory is named or not reported."""

    def prepare(builder: RootBuilder) -> Callable[[], object]:
        return partial(builder.remove_image, builder.image([b"other"], tag="other:1"))

    at_every_moment(tmp_path, prepare)


def test_no_orphan_while_a_container_is_made(tmp_path: Path) -> None:
    """A directory made after the first look is reported if what names it is seen, and else not."""

    def prepare(builder: RootBuilder) -> Callable[[], object]:
        return partial(builder.container, "other", builder.image([b"other"]))

    at_every_moment(tmp_path, prepare)


@pytest.mark.parametrize("tag", [None, "other:1"])
def test_no_orphan_while_an_image_is_made(tmp_path: Path, tag: str | None) -> None:
    """The same for a layer, without and with a tag, which makes the store be read once more."""
    at_every_moment(tmp_path, lambda builder: partial(builder.image, [b"other"], tag=tag))


def test_a_failed_removal_names_its_directory(stacked: Stacked) -> None:
    """The directory of a layer that is being removed is no orphan."""
    chain = stacked.image.chain_ids[-1].removeprefix("sha256:")
    layers = stacked.builder.store / "layerdb/sha256"
    os.rename(layers / chain, layers / f"{chain}-{'f' * 64}-removing")
    found = contents(stacked.path)
    (leftover,) = only_store(found).leftovers.records
    assert leftover.cache_id == stacked.image.cache_ids[-1]
    assert [finding.rule for finding in found.findings if finding.rule.startswith("L")] == ["L12"]


def test_a_root_without_the_folder_of_the_driver_is_read(stacked: Stacked) -> None:
    """A copy of the metadata alone has images and no directories, and nothing is amiss with it."""
    shutil.rmtree(stacked.home)
    found = contents(stacked.path)
    assert len(only_store(found).layers.records) == 3
    assert not only_store(found).directories.records
    assert not found.findings


def test_findings_about_directories_are_findings_of_the_root(stacked: Stacked) -> None:
    """A damaged file of the driver, a planted link and a crashed write are all among them."""
    write(stacked.home / stacked.image.cache_ids[0] / "link", "damaged")
    (stacked.home / "l" / ("A" * 26)).symlink_to("/")
    write(stacked.builder.store / "layerdb/tmp/write-set-1/cache-id", "../..")
    assert sorted(finding.rule for finding in contents(stacked.path).findings) == [
        "G3",
        "L13",
        "L7",
        "S1",
    ]

"""`layerdb/sha256`: layers as the engine keeps them, and each way one can be unusable."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from indexer.docker.encodings.digests import chain_id
from indexer.docker.files.scan import UNPROVEN, Scan
from indexer.docker.image_store.layerdb import LayerRecord, scan_layers
from tests.readers.reading import (
    DIGEST,
    HEX,
    OTHER_DIGEST,
    OTHER_HEX,
    PLANTED,
    found,
    no_tick,
    opened,
    plant,
    write,
)
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = "layerdb/sha256"
CACHE = "c" * 64
CHILD = chain_id(OTHER_DIGEST, DIGEST)


def layers(store: Path) -> Scan[LayerRecord]:
    """The layers of the store at `store`."""
    with opened(store) as folder:
        return scan_layers(folder, {}, no_tick)


def add_layer(store: Path, name: str = HEX, **files: str | bytes | None) -> Path:
    """Write the bottom layer DIGEST, with `files` (dashes as underscores) in place of its own."""
    content = {"diff": DIGEST, "size": "5", "cache_id": CACHE, "tar_split.json.gz": "x", **files}
    for file, text in content.items():
        if text is not None:
            write(store / LAYERS / name / file.replace("_", "-"), text)
    return store / LAYERS / name


@pytest.mark.parametrize("driver", ["overlay2", "vfs"])
def test_layers_of_a_built_root(tmp_path: Path, driver: str) -> None:
    """Each layer has the IDs, the parent and the size that were written."""
    root = RootBuilder(tmp_path, driver)
    image = root.image([b"base", b"more", b"base"])
    scan = layers(root.store)
    parents = (None, *image.chain_ids)
    for position, size in enumerate((4, 4, 4)):
        chain = image.chain_ids[position]
        assert scan.records[chain[7:]] == LayerRecord(
            chain,
            image.diff_ids[position],
            parents[position],
            size,
            image.cache_ids[position],
            verified=True,
        )
    assert scan.findings == ()
    assert len(scan.records) == 3


@pytest.mark.parametrize(
    "cache_id", ["0r22po39b3ldnsg77hyh11mlg", f"{CACHE}\n", " x ", "a.b_c-d", "A"]
)
def test_names_of_driver_directories(tmp_path: Path, cache_id: str) -> None:
    """A cache ID may have another shape than 64 digits, and space around it is dropped."""
    add_layer(tmp_path, cache_id=cache_id)
    assert layers(tmp_path).records[HEX].cache_id == cache_id.strip()


@pytest.mark.parametrize("size", ["0", "9223372036854775807"])
def test_sizes(tmp_path: Path, size: str) -> None:
    """A size is any whole number of 64 bits."""
    add_layer(tmp_path, size=size)
    assert layers(tmp_path).records[HEX].size == int(size)


@pytest.mark.parametrize(
    ("file", "content", "rule"),
    [
        ("diff", None, "L2"),
        ("diff", "", "L2"),
        ("diff", HEX, "L2"),
        ("diff", DIGEST.upper(), "L2"),
        ("diff", b"\xff\xfe", "L2"),
        ("diff", "x" * 5000, "U2"),
        ("size", None, "L2"),
        ("size", "", "L2"),
        ("size", "5\n", "L2"),
        ("size", " 5", "L2"),
        ("size", "-1", "L2"),
        ("size", "5.0", "L2"),
        ("size", "9223372036854775808", "L2"),
        ("size", "9" * 4000, "L2"),
        ("size", "\u0665", "L2"),
        ("cache-id", None, "L2"),
        ("cache-id", "", "L7"),
        ("cache-id", "..", "L7"),
        ("cache-id", "../../etc", "L7"),
        ("cache-id", "/etc", "L7"),
        ("cache-id", "a/b", "L7"),
        ("cache-id", "a\x00b", "L7"),
        ("cache-id", "a\nb", "L7"),
        ("cache-id", "l\u00e4yer", "L7"),
        ("parent", "", "L4"),
        ("parent", HEX, "L4"),
        ("parent", "sha256:..", "L4"),
        ("descriptor.json", "{", "L14"),
        ("descriptor.json", "x" * 2_000_000, "U2"),
    ],
)
def test_a_layer_the_engine_drops(
    tmp_path: Path, file: str, content: str | bytes | None, rule: str
) -> None:
    """The finding names the file and the reason, and the sound layer is still read."""
    add_layer(tmp_path, **{file.replace("-", "_"): content})
    add_layer(tmp_path, OTHER_HEX, diff=OTHER_DIGEST)
    scan = layers(tmp_path)
    assert scan.records.keys() == {OTHER_HEX}
    assert found(scan.findings) == [(rule, DIGEST, f"{LAYERS}/{HEX}/{file}")]
    assert "the engine drops this layer and every image on it" in scan.findings[0].message
    assert "\x00" not in scan.findings[0].message


def test_a_layer_that_cannot_be_pushed(tmp_path: Path) -> None:
    """A layer without its tar-split file is kept, and the finding says what fails."""
    add_layer(tmp_path, **{"tar_split.json.gz": None})
    scan = layers(tmp_path)
    assert scan.records.keys() == {HEX}
    assert found(scan.findings) == [("L9", DIGEST, f"{LAYERS}/{HEX}/tar-split.json.gz")]


@pytest.mark.parametrize(("driver", "rules"), [("overlay2", ["L14"]), ("windowsfilter", [])])
def test_a_foreign_layer(tmp_path: Path, driver: str, rules: list[str]) -> None:
    """A descriptor of a foreign layer is normal only on Windows."""
    add_layer(tmp_path / "image" / driver, **{"descriptor.json": '{"size":1}'})
    with opened(tmp_path) as root, root.descend("image", driver) as store:
        scan = scan_layers(store, {}, no_tick)
    assert [(finding.rule, finding.severity) for finding in scan.findings] == [
        (rule, "info") for rule in rules
    ]


def test_layers_of_other_algorithms(tmp_path: Path) -> None:
    """Layers of other hash algorithms are reported, since no engine loads them."""
    add_layer(tmp_path)
    (tmp_path / "layerdb/sha512").mkdir()
    assert found(layers(tmp_path).findings) == [("L15", None, "layerdb/sha512")]


@pytest.mark.parametrize("file", ["diff", "size", "cache-id", "parent"])
@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_in_place_of_a_file(tmp_path: Path, file: str, kind: str) -> None:
    """A file that is not a regular file is not opened."""
    path = add_layer(tmp_path) / file
    path.unlink(missing_ok=True)
    plant(path, kind)
    scan = layers(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [("S1", DIGEST, f"{LAYERS}/{HEX}/{file}")]


def test_a_folder_that_is_not_named_by_its_chain_id(tmp_path: Path) -> None:
    """A layer under a wrong chain ID is kept, and the finding has the right one."""
    add_layer(tmp_path, parent=OTHER_DIGEST)
    scan = layers(tmp_path)
    assert scan.records == {HEX: LayerRecord(DIGEST, DIGEST, OTHER_DIGEST, 5, CACHE, False)}
    assert found(scan.findings) == [("L3", DIGEST, f"{LAYERS}/{HEX}")]
    assert CHILD in scan.findings[0].message
    assert scan.fingerprints == {HEX: UNPROVEN}


def test_a_child_without_its_parent_file(tmp_path: Path) -> None:
    """A layer without its parent file looks like a bottom layer with a wrong chain ID."""
    add_layer(tmp_path, CHILD[7:])
    assert found(layers(tmp_path).findings) == [("L3", CHILD, f"{LAYERS}/{CHILD[7:]}")]


def test_extra_files_are_left_alone(tmp_path: Path) -> None:
    """Only what the engine needs is read of a layer, and the tar-split stream is not."""
    path = add_layer(tmp_path)
    write(path / "tar-split.json.gz", b"not gzip")
    os.mkfifo(path / "pipe")
    scan = layers(tmp_path)
    assert (scan.records.keys(), scan.findings) == ({HEX}, ())


@pytest.mark.parametrize(
    "name", [HEX.upper(), f"sha256:{HEX}", f"{HEX}-{OTHER_HEX[1:]}-removing", "caf\udce9"]
)
def test_folders_of_other_names(tmp_path: Path, name: str) -> None:
    """A name that no engine writes is reported."""
    add_layer(tmp_path, name)
    scan = layers(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [("L1", None, f"{LAYERS}/{name}")]


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_folders(tmp_path: Path, kind: str) -> None:
    """A layer that is no folder is ignored; where none can be listed, all are unknown."""
    plant(tmp_path / "a" / LAYERS / HEX, kind)
    scan = layers(tmp_path / "a")
    assert found(scan.findings) == [("L1", None, f"{LAYERS}/{HEX}")]
    assert scan.listed
    plant(tmp_path / "b" / LAYERS, kind)
    scan = layers(tmp_path / "b")
    assert found(scan.findings) == [("S1", None, LAYERS)]
    assert not scan.listed

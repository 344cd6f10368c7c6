"""`imagedb`: configs by their digest and the metadata beside them, sound and damaged."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from indexer.docker.files.scan import RACY_NS, UNPROVEN
from indexer.docker.image_store.imagedb import ImageMetadata, scan_configs, scan_metadata
from tests.readers.reading import (
    DIGEST,
    HEX,
    OTHER_DIGEST,
    PLANTED,
    found,
    no_tick,
    opened,
    plant,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.files.folder import Fingerprint
    from indexer.docker.files.scan import Previous, Scan
    from indexer.docker.image_store.image_config import ImageConfig

CONTENT = "imagedb/content/sha256"
METADATA = "imagedb/metadata/sha256"
SOUND = json.dumps(
    {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [DIGEST]}}
).encode()


def configs(store: Path, known: Previous | None = None) -> Scan[ImageConfig]:
    """The configs of the store at `store`."""
    with opened(store) as folder:
        return scan_configs(folder, known or {}, no_tick)


def metadata(store: Path) -> Scan[ImageMetadata]:
    """The metadata of the store at `store`."""
    with opened(store) as folder:
        return scan_metadata(folder, {}, no_tick)


def add_config(store: Path, data: bytes) -> str:
    """Write a config under its digest and give its 64 digits."""
    name = hashlib.sha256(data).hexdigest()
    write(store / CONTENT / name, data)
    return name


def test_a_store_without_images(tmp_path: Path) -> None:
    """A folder that is missing at any level holds nothing, and that is known."""
    for missing in ("", "imagedb", "imagedb/content", CONTENT, METADATA):
        (tmp_path / missing).mkdir(parents=True, exist_ok=True)
        for scan in (configs(tmp_path), metadata(tmp_path)):
            assert (scan.records, scan.findings, scan.listed) == ({}, (), True)


def test_a_config_has_its_name_as_id(tmp_path: Path) -> None:
    """The image ID is the digest of the file."""
    name = add_config(tmp_path, SOUND)
    scan = configs(tmp_path)
    assert scan.records[name].image_id == f"sha256:{name}"
    assert scan.records[name].diff_ids == (DIGEST,)
    assert scan.findings == ()
    assert scan.fingerprints.keys() == {name}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "I3"),
        (b"null", "I3"),
        (b"{}", "I3"),
        (b'{"rootfs":{"diff_ids":["x"]}}', "I5"),
        (b'{"rootfs":{},"created":"never"}', "I8"),
        (b'{"rootfs":{}} ]', "I3"),
        (b'{"a":' * 100_000, "I3"),
        (b"\xff" * 1000, "I3"),
    ],
)
def test_a_config_the_engine_drops(tmp_path: Path, data: bytes, rule: str) -> None:
    """A damaged config is reported with its ID and the reason, and the sound one is still read."""
    sound, broken = add_config(tmp_path, SOUND), add_config(tmp_path, data)
    scan = configs(tmp_path)
    assert scan.records.keys() == {sound}
    assert found(scan.findings) == [(rule, f"sha256:{broken}", f"{CONTENT}/{broken}")]
    assert scan.listed


def test_a_config_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    """One changed byte makes another digest, and the engine drops the image."""
    write(tmp_path / CONTENT / HEX, SOUND)
    scan = configs(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [("I2", DIGEST, f"{CONTENT}/{HEX}")]


def test_more_commands_than_layers(tmp_path: Path) -> None:
    """An image with a finding is kept, and read again next time so that the finding is repeated."""
    history = [{"created_by": "a"}, {"created_by": "b"}, {"empty_layer": True}]
    data = json.dumps({**json.loads(SOUND), "history": history}).encode()
    name = add_config(tmp_path, data)
    scan = configs(tmp_path)
    assert scan.records.keys() == {name}
    assert found(scan.findings) == [("I6", f"sha256:{name}", f"{CONTENT}/{name}")]
    assert "2 history entries with a layer for 1 layers" in scan.findings[0].message
    assert scan.fingerprints == {name: UNPROVEN}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (f".tmp-{HEX}12345", "T1"),
        (f"{HEX}.tmp", "T1"),
        (HEX.upper(), "I1"),
        (HEX[1:], "I1"),
        (f"{HEX}.bak", "I1"),
        ("caf\udce9", "I1"),
        ("new\nline", "I1"),
    ],
)
def test_files_of_other_names(tmp_path: Path, name: str, rule: str) -> None:
    """Temporary files are distinguished from names that no engine writes."""
    write(tmp_path / CONTENT / name, SOUND)
    scan = configs(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [(rule, None, f"{CONTENT}/{name}")]


@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_named_like_an_image(tmp_path: Path, kind: str) -> None:
    """A config that is not a regular file is reported with its image ID and not opened."""
    plant(tmp_path / CONTENT / HEX, kind)
    scan = configs(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [("S1", DIGEST, f"{CONTENT}/{HEX}")]


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_the_notes(tmp_path: Path, kind: str) -> None:
    """If an image's metadata folder is not a folder, the finding names the image."""
    plant(tmp_path / METADATA / HEX, kind)
    scan = metadata(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [("S1", DIGEST, f"{METADATA}/{HEX}")]


@pytest.mark.parametrize("part", ["imagedb", "imagedb/content", CONTENT, METADATA])
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_a_folder(tmp_path: Path, part: str, kind: str) -> None:
    """If the folder cannot be listed, the images are unknown and not gone."""
    plant(tmp_path / "store" / part, kind)
    scan = metadata(tmp_path / "store") if "metadata" in part else configs(tmp_path / "store")
    assert not scan.listed
    assert [finding.rule for finding in scan.findings] == ["S1"]


def test_only_what_changed_is_read(tmp_path: Path) -> None:
    """A file with its previous fingerprint is not opened, and does not count as gone."""
    name = add_config(tmp_path, SOUND)
    with opened(tmp_path / CONTENT) as folder:
        fingerprint = folder.fingerprint(name)
    write(tmp_path / CONTENT / name, SOUND)
    with opened(tmp_path / CONTENT) as folder:
        assert folder.fingerprint(name) != fingerprint
        fresh = folder.fingerprint(name)
    assert configs(tmp_path, {name: fingerprint}).records.keys() == {name}
    scan = configs(tmp_path, {name: fresh, HEX: fingerprint})
    assert (scan.records, scan.unchanged) == ({}, {name})


def test_a_config_written_just_now(tmp_path: Path) -> None:
    """A file that may change again within the same clock tick is read again next time."""
    name = add_config(tmp_path, SOUND)

    def fingerprint_when_new() -> Fingerprint:
        (tmp_path / CONTENT / name).chmod(0o600)
        return configs(tmp_path).fingerprints[name]

    assert UNPROVEN in [fingerprint_when_new() for _ in range(20)]
    time.sleep(RACY_NS / 10**9 + 0.01)
    assert configs(tmp_path).fingerprints[name] != UNPROVEN


def test_what_the_engine_noted(tmp_path: Path) -> None:
    """Parent, time of tagging and place of building are read; an unknown key is left alone."""
    folder = tmp_path / METADATA / HEX
    write(folder / "parent", OTHER_DIGEST)
    write(folder / "lastUpdated", "2026-11-24T10:11:45.5+02:00")
    write(folder / "builtLocally", b"\x01")
    write(folder / "futureKey", "?")
    scan = metadata(tmp_path)
    expected = ImageMetadata(DIGEST, OTHER_DIGEST, "2026-11-24T08:11:45.500000000Z", True)
    assert scan.records == {HEX: expected}
    assert scan.findings == ()


def test_nothing_noted(tmp_path: Path) -> None:
    """Values that are absent are None."""
    (tmp_path / METADATA / HEX).mkdir(parents=True)
    assert metadata(tmp_path).records == {HEX: ImageMetadata(DIGEST, None, None, None)}


@pytest.mark.parametrize(
    ("key", "content", "rule"),
    [
        ("parent", "", "I11"),
        ("parent", "nginx:latest", "I11"),
        ("parent", f"{OTHER_DIGEST}\n", "I11"),
        ("parent", b"\xff\x00", "I11"),
        ("parent", "x" * 5000, "U2"),
        ("lastUpdated", "", "I14"),
        ("lastUpdated", "yesterday", "I14"),
        ("lastUpdated", b"\xff", "I14"),
    ],
)
def test_a_note_that_is_wrong(tmp_path: Path, key: str, content: Any, rule: str) -> None:
    """The note is None, the rest of the notes stay, and the file is named."""
    write(tmp_path / METADATA / HEX / key, content)
    write(tmp_path / METADATA / HEX / "builtLocally", b"\x01")
    scan = metadata(tmp_path)
    assert scan.records == {HEX: ImageMetadata(DIGEST, None, None, True)}
    assert found(scan.findings) == [(rule, DIGEST, f"{METADATA}/{HEX}/{key}")]


@pytest.mark.parametrize("key", ["parent", "lastUpdated", "builtLocally"])
@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_in_place_of_a_note(tmp_path: Path, key: str, kind: str) -> None:
    """A metadata file that is not a regular file is reported with its image and not opened."""
    plant(tmp_path / METADATA / HEX / key, kind)
    scan = metadata(tmp_path)
    assert scan.records == {HEX: ImageMetadata(DIGEST, None, None, None)}
    assert found(scan.findings) == [("S1", DIGEST, f"{METADATA}/{HEX}/{key}")]

"""`distribution`: which registry blob unpacks to which layer, and damaged files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from indexer.docker.image_store.distribution import (
    BlobDiffID,
    BlobSource,
    DiffIDBlobs,
    scan_blobs,
    scan_diff_ids,
)
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

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.files.scan import Scan

BY_DIGEST = "distribution/diffid-by-digest"
BY_DIFF_ID = "distribution/v2metadata-by-diffid"


def diff_ids(store: Path) -> Scan[BlobDiffID]:
    """The diff IDs by blob of the store at `store`."""
    with opened(store) as folder:
        return scan_diff_ids(folder, {}, no_tick)


def blobs(store: Path) -> Scan[DiffIDBlobs]:
    """The blobs by diff ID of the store at `store`."""
    with opened(store) as folder:
        return scan_blobs(folder, {}, no_tick)


def blobs_of(store: Path, entries: object) -> Scan[DiffIDBlobs]:
    """The blobs of a store whose file for DIGEST holds `entries`."""
    write(store / BY_DIFF_ID / "sha256" / HEX, json.dumps(entries))
    return blobs(store)


def test_nothing_was_ever_pulled(tmp_path: Path) -> None:
    """A store without the folders knows no blobs."""
    for part in ("", "distribution", BY_DIGEST, BY_DIFF_ID):
        (tmp_path / part).mkdir(exist_ok=True)
        for scan in (diff_ids(tmp_path), blobs(tmp_path)):
            assert (scan.records, scan.findings, scan.listed) == ({}, (), True)


def test_blobs_of_any_algorithm(tmp_path: Path) -> None:
    """The algorithm of a digest is the name of its folder."""
    long = "a" * 128
    write(tmp_path / BY_DIGEST / "sha256" / HEX, OTHER_DIGEST)
    write(tmp_path / BY_DIGEST / "sha512" / long, f"{DIGEST}\n")
    scan = diff_ids(tmp_path)
    assert scan.records == {
        DIGEST: BlobDiffID(DIGEST, OTHER_DIGEST),
        f"sha512:{long}": BlobDiffID(f"sha512:{long}", DIGEST),
    }
    assert scan.findings == ()


def test_where_a_blob_is_from(tmp_path: Path) -> None:
    """Entries that differ only in their HMAC are one source, which is pushed if one of them is."""
    pulled = {"Digest": OTHER_DIGEST, "SourceRepository": "docker.io/library/app", "HMAC": ""}
    pushed = {**pulled, "HMAC": "e" * 64}
    bare = {"Digest": DIGEST}
    scan = blobs_of(tmp_path, [pulled, pushed, pulled, bare])
    assert scan.records == {
        DIGEST: DiffIDBlobs(
            DIGEST,
            (
                BlobSource(OTHER_DIGEST, "docker.io/library/app", True),
                BlobSource(DIGEST, None, False),
            ),
        )
    }


@pytest.mark.parametrize("entries", [[], None])
def test_a_layer_without_blobs(tmp_path: Path, entries: object) -> None:
    """An empty list is no error."""
    assert blobs_of(tmp_path, entries).records == {DIGEST: DiffIDBlobs(DIGEST, ())}


@pytest.mark.parametrize(
    "entries",
    [
        {},
        "x",
        [1],
        [None],
        [{}],
        [{"Digest": ""}],
        [{"Digest": HEX}],
        [{"Digest": 1}],
        [{"Digest": DIGEST, "SourceRepository": []}],
        [{"Digest": DIGEST, "HMAC": {}}],
    ],
)
def test_a_list_the_engine_ignores(tmp_path: Path, entries: object) -> None:
    """A file with one bad entry is reported, since the engine ignores the whole file."""
    scan = blobs_of(tmp_path, entries)
    assert scan.records == {}
    assert found(scan.findings) == [("D1", DIGEST, f"{BY_DIFF_ID}/sha256/{HEX}")]


@pytest.mark.parametrize("data", [b"", b"[", b"\xff", b"[]]", b"[" * 100_000, DIGEST.encode()])
def test_a_list_that_is_no_json(tmp_path: Path, data: bytes) -> None:
    """What cannot be decoded is named, and the other file is read."""
    write(tmp_path / BY_DIFF_ID / "sha256" / HEX, data)
    write(tmp_path / BY_DIFF_ID / "sha256" / OTHER_HEX, "[]")
    scan = blobs(tmp_path)
    assert scan.records.keys() == {OTHER_DIGEST}
    assert found(scan.findings) == [("D1", DIGEST, f"{BY_DIFF_ID}/sha256/{HEX}")]


@pytest.mark.parametrize("data", ["", HEX, DIGEST.upper(), f"{DIGEST} {DIGEST}", b"\xff\x00"])
def test_a_blob_without_a_diff_id(tmp_path: Path, data: Any) -> None:
    """A value that is not a digest is reported with the blob of the file."""
    write(tmp_path / BY_DIGEST / "sha256" / HEX, data)
    scan = diff_ids(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [("D1", DIGEST, f"{BY_DIGEST}/sha256/{HEX}")]


def test_a_file_that_is_far_too_long(tmp_path: Path) -> None:
    """A file that is too long is reported."""
    write(tmp_path / BY_DIGEST / "sha256" / HEX, b"x" * (1 << 21))
    assert found(diff_ids(tmp_path).findings) == [("U2", DIGEST, f"{BY_DIGEST}/sha256/{HEX}")]


@pytest.mark.parametrize("name", [f".tmp-{HEX}123", f"{HEX}.tmp"])
def test_temporaries(tmp_path: Path, name: str) -> None:
    """A temporary file is not reported as a faulty blob."""
    write(tmp_path / BY_DIGEST / "sha256" / name, DIGEST)
    scan = diff_ids(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [("T1", None, f"{BY_DIGEST}/sha256/{name}")]


@pytest.mark.parametrize("name", [HEX.upper(), "x", "\udcff"])
def test_files_of_other_names(tmp_path: Path, name: str) -> None:
    """A name that is not a digest is reported."""
    write(tmp_path / BY_DIGEST / "sha256" / name, DIGEST)
    scan = diff_ids(tmp_path)
    assert scan.records == {}
    assert found(scan.findings) == [("D1", f"sha256:{name}", f"{BY_DIGEST}/sha256/{name}")]


@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_in_place_of_a_file(tmp_path: Path, kind: str) -> None:
    """A file that is not a regular file is not opened."""
    plant(tmp_path / BY_DIGEST / "sha256" / HEX, kind)
    plant(tmp_path / BY_DIFF_ID / "sha256" / HEX, kind)
    assert found(diff_ids(tmp_path).findings) == [("S1", DIGEST, f"{BY_DIGEST}/sha256/{HEX}")]
    assert found(blobs(tmp_path).findings) == [("S1", DIGEST, f"{BY_DIFF_ID}/sha256/{HEX}")]


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_a_folder(tmp_path: Path, kind: str) -> None:
    """Without the folder of an algorithm or of them all, its blobs are reported as unknown."""
    plant(tmp_path / BY_DIGEST / "sha256", kind)
    plant(tmp_path / BY_DIFF_ID, kind)
    assert found(diff_ids(tmp_path).findings) == [("S1", None, f"{BY_DIGEST}/sha256")]
    assert found(blobs(tmp_path).findings) == [("S1", None, BY_DIFF_ID)]
    assert not blobs(tmp_path).listed

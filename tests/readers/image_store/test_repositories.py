"""`repositories.json`: names of images, and the ways such a file can be wrong."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from indexer.docker.encodings.image_reference import Repository
from indexer.docker.image_store.repositories import ReferenceRecord, References, read_references
from tests.readers.reading import DIGEST, OTHER_DIGEST, PLANTED, found, opened, plant, write

if TYPE_CHECKING:
    from pathlib import Path

NAME = "repositories.json"
NGINX = Repository("docker.io", "library/nginx")
TAGGED = ReferenceRecord(NGINX, "1", None, DIGEST)


def read(path: Path) -> References:
    """The references of the store at `path`."""
    with opened(path) as store:
        return read_references(store)


def references(path: Path, repositories: Any, after: bytes = b"") -> References:
    """The references of a store whose file lists `repositories`."""
    write(path / NAME, json.dumps({"Repositories": repositories}).encode() + after)
    return read(path)


def test_tags_and_digests(tmp_path: Path) -> None:
    """Each inner key is a name of its image, in full form."""
    local = Repository("localhost:5000", "team/app")
    given = references(
        tmp_path,
        {
            "nginx": {"nginx:1": DIGEST, f"nginx@{OTHER_DIGEST}": DIGEST},
            "localhost:5000/team/app": {"localhost:5000/team/app:latest": OTHER_DIGEST},
        },
    )
    assert given.records == (
        TAGGED,
        ReferenceRecord(NGINX, None, OTHER_DIGEST, DIGEST),
        ReferenceRecord(local, "latest", None, OTHER_DIGEST),
    )
    assert given.findings == ()
    assert given.readable
    assert given.content_hash == hashlib.blake2b((tmp_path / NAME).read_bytes()).digest()


def test_a_tag_beside_a_digest_is_left_out(tmp_path: Path) -> None:
    """Of a name with tag and digest the engine keeps the digest."""
    given = references(tmp_path, {"nginx": {f"nginx:1@{OTHER_DIGEST}": DIGEST}})
    assert given.records == (ReferenceRecord(NGINX, None, OTHER_DIGEST, DIGEST),)


def test_no_file_and_no_names(tmp_path: Path) -> None:
    """A store without the file has no names, and so has one with an empty list."""
    assert read(tmp_path) == References((), (), None, readable=True)
    for empty in ({}, None):
        assert references(tmp_path, empty)[:2] == ((), ())


def test_bytes_after_the_document_are_ignored(tmp_path: Path) -> None:
    """The engine reads the first JSON value and nothing after it."""
    assert references(tmp_path, {"nginx": {"nginx:1": DIGEST}}, b"}}").records == (TAGGED,)
    assert [finding.rule for finding in references(tmp_path, {}, b"}}").findings] == ["R9"]
    assert references(tmp_path, {}, b" \n").findings == ()


def test_a_repository_without_names(tmp_path: Path) -> None:
    """A repository without references is reported, since no engine writes it."""
    given = references(tmp_path, {"nginx": {}})
    assert given.records == ()
    assert found(given.findings) == [("R7", "nginx", NAME)]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"Repositories":[]}', b'{"Repositories":1}', b"\xff\xfe{}"]
)
def test_a_file_the_engine_does_not_start_with(tmp_path: Path, data: bytes) -> None:
    """With a file that cannot be decoded the names are unknown, and none counts as gone."""
    write(tmp_path / NAME, data)
    given = read(tmp_path)
    assert given.records == ()
    assert not given.readable
    assert found(given.findings) == [("R1", None, NAME)]
    assert "all tags are lost" in given.findings[0].message


@pytest.mark.parametrize("names", [[], "nginx:1", 1, None])
def test_one_repository_that_is_no_object(tmp_path: Path, names: object) -> None:
    """A damaged repository is reported, and the others are still read."""
    given = references(tmp_path, {"app": names, "nginx": {"nginx:1": DIGEST}})
    assert given.records == (TAGGED,)
    assert found(given.findings) == [("R1", "app", NAME)]


@pytest.mark.parametrize(
    ("outer", "inner", "value", "rule"),
    [
        ("app", "App:1", DIGEST, "R3"),
        ("app", "app:", DIGEST, "R3"),
        ("app", "app@sha256:12", DIGEST, "R3"),
        ("app", "app", DIGEST, "R3"),
        ("app", DIGEST[7:], DIGEST, "R3"),
        ("app", "app\x1b[31m:1", DIGEST, "R3"),
        ("app", "app:1", "", "R5"),
        ("app", "app:1", DIGEST[7:], "R5"),
        ("app", "app:1", DIGEST.upper(), "R5"),
        ("app", "app:1", 1, "R1"),
        ("app", "app:1", None, "R5"),
        ("app", "app:1", {}, "R1"),
    ],
)
def test_one_reference_that_is_wrong(
    tmp_path: Path, outer: str, inner: str, value: object, rule: str
) -> None:
    """A bad reference is reported with its key, and the others are still read."""
    given = references(tmp_path, {outer: {inner: value}, "nginx": {"nginx:1": DIGEST}})
    assert given.records == (TAGGED,)
    assert found(given.findings) == [(rule, inner, NAME)]
    assert "\x1b" not in given.findings[0].message


@pytest.mark.parametrize("outer", ["app", "docker.io/library/nginx", "library/nginx"])
def test_a_reference_under_another_name(tmp_path: Path, outer: str) -> None:
    """A name under a wrong repository is kept, as the engine lists it, and reported."""
    given = references(tmp_path, {outer: {"nginx:1": DIGEST}})
    assert given.records == (TAGGED,)
    assert found(given.findings) == [("R4", "nginx:1", NAME)]


@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_in_its_place(tmp_path: Path, kind: str) -> None:
    """A file that is not a regular file is not opened, and no name counts as gone."""
    plant(tmp_path / "store" / NAME, kind)
    given = read(tmp_path / "store")
    assert found(given.findings) == [("S1", None, NAME)]
    assert not given.readable

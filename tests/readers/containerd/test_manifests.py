"""Indexes and manifests as registries, Docker and BuildKit write them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.docker.containerd.manifests import (
    Descriptor,
    Index,
    IndexEntry,
    Manifest,
    Platform,
    decode,
)
from indexer.docker.encodings.gojson import JsonError
from tests.readers.reading import DIGEST, OTHER_DIGEST
from tests.rootbuilder.containerd import CONFIG, INDEX, LAYER, MANIFEST

DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def decoded(value: Any, media_type: str | None = None) -> Index | Manifest:
    return decode(DIGEST, media_type, json.dumps(value).encode())


def test_a_manifest_gives_its_config_and_its_layers_in_order() -> None:
    config = {"mediaType": CONFIG, "digest": OTHER_DIGEST, "size": 7}
    layers = [{"mediaType": LAYER, "digest": it, "size": 9} for it in (DIGEST, OTHER_DIGEST)]
    data = json.dumps({"mediaType": MANIFEST, "config": config, "layers": layers}).encode()
    assert decode(DIGEST, MANIFEST, data) == Manifest(
        digest=DIGEST,
        media_type=MANIFEST,
        size_bytes=len(data),
        config=Descriptor(CONFIG, OTHER_DIGEST, 7),
        layers=(Descriptor(LAYER, DIGEST, 9), Descriptor(LAYER, OTHER_DIGEST, 9)),
        artifact_type=None,
    )


def test_an_index_gives_its_entries_with_platform() -> None:
    arm = {"os": "linux", "architecture": "arm", "variant": "v7"}
    windows = {"os": "windows", "architecture": "amd64", "os.version": "10.0.1"}
    annotations = {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": DIGEST,
    }
    found = decoded(
        {
            "manifests": [
                {"mediaType": MANIFEST, "digest": DIGEST, "size": 5, "platform": arm},
                {"mediaType": MANIFEST, "digest": DIGEST, "size": 5, "platform": windows},
                {"mediaType": MANIFEST, "digest": OTHER_DIGEST, "annotations": annotations},
            ]
        },
        INDEX,
    )
    assert isinstance(found, Index)
    assert found.media_type == INDEX
    assert found.entries == (
        IndexEntry(MANIFEST, DIGEST, 5, Platform("linux", "arm", "v7", None), False),
        IndexEntry(MANIFEST, DIGEST, 5, Platform("windows", "amd64", None, "10.0.1"), False),
        IndexEntry(MANIFEST, OTHER_DIGEST, None, None, True),
    )


@pytest.mark.parametrize(
    ("pointed", "own", "kind"),
    [
        (INDEX, None, Index),
        (DOCKER_LIST, None, Index),
        (None, INDEX, Index),
        ("application/json", DOCKER_LIST, Index),
        (MANIFEST, None, Manifest),
        (DOCKER_MANIFEST, None, Manifest),
        (None, MANIFEST, Manifest),
        (MANIFEST, INDEX, Manifest),
    ],
)
def test_the_media_type_says_what_it_is(pointed: str | None, own: str | None, kind: type) -> None:
    """What points at it goes first, as containerd has it, and then its own."""
    assert isinstance(decoded({"mediaType": own} if own else {}, pointed), kind)


def test_the_form_decides_where_no_media_type_does() -> None:
    assert isinstance(decoded({"manifests": []}), Index)
    assert isinstance(decoded({"layers": []}), Manifest)


def test_an_artifact_has_its_type() -> None:
    found = decoded({"artifactType": "application/vnd.example", "layers": []}, MANIFEST)
    assert isinstance(found, Manifest)
    assert (found.artifact_type, found.config) == ("application/vnd.example", None)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"manifests": 1},
        {"manifests": [1]},
        {"manifests": [{}]},
        {"manifests": [{"digest": "../../etc/passwd"}]},
        {"manifests": [{"digest": DIGEST, "size": "1"}]},
        {"manifests": [{"digest": DIGEST, "annotations": {"a": 1}}]},
        {"manifests": [{"digest": DIGEST, "platform": {"os": 1}}]},
        {"layers": {}},
        {"layers": [{"digest": DIGEST.upper()}]},
        {"config": {"mediaType": CONFIG}},
        {"mediaType": 1},
    ],
)
def test_what_is_neither_is_refused_with_a_reason(value: Any) -> None:
    with pytest.raises(JsonError):
        decoded(value)


KEYS = st.sampled_from(
    (
        *(
            "mediaType",
            "manifests",
            "layers",
            "config",
            "digest",
            "size",
            "platform",
            "annotations",
        ),
        *("os", "architecture", "variant", "os.version", "artifactType"),
        "vnd.docker.reference.type",
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(DIGEST),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, JSON, max_size=6), st.sampled_from([None, INDEX, MANIFEST, "x"]))
def test_any_document_is_decoded_or_refused(value: dict[str, Any], media_type: str | None) -> None:
    """What is decoded points at digests alone, which are safe to put in a path."""
    with suppress(JsonError):
        found = decoded(value, media_type)
        pointed = found.entries if isinstance(found, Index) else found.layers
        assert all(it.digest == DIGEST for it in pointed)


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    with suppress(JsonError):
        assert decode(DIGEST, None, data).size_bytes == len(data)

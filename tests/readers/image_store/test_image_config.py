"""Parsing an image config: fields, leniency and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.docker.encodings.gojson import JsonError
from indexer.docker.image_store.image_config import (
    HistoryEntry,
    ImageConfig,
    json_text,
    parse_env,
    parse_image_config,
)
from tests.readers.reading import DIGEST, OTHER_DIGEST

ROOTFS = {"type": "layers", "diff_ids": [DIGEST]}

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"rootfs": None}, "no rootfs object"),
    ({"rootfs": []}, "no rootfs object"),
    ({"rootfs": {"diff_ids": {}}}, "'diff_ids'"),
    ({"rootfs": {"diff_ids": [1]}}, "'diff_ids'"),
    ({"rootfs": {"diff_ids": ["sha256:abc"]}}, "not a digest"),
    ({"rootfs": {"diff_ids": [DIGEST.upper()]}}, "not a digest"),
    ({"created": "yesterday"}, "bad time at 'created'"),
    ({"created": 1}, "'created'"),
    ({"config": []}, "'config'"),
    ({"config": {"Env": "A=1"}}, "'Env'"),
    ({"config": {"Labels": {"a": 1}}}, "'Labels'"),
    ({"config": {"ExposedPorts": ["80/tcp"]}}, "'ExposedPorts'"),
    ({"config": {"User": 0}}, "'User'"),
    ({"architecture": {}}, "'architecture'"),
    ({"history": {}}, "'history'"),
    ({"history": ["RUN"]}, "history entry"),
    ({"history": [{"created": "never"}]}, "bad time"),
    ({"history": [{"empty_layer": "yes"}]}, "'empty_layer'"),
]


def parse(**fields: Any) -> ImageConfig:
    """The config with one layer and `fields`."""
    return parse_image_config(DIGEST, json.dumps({"rootfs": ROOTFS, **fields}).encode())


def test_a_full_config() -> None:
    """Every field that is kept arrives in its place."""
    config = parse(
        created="2026-01-05T10:00:00.5+02:00",
        author="A. Author",
        comment="imported",
        architecture="arm64",
        variant="v8",
        os="linux",
        docker_version="26.1.4",
        config={
            "User": "app",
            "WorkingDir": "/srv",
            "StopSignal": "SIGINT",
            "Entrypoint": ["/init", "<&>"],
            "Cmd": ["-v"],
            "Shell": ["/bin/sh", "-c"],
            "OnBuild": ["RUN make"],
            "Healthcheck": {"Test": ["CMD", "true"], "Interval": 30000000000},
            "Env": ["PATH=/bin", "EMPTY=", "NAKED", "PATH=/usr/bin", "URL=a=b"],
            "Labels": {"b": "2", "a": "1"},
            "ExposedPorts": {"443/tcp": {}, "80/tcp": {}},
            "Volumes": {"/data": {}},
        },
        history=[{"created_by": "COPY", "created": "2026-01-05T08:00:00Z", "comment": "buildkit"}],
        **{"os.version": "10.0.17763", "moby.buildkit.cache.v0": "eyJ9"},
    )
    assert config == ImageConfig(
        image_id=DIGEST,
        created_at="2026-01-05T08:00:00.500000000Z",
        author="A. Author",
        comment="imported",
        architecture="arm64",
        os="linux",
        os_version="10.0.17763",
        variant="v8",
        docker_version="26.1.4",
        user="app",
        working_dir="/srv",
        stop_signal="SIGINT",
        entrypoint='["/init","<&>"]',
        cmd='["-v"]',
        shell='["/bin/sh","-c"]',
        on_build='["RUN make"]',
        healthcheck='{"Test":["CMD","true"],"Interval":30000000000}',
        env=(("PATH", "/usr/bin"), ("EMPTY", ""), ("NAKED", None), ("URL", "a=b")),
        labels=(("a", "1"), ("b", "2")),
        exposed_ports=("443/tcp", "80/tcp"),
        volumes=("/data",),
        rootfs_type="layers",
        diff_ids=(DIGEST,),
        history=(HistoryEntry("2026-01-05T08:00:00.000000000Z", "COPY", "buildkit", None, False),),
    )


@pytest.mark.parametrize("config", [{}, {"config": None}, {"config": {}, "history": None}])
def test_an_almost_empty_config(config: dict[str, Any]) -> None:
    """What is absent or null is None or empty, never '' or 0."""
    parsed = parse(rootfs={"diff_ids": None}, created=None, author="", **config)
    assert set(parsed) == {DIGEST, None, ()}


def test_the_zero_time_is_no_time() -> None:
    """An image without a date has none."""
    assert parse(created="0001-01-01T00:00:00Z").created_at is None
    assert parse(created="1970-01-01T00:00:00Z").created_at == "1970-01-01T00:00:00.000000000Z"


def test_fields_of_old_images_are_not_the_images_own() -> None:
    """The ID and the parent that a v1 image left in its config are ignored."""
    parsed = parse(id="a" * 64, parent="b" * 64, Size=5, container_config={"User": "other"})
    assert parsed.image_id == DIGEST
    assert parsed.user is None


def test_keys_in_another_case() -> None:
    """A config is read whatever the case of its keys, as the engine reads it."""
    data = {"ROOTFS": {"Diff_IDs": [OTHER_DIGEST]}, "OS": "linux", "Config": {"env": ["A=1"]}}
    parsed = parse_image_config(DIGEST, json.dumps(data).encode())
    assert (parsed.diff_ids, parsed.os, parsed.env) == ((OTHER_DIGEST,), "linux", (("A", "1"),))


def test_the_same_diff_id_twice() -> None:
    """An image may have one diff ID at several positions."""
    assert parse(rootfs={"diff_ids": [DIGEST, DIGEST]}).diff_ids == (DIGEST, DIGEST)


@pytest.mark.parametrize(("fields", "reason"), WRONG)
def test_what_the_engine_would_not_decode(fields: dict[str, Any], reason: str) -> None:
    """A field of the wrong kind is an error that names it."""
    with pytest.raises(JsonError, match=reason):
        parse(**fields)


def test_bytes_after_the_config_are_refused() -> None:
    """A config is one JSON value and nothing else."""
    with pytest.raises(JsonError, match="Extra data"):
        parse_image_config(DIGEST, json.dumps({"rootfs": ROOTFS}).encode() + b"{}")


@pytest.mark.parametrize("depth", [10, 300, 600, 900, 3000])
def test_a_deeply_nested_health_check(depth: int) -> None:
    """A deeply nested value either becomes JSON text or is refused."""
    text = '{"Test":' * depth + "1" + "}" * depth
    data = f'{{"rootfs":{{}},"config":{{"Healthcheck":{text}}}}}'
    try:
        parsed = parse_image_config(DIGEST, data.encode())
    except JsonError:
        assert depth > 300
    else:
        assert parsed.healthcheck == text


def test_a_number_that_json_cannot_say() -> None:
    """A number that overflows floating point is refused and does not become `Infinity`."""
    data = b'{"rootfs":{},"config":{"Healthcheck":{"Interval":1e999}}}'
    with pytest.raises(JsonError, match="cannot be kept"):
        parse_image_config(DIGEST, data)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, None), ([], None), ({}, None), (["a"], '["a"]'), ({"ä": 1}, '{"ä":1}'), (0, "0")],
)
def test_json_text(value: object, text: str | None) -> None:
    """Values become compact JSON, and empty ones None."""
    assert json_text(value) == text


@given(st.lists(st.tuples(st.from_regex(r"[A-Z_]+", fullmatch=True), st.text())))
def test_variables_come_out_as_they_went_in(pairs: list[tuple[str, str]]) -> None:
    """Each name has its last value, whatever the value holds."""
    lines = [f"{name}={value}" for name, value in pairs]
    assert dict(parse_env({"Env": lines})) == dict(pairs)

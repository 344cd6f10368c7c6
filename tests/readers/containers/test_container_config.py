"""Parsing a container's two configs: states, mounts, ports and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from indexer.docker.containers.config import (
    ContainerConfig,
    HostConfig,
    MountPoint,
    NetworkEndpoint,
    PortBinding,
    parse_container,
    parse_host_config,
)
from indexer.docker.encodings.gojson import JsonError
from tests.readers.reading import DIGEST, HEX

STARTED = "2026-01-05T08:00:00.5Z"
ZERO = "0001-01-01T00:00:00Z"

STATES = [
    ({}, "created"),
    ({"StartedAt": ZERO}, "created"),
    ({"StartedAt": STARTED}, "exited"),
    ({"StartedAt": STARTED, "Running": True}, "running"),
    ({"StartedAt": STARTED, "Running": True, "Paused": True}, "paused"),
    ({"StartedAt": STARTED, "Running": True, "Restarting": True}, "restarting"),
    ({"StartedAt": STARTED, "Running": True, "Paused": True, "Restarting": True}, "paused"),
    ({"StartedAt": STARTED, "Dead": True}, "dead"),
    ({"StartedAt": STARTED, "RemovalInProgress": True, "Dead": True}, "removing"),
    ({"Paused": True}, "created"),
]

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"ID": 1}, "'ID'"),
    ({"State": []}, "'State'"),
    ({"State": {"Running": "yes"}}, "'Running'"),
    ({"State": {"ExitCode": "0"}}, "'ExitCode'"),
    ({"State": {"ExitCode": 2**63}}, "64 bits"),
    ({"State": {"StartedAt": "today"}}, "'StartedAt'"),
    ({"State": {"Health": "healthy"}}, "'Health'"),
    ({"Created": 5}, "'Created'"),
    ({"Config": []}, "'Config'"),
    ({"Config": {"Labels": []}}, "'Labels'"),
    ({"Config": {"Env": [1]}}, "'Env'"),
    ({"Args": "a"}, "'Args'"),
    ({"MountPoints": []}, "'MountPoints'"),
    ({"MountPoints": {"/data": []}}, "'/data'"),
    ({"MountPoints": {"/data": {"RW": 1}}}, "'RW'"),
    ({"NetworkSettings": {"Networks": []}}, "'Networks'"),
    ({"NetworkSettings": {"Networks": {"bridge": 1}}}, "'bridge'"),
    ({"NetworkSettings": {"Ports": {"80/tcp": {}}}}, "'80/tcp'"),
    ({"NetworkSettings": {"Ports": {"80/tcp": ["x"]}}}, "'80/tcp'"),
    ({"NetworkSettings": {"Ports": {"80/tcp": [{"HostPort": 80}]}}}, "'HostPort'"),
]


def parse(**fields: Any) -> ContainerConfig:
    """The container HEX with `fields`."""
    return parse_container(json.dumps({"ID": HEX, **fields}).encode())


@pytest.mark.parametrize(("state", "word"), STATES)
def test_the_state_is_the_engines_word(state: dict[str, Any], word: str) -> None:
    """Flags and times give the state that `docker ps` shows."""
    assert parse(State=state).state == word


def test_a_container_of_almost_nothing() -> None:
    """Fields that are absent are None, False or empty."""
    empty = parse(Config=None, State=None, MountPoints=None, NetworkSettings=None, Args=None)
    assert set(empty) == {HEX, None, False, (), "created"}
    assert parse() == empty


def test_what_a_container_is() -> None:
    """Image, command, life and surroundings arrive in their places."""
    container = parse(
        Name="/web",
        Image=DIGEST,
        Driver="overlay2",
        OS="linux",
        Path="/init",
        Args=["-c", "a b"],
        Created="2026-01-05T09:00:00+01:00",
        RestartCount=3,
        LogPath=f"/mnt/docker/containers/{HEX}/{HEX}-json.log",
        Config={
            "Hostname": "web",
            "User": "app",
            "WorkingDir": "/srv",
            "Image": "nginx:1",
            "Env": ["A=1", "B"],
            "Labels": {"z": "", "a": "b"},
            "ExposedPorts": {"80/tcp": {}},
        },
        State={
            "Pid": 12,
            "ExitCode": -1,
            "Error": "no such file",
            "OOMKilled": True,
            "StartedAt": STARTED,
            "FinishedAt": ZERO,
            "Health": {"Status": "unhealthy", "Log": [{}]},
        },
    )
    assert container.name == "web"
    assert (container.image_id, container.image_name) == (DIGEST, "nginx:1")
    assert (container.driver, container.os) == ("overlay2", "linux")
    assert container.command == '["/init","-c","a b"]'
    assert (container.exit_code, container.pid, container.restart_count) == (-1, 12, 3)
    assert (container.error, container.oom_killed) == ("no such file", True)
    assert container.health == "unhealthy"
    assert container.created_at == "2026-01-05T08:00:00.000000000Z"
    assert container.started_at == "2026-01-05T08:00:00.500000000Z"
    assert container.finished_at is None
    assert (container.hostname, container.user, container.working_dir) == ("web", "app", "/srv")
    assert container.engine_path == "/mnt/docker"
    assert container.env == (("A", "1"), ("B", None))
    assert container.labels == (("a", "b"), ("z", ""))
    assert container.exposed_ports == ("80/tcp",)


def test_mounts_of_every_kind() -> None:
    """In old configs without a type, a mount with a name is a volume and any other a bind mount."""
    container = parse(
        MountPoints={
            "/a": {"Destination": "/a", "Name": "data", "Driver": "local", "RW": True},
            "/b": {"Destination": "/b", "Source": "/srv", "Propagation": "rslave"},
            "/c": {"Type": "tmpfs", "Relabel": "z", "Spec": {}},
            "/d": {"Destination": "/elsewhere", "Type": "image", "Name": "nginx:1"},
        }
    )
    assert container.mount_points == (
        MountPoint("/a", "volume", None, "data", "local", None, None, True),
        MountPoint("/b", "bind", "/srv", None, None, None, "rslave", False),
        MountPoint("/c", "tmpfs", None, None, None, "z", None, False),
        MountPoint("/elsewhere", "image", None, "nginx:1", None, None, None, False),
    )


def test_networks_and_ports() -> None:
    """A port that is published at two addresses is there twice, a private one once."""
    container = parse(
        NetworkSettings={
            "Networks": {
                "front": {"NetworkID": "n1", "EndpointID": "", "IPAddress": "172.18.0.2"},
                "back": None,
            },
            "Ports": {
                "80/tcp": [
                    {"HostIp": "::", "HostPort": "8080"},
                    {"HostIp": "0.0.0.0", "HostPort": "8080"},
                    {"HostIp": "0.0.0.0", "HostPort": "8080"},
                ],
                "443/tcp": None,
            },
        }
    )
    assert container.endpoints == (
        NetworkEndpoint("back", None, None, None, None, None),
        NetworkEndpoint("front", "n1", None, "172.18.0.2", None, None),
    )
    assert container.ports == (
        PortBinding("443/tcp", None, None),
        PortBinding("80/tcp", "0.0.0.0", "8080"),
        PortBinding("80/tcp", "::", "8080"),
    )


def test_where_the_engine_had_its_root() -> None:
    """Any path of the container's own tells; a path of another container does not."""
    own = f"/data/containers/{HEX}/hosts"
    assert parse(LogPath="", HostsPath=own).engine_path == "/data"
    assert parse(LogPath=f"/data/containers/{'e' * 64}/x").engine_path is None
    assert parse(LogPath="/var/log/x").engine_path is None


@pytest.mark.parametrize(("fields", "reason"), WRONG)
def test_what_the_engine_would_not_decode(fields: dict[str, Any], reason: str) -> None:
    """A field of the wrong kind is an error that names it."""
    with pytest.raises(JsonError, match=reason):
        parse(**fields)


def test_the_host_config() -> None:
    """Limits of 0 are no limits, and bytes after the document are ignored."""
    document = {
        "NetworkMode": "bridge",
        "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
        "LogConfig": {"Type": "json-file", "Config": {}},
        "Privileged": True,
        "AutoRemove": True,
        "ReadonlyRootfs": True,
        "Runtime": "runc",
        "Memory": 1 << 30,
        "NanoCpus": 0,
        "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "80"}]},
    }
    assert parse_host_config(json.dumps(document).encode() + b"\n}") == HostConfig(
        network_mode="bridge",
        restart_policy="always",
        log_driver="json-file",
        privileged=True,
        auto_remove=True,
        read_only=True,
        runtime="runc",
        memory_bytes=1 << 30,
        nano_cpus=None,
        port_bindings=(PortBinding("80/tcp", None, "80"),),
    )
    assert parse_host_config(b"{}") == HostConfig()


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"Memory":"1g"}', b'{"RestartPolicy":[]}', b'{"Privileged":1}']
)
def test_a_host_config_that_is_refused(data: bytes) -> None:
    """A config that the engine would not decode is an error."""
    with pytest.raises(JsonError):
        parse_host_config(data)

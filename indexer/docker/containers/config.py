"""Parses a container's `config.v2.json` and `hostconfig.json`.

Source: moby `container/{container,state}.go`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.image_store.image_config import json_text, parse_env


class MountPoint(NamedTuple):
    """One entry of `MountPoints`: what a container sees at the path `destination`.

    `type` is bind, volume, tmpfs, image, npipe or cluster. `name` is the name of the volume.
    `source` is the path on the host as the engine saw it. `mount_name` is the name of the
    read-write layer through which an image is mounted. A value that is absent is None.
    """

    destination: str
    type: str | None
    source: str | None
    name: str | None
    driver: str | None
    mode: str | None
    propagation: str | None
    rw: bool
    mount_name: str | None = None


class NetworkEndpoint(NamedTuple):
    """A network that a container is attached to; the addresses are None unless it is running."""

    network: str
    network_id: str | None
    endpoint_id: str | None
    ip_address: str | None
    ipv6_address: str | None
    mac_address: str | None


class PortBinding(NamedTuple):
    """A container port such as `80/tcp`, and the host address where it is published.

    Both parts of the address are None if the port is exposed and not published.
    """

    port: str
    host_ip: str | None
    host_port: str | None


class HostConfig(NamedTuple):
    """The fields of `hostconfig.json` that are indexed; None or False if absent.

    `memory_bytes` and `nano_cpus` (billionths of a CPU) are None if there is no limit.
    """

    network_mode: str | None = None
    restart_policy: str | None = None
    log_driver: str | None = None
    privileged: bool = False
    auto_remove: bool = False
    read_only: bool = False
    runtime: str | None = None
    memory_bytes: int | None = None
    nano_cpus: int | None = None
    port_bindings: tuple[PortBinding, ...] = ()


class ContainerConfig(NamedTuple):
    """The fields of `config.v2.json` that are indexed; None or empty if absent.

    `name` is without the slash that it begins with on disk, and `has_slash` says whether it did.
    `image_id` is the engine image ID, and `image_name` the name as it was typed. `state` is a word
    of `docker ps`. Times are UTC text. `command` is a JSON array of the program and its arguments.
    `engine_path` is the path of the Docker root as the engine saw it, and `log_path` the log file.
    `manifest_digest` is the digest of the image's manifest (containerd image store only).
    """

    container_id: str
    name: str | None
    has_slash: bool
    image_id: str | None
    image_name: str | None
    driver: str | None
    os: str | None
    command: str | None
    state: str
    exit_code: int | None
    pid: int | None
    error: str | None
    oom_killed: bool
    health: str | None
    restart_count: int | None
    created_at: str | None
    started_at: str | None
    finished_at: str | None
    hostname: str | None
    user: str | None
    working_dir: str | None
    engine_path: str | None
    log_path: str | None
    manifest_digest: str | None
    env: tuple[tuple[str, str | None], ...]
    labels: tuple[tuple[str, str], ...]
    exposed_ports: tuple[str, ...]
    mount_points: tuple[MountPoint, ...]
    endpoints: tuple[NetworkEndpoint, ...]
    ports: tuple[PortBinding, ...]


def parse_container(data: bytes) -> ContainerConfig:
    """The container whose `config.v2.json` has the bytes `data`. Raises `gojson.JsonError`."""
    source = gojson.decode_object(data, stream=True)
    config = gojson.table(source, "Config")
    state = gojson.table(source, "State")
    network = gojson.table(source, "NetworkSettings")
    started_at = gojson.time(state, "StartedAt")
    return ContainerConfig(
        container_id=gojson.text(source, "ID") or "",
        name=_name(source),
        has_slash=(gojson.text(source, "Name") or "").startswith("/"),
        image_id=gojson.text(source, "Image"),
        image_name=gojson.text(config, "Image"),
        driver=gojson.text(source, "Driver"),
        os=gojson.text(source, "OS"),
        command=_command(source),
        state=_state_word(state, started_at),
        exit_code=gojson.integer(state, "ExitCode"),
        pid=gojson.integer(state, "Pid") or None,
        error=gojson.text(state, "Error"),
        oom_killed=gojson.boolean(state, "OOMKilled"),
        health=gojson.text(gojson.table(state, "Health"), "Status"),
        restart_count=gojson.integer(source, "RestartCount"),
        created_at=gojson.time(source, "Created"),
        started_at=started_at,
        finished_at=gojson.time(state, "FinishedAt"),
        hostname=gojson.text(config, "Hostname"),
        user=gojson.text(config, "User"),
        working_dir=gojson.text(config, "WorkingDir"),
        engine_path=_engine_path(source),
        log_path=gojson.text(source, "LogPath"),
        manifest_digest=gojson.text(gojson.table(source, "ImageManifest"), "digest"),
        env=parse_env(config),
        labels=gojson.text_table(config, "Labels"),
        exposed_ports=tuple(sorted(gojson.table(config, "ExposedPorts"))),
        mount_points=_mount_points(source),
        endpoints=_endpoints(network),
        ports=_bindings(network, "Ports"),
    )


def parse_host_config(data: bytes) -> HostConfig:
    """The host config whose `hostconfig.json` has the bytes `data`. Raises `gojson.JsonError`."""
    source = gojson.decode_object(data, stream=True)
    return HostConfig(
        network_mode=gojson.text(source, "NetworkMode"),
        restart_policy=gojson.text(gojson.table(source, "RestartPolicy"), "Name"),
        log_driver=gojson.text(gojson.table(source, "LogConfig"), "Type"),
        privileged=gojson.boolean(source, "Privileged"),
        auto_remove=gojson.boolean(source, "AutoRemove"),
        read_only=gojson.boolean(source, "ReadonlyRootfs"),
        runtime=gojson.text(source, "Runtime"),
        memory_bytes=gojson.integer(source, "Memory") or None,
        nano_cpus=gojson.integer(source, "NanoCpus") or None,
        port_bindings=_bindings(source, "PortBindings"),
    )


_OWN_PATHS: Final = ("LogPath", "HostnamePath", "HostsPath", "ResolvConfPath")
_FLAGGED_STATES: Final = (("RemovalInProgress", "removing"), ("Dead", "dead"))


def _state_word(state: gojson.Object, started_at: str | None) -> str:
    """The state as `docker ps` shows it (moby `container/state.go` `StateString`)."""
    # A paused or restarting container counts as running too, so these flags are checked first.
    if gojson.boolean(state, "Running"):
        if gojson.boolean(state, "Paused"):
            return "paused"
        return "restarting" if gojson.boolean(state, "Restarting") else "running"
    for flag, word in _FLAGGED_STATES:
        if gojson.boolean(state, flag):
            return word
    return "created" if started_at is None else "exited"


def _name(source: gojson.Object) -> str | None:
    name = gojson.text(source, "Name")
    return name.removeprefix("/") if name is not None else None


def _engine_path(source: gojson.Object) -> str | None:
    """The Docker root as the engine saw it; None if no path of the container's own files tells.

    Configs hold absolute paths of the engine's host, which on a copied disk lead elsewhere.
    """
    below = f"/containers/{gojson.text(source, 'ID')}/"
    for key in _OWN_PATHS:
        root, separator, _ = (gojson.text(source, key) or "").partition(below)
        if separator:
            return root
    return None


def _command(source: gojson.Object) -> str | None:
    path = gojson.text(source, "Path")
    arguments = gojson.texts(source, "Args")
    return json_text([path or "", *arguments]) if path or arguments else None


def _mount_points(source: gojson.Object) -> tuple[MountPoint, ...]:
    mounts = gojson.table(source, "MountPoints")
    return tuple(_mount_point(key, gojson.table(mounts, key)) for key in sorted(mounts))


def _mount_point(key: str, entry: gojson.Object) -> MountPoint:
    name = gojson.text(entry, "Name")
    return MountPoint(
        destination=gojson.text(entry, "Destination") or key,
        # Old engines wrote no type, and only volumes had a name.
        type=gojson.text(entry, "Type") or ("volume" if name else "bind"),
        source=gojson.text(entry, "Source"),
        name=name,
        driver=gojson.text(entry, "Driver"),
        mode=gojson.text(entry, "Relabel"),
        propagation=gojson.text(entry, "Propagation"),
        rw=gojson.boolean(entry, "RW"),
        mount_name=gojson.text(entry, "ID") if gojson.text(entry, "Type") == "image" else None,
    )


def _endpoints(network: gojson.Object) -> tuple[NetworkEndpoint, ...]:
    networks = gojson.table(network, "Networks")
    return tuple(_endpoint(name, gojson.table(networks, name)) for name in sorted(networks))


def _endpoint(name: str, entry: gojson.Object) -> NetworkEndpoint:
    return NetworkEndpoint(
        network=name,
        network_id=gojson.text(entry, "NetworkID"),
        endpoint_id=gojson.text(entry, "EndpointID"),
        ip_address=gojson.text(entry, "IPAddress"),
        ipv6_address=gojson.text(entry, "GlobalIPv6Address"),
        mac_address=gojson.text(entry, "MacAddress"),
    )


def _bindings(source: gojson.Object, key: str) -> tuple[PortBinding, ...]:
    # A set, so that a binding that is listed twice counts once.
    bindings: set[PortBinding] = set()
    ports = gojson.table(source, key)
    for port in ports:
        published = gojson.array(ports, port)
        if not published:
            bindings.add(PortBinding(port, None, None))
        for entry in published:
            if not isinstance(entry, dict):
                raise gojson.JsonError(f"has a binding of port {port!r} that is not an object")
            host_ip = gojson.text(entry, "HostIp")
            bindings.add(PortBinding(port, host_ip, gojson.text(entry, "HostPort")))
    return tuple(sorted(bindings, key=lambda binding: tuple(part or "" for part in binding)))

"""The JSON documents of a container (moby `container/{container,state}.go`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.rootbuilder.files import go_json

if TYPE_CHECKING:
    from collections.abc import Sequence

ZERO_TIME: Final = "0001-01-01T00:00:00Z"
"""What Go prints for a time that never was."""

DATA_ROOT: Final = "/var/lib/docker"
"""Where the engine that wrote the root plausible_size it to be."""


class MountSpec(NamedTuple):
    """One mount of a container; `type` is volume, bind, tmpfs or image.

    A volume has a `name` (64 hex digits for an anonymous one), a bind mount a `source` on the host.
    """

    destination: str
    name: str = ""
    source: str = ""
    type: str = "volume"
    read_only: bool = False


class Life(NamedTuple):
    """What a container has been through; `started` is None for one that never ran."""

    created: str
    started: str | None = None
    finished: str | None = None
    exit_code: int = 0


def container_config(
    container_id: str, name: str, driver: str, image: tuple[str, str], life: Life
) -> dict[str, Any]:
    """Make a `config.v2.json` without mounts; `image` is the image's ID and its name as typed."""
    place = f"{DATA_ROOT}/containers/{container_id}"
    ran = life.started is not None
    return {
        "StreamConfig": {},
        "State": _state(life),
        "ID": container_id,
        "Created": life.created,
        "Managed": False,
        "Path": "sh",
        "Args": ["-c", "exec serve"],
        "Config": _config(container_id, image[1]),
        "Image": image[0],
        "ImageManifest": None,
        "NetworkSettings": {"Networks": {"none": _endpoint()}, "Ports": {} if ran else None},
        "LogPath": f"{place}/{container_id}-json.log" if ran else "",
        "Name": f"/{name}",
        "Driver": driver,
        "OS": "linux",
        "RestartCount": 0,
        "HasBeenStartedBefore": ran,
        "HasBeenManuallyStopped": False,
        "MountPoints": {},
        "SecretReferences": None,
        "ConfigReferences": None,
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "SeccompProfile": "",
        "NoNewPrivileges": False,
        "HostnamePath": f"{place}/hostname" if ran else "",
        "HostsPath": f"{place}/hosts" if ran else "",
        "ShmPath": "",
        "ResolvConfPath": f"{place}/resolv.conf" if ran else "",
    }


def mount_points(mounts: Sequence[MountSpec]) -> dict[str, dict[str, Any]]:
    """Make the `MountPoints` of a container, by destination."""
    return {mount.destination: _mount_point(mount) for mount in mounts}


def host_config(mounts: Sequence[MountSpec]) -> dict[str, Any]:
    """Make a `hostconfig.json` with the engine's defaults."""
    binds = [
        f"{mount.source or mount.name}:{mount.destination}{':ro' * mount.read_only}"
        for mount in mounts
        if mount.type in {"bind", "volume"}
    ]
    return {
        "Binds": binds or None,
        "ContainerIDFile": "",
        "LogConfig": {"Type": "json-file", "Config": {}},
        "NetworkMode": "none",
        "PortBindings": {},
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "AutoRemove": False,
        "VolumeDriver": "",
        "VolumesFrom": None,
        "CapAdd": None,
        "CapDrop": None,
        "IpcMode": "private",
        "Privileged": False,
        "ReadonlyRootfs": False,
        "SecurityOpt": None,
        "ShmSize": 67108864,
        "Runtime": "runc",
        "Memory": 0,
        "NanoCpus": 0,
    }


def log_lines(lines: Sequence[str], time: str) -> bytes:
    """Make the content of a json-file log."""
    entries = ({"log": f"{line}\n", "stream": "stdout", "time": time} for line in lines)
    return b"".join(go_json(entry) + b"\n" for entry in entries)


def _state(life: Life) -> dict[str, Any]:
    running = life.started is not None and life.finished is None
    return {
        "Running": running,
        "Paused": False,
        "Restarting": False,
        "OOMKilled": False,
        "RemovalInProgress": False,
        "Dead": False,
        "Pid": 4321 if running else 0,
        "ExitCode": life.exit_code,
        "Error": "",
        "StartedAt": life.started or ZERO_TIME,
        "FinishedAt": life.finished or ZERO_TIME,
        "Health": None,
    }


def _config(container_id: str, image_name: str) -> dict[str, Any]:
    return {
        "Hostname": container_id[:12],
        "Domainname": "",
        "User": "",
        "Tty": False,
        "OpenStdin": False,
        "StdinOnce": False,
        "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
        "Cmd": ["sh", "-c", "exec serve"],
        "Image": image_name,
        "Volumes": None,
        "WorkingDir": "",
        "Entrypoint": None,
        "OnBuild": None,
        "Labels": {},
    }


def _endpoint() -> dict[str, Any]:
    return {
        "IPAMConfig": None,
        "Aliases": None,
        "MacAddress": "",
        "NetworkID": "",
        "EndpointID": "",
        "Gateway": "",
        "IPAddress": "",
        "GlobalIPv6Address": "",
    }


def _mount_point(mount: MountSpec) -> dict[str, Any]:
    is_volume = mount.type == "volume"
    spec = {"Type": mount.type, "Source": mount.source or mount.name, "Target": mount.destination}
    return {
        "Source": mount.source,
        "Destination": mount.destination,
        "RW": not mount.read_only,
        "Name": mount.name,
        "Driver": "local" if is_volume else "",
        "Type": mount.type,
        "Relabel": "ro" if mount.read_only else "",
        "Propagation": "rprivate" if mount.type == "bind" else "",
        "Spec": spec | ({"ReadOnly": True} if mount.read_only else {}),
        "SkipMountpointCreation": False,
    }

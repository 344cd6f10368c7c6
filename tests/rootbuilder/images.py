"""The config JSON of an image (moby `image/image.go`, the OCI image spec)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.rootbuilder.layers import LayerSpec


class ImageSettings(NamedTuple):
    """What a build sets on top of its base image; `env` holds `NAME=value` texts."""

    labels: Mapping[str, str]
    env: Sequence[str]
    exposed_ports: Sequence[str]
    cmd: Sequence[str]


def image_config(
    base: Mapping[str, Any] | None,
    layers: Sequence[LayerSpec],
    settings: ImageSettings,
    created: str,
) -> dict[str, Any]:
    """Make the config of an image of `layers` on the config `base`, built at the time `created`."""
    below = base or {}
    diff_ids = [*below.get("rootfs", {}).get("diff_ids", ()), *(spec.diff_id for spec in layers)]
    return {
        "architecture": "amd64",
        "config": _run_config(below.get("config") or {}, settings),
        "created": created,
        "history": [*(below.get("history") or ()), *_history(layers, settings, created)],
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }


def _run_config(below: Mapping[str, Any], settings: ImageSettings) -> dict[str, Any]:
    return {
        "User": "",
        "ExposedPorts": below.get("ExposedPorts", {})
        | {port: {} for port in settings.exposed_ports},
        "Env": [*below.get("Env", ["PATH=/usr/local/bin:/usr/bin:/bin"]), *settings.env],
        "Entrypoint": None,
        "Cmd": list(settings.cmd),
        "Volumes": None,
        "WorkingDir": "/",
        "OnBuild": None,
        "Labels": below.get("Labels", {}) | dict(settings.labels),
    }


def _history(
    layers: Sequence[LayerSpec], settings: ImageSettings, created: str
) -> list[dict[str, Any]]:
    common = {"created": created, "comment": "buildkit.dockerfile.v0"}
    steps: list[dict[str, Any]] = [{"created_by": spec.created_by} for spec in layers]
    words = [f"ENV {text}" for text in settings.env]
    words += [f"LABEL {key}={value}" for key, value in settings.labels.items()]
    words += [f"EXPOSE map[{port}:{{}}]" for port in settings.exposed_ports]
    words += ["CMD [" + " ".join(f'"{word}"' for word in settings.cmd) + "]"]
    steps += [{"created_by": word, "empty_layer": True} for word in words]
    return [common | step for step in steps]

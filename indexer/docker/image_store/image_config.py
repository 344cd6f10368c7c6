"""Parses an image config, whose digest is the image ID (moby `image/image.go`, OCI image-spec)."""

from __future__ import annotations

import json
import sys
from typing import Any, Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.encodings.digests import is_digest

_JSON_FIELDS: Final = (
    ("entrypoint", "Entrypoint"),
    ("cmd", "Cmd"),
    ("shell", "Shell"),
    ("on_build", "OnBuild"),
    ("healthcheck", "Healthcheck"),
)


class ConfigError(gojson.JsonError):
    """The engine cannot load the config; `rule` is the integrity rule that it breaks."""

    def __init__(self, rule: str, reason: str) -> None:
        """Take the rule ID and the reason, which is to be put after the path."""
        super().__init__(reason)
        self.rule = rule


class HistoryEntry(NamedTuple):
    """One build step in an image's history; `created_at` is UTC text or None.

    `empty_layer` is True for a step that changed only the config, so that no layer belongs to it.
    """

    created_at: str | None
    created_by: str | None
    comment: str | None
    author: str | None
    empty_layer: bool


class ImageConfig(NamedTuple):
    """The fields of an image config; None or empty if absent.

    `created_at` is UTC text. `entrypoint`, `cmd`, `shell`, `on_build` and `healthcheck` are JSON
    text. `env` has pairs of name and value, with None as the value of a name without `=`.
    `rootfs_type` is `layers` for every image that an engine can use. `diff_ids` begin with the
    bottom layer, and `history` with the oldest step.
    """

    image_id: str
    created_at: str | None
    author: str | None
    comment: str | None
    architecture: str | None
    os: str | None
    os_version: str | None
    variant: str | None
    docker_version: str | None
    user: str | None
    working_dir: str | None
    stop_signal: str | None
    entrypoint: str | None
    cmd: str | None
    shell: str | None
    on_build: str | None
    healthcheck: str | None
    env: tuple[tuple[str, str | None], ...]
    labels: tuple[tuple[str, str], ...]
    exposed_ports: tuple[str, ...]
    volumes: tuple[str, ...]
    rootfs_type: str | None
    diff_ids: tuple[str, ...]
    history: tuple[HistoryEntry, ...]


def parse_image_config(image_id: str, data: bytes) -> ImageConfig:
    """The image config in the JSON `data`; the caller has checked that its digest is `image_id`.

    Raises `gojson.JsonError`, or its subclass `ConfigError` if the config breaks another rule than
    the one about JSON.
    """
    source = gojson.decode_object(data)
    if not isinstance(gojson.get(source, "rootfs"), dict):
        raise gojson.JsonError("has no rootfs object")
    config = gojson.table(source, "config")
    return ImageConfig(
        image_id=image_id,
        created_at=_created(source),
        author=gojson.text(source, "author"),
        comment=gojson.text(source, "comment"),
        architecture=gojson.text(source, "architecture"),
        os=gojson.text(source, "os"),
        os_version=gojson.text(source, "os.version"),
        variant=gojson.text(source, "variant"),
        docker_version=gojson.text(source, "docker_version"),
        user=gojson.text(config, "User"),
        working_dir=gojson.text(config, "WorkingDir"),
        stop_signal=gojson.text(config, "StopSignal"),
        **{column: json_text(gojson.get(config, key)) for column, key in _JSON_FIELDS},
        env=parse_env(config),
        labels=gojson.text_table(config, "Labels"),
        exposed_ports=tuple(sorted(gojson.table(config, "ExposedPorts"))),
        volumes=tuple(sorted(gojson.table(config, "Volumes"))),
        rootfs_type=gojson.text(gojson.table(source, "rootfs"), "type"),
        diff_ids=_diff_ids(source),
        history=tuple(_history_entry(entry) for entry in gojson.array(source, "history")),
    )


def parse_env(config: gojson.Object) -> tuple[tuple[str, str | None], ...]:
    """The `Env` of an image's or container's config as pairs; the last value of a name wins.

    Raises `gojson.JsonError`.
    """
    pairs: dict[str, str | None] = {}
    for line in gojson.texts(config, "Env"):
        name, equals, value = line.partition("=")
        pairs[name] = value if equals else None
    return tuple(pairs.items())


def json_text(value: Any) -> str | None:  # noqa: ANN401 - a JSON value is what it is
    """`value` as compact JSON text; None for null and for an empty array or object.

    Raises `gojson.JsonError` if it is nested too deeply or has a number that is too large.
    """
    if value is None or value in ([], {}):
        return None
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (RecursionError, ValueError) as error:
        raise gojson.JsonError(f"has a value that cannot be kept: {error}") from error


def _created(source: gojson.Object) -> str | None:
    try:
        return gojson.time(source, "created")
    except gojson.JsonError as error:
        raise ConfigError("I8", str(error)) from error


def _diff_ids(source: gojson.Object) -> tuple[str, ...]:
    diff_ids = gojson.texts(gojson.table(source, "rootfs"), "diff_ids")
    for diff_id in diff_ids:
        if not is_digest(diff_id):
            raise ConfigError("I5", f"has the diff ID {diff_id!r}, which is not a digest")
    # Thousands of images share their base layers: interning keeps each diff ID in memory once.
    return tuple(map(sys.intern, diff_ids))


def _history_entry(entry: object) -> HistoryEntry:
    if entry is None:
        entry = {}
    if not isinstance(entry, dict):
        raise gojson.JsonError("has a history entry that is not an object")
    return HistoryEntry(
        created_at=gojson.time(entry, "created"),
        created_by=_shared_text(entry, "created_by"),
        comment=_shared_text(entry, "comment"),
        author=_shared_text(entry, "author"),
        empty_layer=gojson.boolean(entry, "empty_layer"),
    )


def _shared_text(entry: gojson.Object, key: str) -> str | None:
    """The text at `key`, interned: images with the same base repeat its whole history."""
    text = gojson.text(entry, key)
    return None if text is None else sys.intern(text)

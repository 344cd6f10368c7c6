"""`image/<driver>/imagedb`: configs and their metadata (moby `image/fs.go`, `image/store.go`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.encodings.digests import is_digest, is_hex64, sha256_digest
from indexer.docker.encodings.times import utc_text
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import (
    Previous,
    Scan,
    ScanBuilder,
    Tick,
    not_listed,
    temporary,
    unread_part,
)
from indexer.docker.image_store.image_config import ConfigError, ImageConfig, parse_image_config
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.folder import Folder, StampedEntry

_CONFIG_LIMIT: Final = 16 << 20
_VALUE_LIMIT: Final = 4096
_KIND: Final = "image"
_WINDOWS: Final = "windowsfilter"
_MOST_LAYERS: Final = 125


class ImageMetadata(NamedTuple):
    """What the engine noted about an image, outside its config.

    `parent_id` is the ID of the image that it was built or committed from. `last_tagged_at` is UTC
    text. Both are None if not noted. `built_locally` is None if it is not noted, as before 26.0.
    """

    image_id: str
    parent_id: str | None
    last_tagged_at: str | None
    built_locally: bool | None


def scan_configs(store: Folder, previous: Previous, tick: Tick) -> Scan[ImageConfig]:
    """The image configs of the store folder `image/<driver>`, by the 64 hex digits of the ID."""
    builder = ScanBuilder[ImageConfig](previous, tick)
    system = "windows" if store.path.endswith(f"/{_WINDOWS}") else "linux"
    try:
        with store.descend("imagedb", "content", "sha256") as folder:
            # Unchanged configs are neither opened nor hashed, which makes a second sync fast.
            same, other = folder.compare(previous)
            builder.keep(same)
            for entry in sorted(other):
                tick(1)
                if is_hex64(entry.name):
                    _scan_config(folder, entry, system, builder)
                else:
                    _report_name(folder, entry.name, builder)
    except GoneError:
        return Scan(exists=False)
    except UnreadableError as error:
        return not_listed(store.join("imagedb/content/sha256"), _KIND, error)
    return builder.finish()


def scan_metadata(store: Folder, previous: Previous, tick: Tick) -> Scan[ImageMetadata]:
    """The image metadata of the store folder `image/<driver>`, by the 64 hex digits of the ID."""
    builder = ScanBuilder[ImageMetadata](previous, tick)
    try:
        with store.descend("imagedb", "metadata", "sha256") as folder:
            for entry in folder.names():
                # A link is taken too, so that it is reported and not silently left out.
                if entry.kind != "file" and is_hex64(entry.name):
                    _scan_metadata(folder, entry.name, builder)
    except GoneError:
        return Scan(exists=False)
    except UnreadableError as error:
        return not_listed(store.join("imagedb/metadata/sha256"), _KIND, error)
    return builder.finish()


def _scan_config(
    folder: Folder, entry: StampedEntry, system: str, builder: ScanBuilder[ImageConfig]
) -> None:
    name = entry.name
    path = folder.join(name)
    image_id = f"sha256:{name}"
    try:
        data = folder.read_found(entry, _CONFIG_LIMIT)
    except GoneError:
        return
    except UnreadableError as error:
        builder.report(unread_part(folder, name, _KIND, error)._replace(object_id=image_id))
        return
    # The engine verifies the digest whenever it loads an image (moby `image/fs.go` `get`).
    actual = sha256_digest(data)
    if actual != image_id:
        message = f"{path} has the digest {actual}; the engine drops this image as invalid."
        builder.report(Finding("I2", _KIND, image_id, path, message))
        return
    try:
        config = parse_image_config(image_id, data)
    except gojson.JsonError as error:
        message = f"{path} {error}; the engine drops this image."
        rule = error.rule if isinstance(error, ConfigError) else "I3"
        builder.report(Finding(rule, _KIND, image_id, path, message))
        return
    builder.add(name, entry.fingerprint, config, list(_config_findings(path, config, system)))


def _config_findings(path: str, config: ImageConfig, system: str) -> Iterator[Finding]:
    """Findings about a config that can be decoded; `system` is the host's operating system."""
    about = (_KIND, config.image_id, path)
    # History is optional, but a history must have one entry with a layer for each diff ID.
    steps = sum(not entry.empty_layer for entry in config.history)
    count = len(config.diff_ids)
    if config.history and steps != count:
        message = (
            f"{path} has {steps} history entries with a layer for {count} layers; "
            "commands cannot be matched to layers."
        )
        yield Finding("I6", *about, message)
    if config.rootfs_type != "layers":
        message = f"{path} has the rootfs type {config.rootfs_type!r}, which no engine can use."
        yield Finding("I7", *about, message)
    if config.os is None or config.architecture is None:
        message = f"{path} names no {'architecture' if config.os else 'os'}; the host's is assumed."
        yield Finding("I9", *about, message)
    elif config.os.lower() != system:
        message = f"{path} is for {config.os}, not {system}; the engine does not load this image."
        yield Finding("I9", *about, message, "error")
    # The layer store refuses to register more layers (moby `layer/layer.go` `maxLayerDepth`).
    if count > _MOST_LAYERS:
        message = f"{path} has {count} layers; nothing can be built on more than {_MOST_LAYERS}."
        yield Finding("I16", *about, message)


def _report_name(folder: Folder, name: str, builder: ScanBuilder[ImageConfig]) -> None:
    path = folder.join(name)
    message = f"{path} is not named by 64 hex digits; the engine ignores it."
    odd = Finding("I1", _KIND, None, path, message)
    builder.report(temporary(folder, name, _KIND) or odd)


def _scan_metadata(folder: Folder, name: str, builder: ScanBuilder[ImageMetadata]) -> None:
    findings: list[Finding] = []
    image_id = f"sha256:{name}"
    try:
        with folder.folder(name) as values:
            fingerprint = values.fingerprint()
            if builder.is_known(name, fingerprint):
                return
            record = ImageMetadata(
                image_id,
                _parent(values, image_id, findings),
                _last_tagged(values, image_id, findings),
                _built_locally(values, image_id, findings),
            )
    except GoneError:
        return
    except UnreadableError as error:
        builder.report(unread_part(folder, name, _KIND, error)._replace(object_id=image_id))
        return
    builder.add(name, fingerprint, record, findings)


def _value(values: Folder, name: str, image_id: str, findings: list[Finding]) -> str | None:
    try:
        return values.read(name, _VALUE_LIMIT).decode("utf-8", "replace")
    except GoneError:
        return None
    except UnreadableError as error:
        findings.append(unread_part(values, name, _KIND, error)._replace(object_id=image_id))
        return None


def _parent(values: Folder, image_id: str, findings: list[Finding]) -> str | None:
    parent = _value(values, "parent", image_id, findings)
    if parent is None or is_digest(parent):
        return parent
    path = values.join("parent")
    message = f"{path} holds {parent!r}, which is not an image ID; the parent is unknown."
    findings.append(Finding("I11", _KIND, image_id, path, message))
    return None


def _last_tagged(values: Folder, image_id: str, findings: list[Finding]) -> str | None:
    text = _value(values, "lastUpdated", image_id, findings)
    if text is None:
        return None
    try:
        return utc_text(text)
    except ValueError as error:
        path = values.join("lastUpdated")
        message = f"{path}: {error}; `docker image inspect` fails for this image."
        findings.append(Finding("I14", _KIND, image_id, path, message))
        return None


def _built_locally(values: Folder, image_id: str, findings: list[Finding]) -> bool | None:
    value = _value(values, "builtLocally", image_id, findings)
    # The engine writes the byte 1 and compares with it (moby `image/store.go`).
    if value is not None and value != "\x01":
        path = values.join("builtLocally")
        message = f"{path} holds {value!r}, not the byte 1; the image counts as not built here."
        findings.append(Finding("I15", _KIND, image_id, path, message))
    return None if value is None else value == "\x01"

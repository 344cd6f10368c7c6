"""Layers and images made by hand, as `docker import` and `docker load` take them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.engine.harness.dockerd import BUSYBOX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_APPLETS = ("cat", "dd", "echo", "false", "head", "id", "ls", "mkdir", "rm", "sh", "sleep", "true")


class Link(NamedTuple):
    """A symbolic link in a layer."""

    target: str


def layer(files: Mapping[str, bytes | Link]) -> bytes:
    """Make the uncompressed tar of one layer; the same files always give the same bytes."""
    buffer = io.BytesIO()
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for folder in sorted(folders - {"."}):
            _add(archive, folder, None)
        for name, content in files.items():
            _add(archive, name, content)
    return buffer.getvalue()


def base_layer() -> bytes:
    """Make the layer of a small base image: a static busybox, a shell and a few applets."""
    files: dict[str, bytes | Link] = {"bin/busybox": BUSYBOX.read_bytes()}
    files |= {f"bin/{applet}": Link("busybox") for applet in _APPLETS}
    files["etc/passwd"] = b"root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n"
    files["etc/group"] = b"root:x:0:\napp:x:1000:\n"
    return layer(files)


def diff_id(layer_tar: bytes) -> str:
    """Give the digest of an uncompressed layer."""
    return f"sha256:{hashlib.sha256(layer_tar).hexdigest()}"


def config(layers: Sequence[bytes], **fields: Any) -> bytes:
    """Make an image config with these layers; `fields` are its further top-level keys."""
    rootfs = {"type": "layers", "diff_ids": [diff_id(tar) for tar in layers]}
    return json.dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs} | fields).encode()


def image_archive(image_config: bytes, layers: Sequence[bytes], tag: str) -> bytes:
    """Make an archive in the layout of `docker save` with one image under one tag.

    Equal layers are stored once and named twice, which `docker load` takes as two layers.
    """
    names = [f"{diff_id(tar).removeprefix('sha256:')}/layer.tar" for tar in layers]
    manifest = [{"Config": "config.json", "RepoTags": [tag], "Layers": names}]
    files: dict[str, bytes | Link] = dict(zip(names, layers, strict=True))
    files["config.json"] = image_config
    files["manifest.json"] = json.dumps(manifest).encode()
    return layer(files)


def _add(archive: tarfile.TarFile, name: str, content: bytes | Link | None) -> None:
    """Add a file, a link or, for None, a folder."""
    entry = tarfile.TarInfo(name)
    entry.mode = 0o755
    if content is None:
        entry.type = tarfile.DIRTYPE
        archive.addfile(entry)
    elif isinstance(content, Link):
        entry.type = tarfile.SYMTYPE
        entry.linkname = content.target
        archive.addfile(entry)
    else:
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))

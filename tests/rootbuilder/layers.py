"""Layers: tar, tar-split stream and digests (`vbatts/tar-split`, OCI image-spec `identity`)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from tests.rootbuilder.files import NO_FILES, Files, go_json

_CRC64_ISO: Final = 0xD800000000000000
_MASK64: Final = 0xFFFFFFFFFFFFFFFF
_BLOCK: Final = 512


class LayerSpec(NamedTuple):
    """What a layer is, independent of the layers below it.

    `size` is the text of its `size` file in bytes, `tar_split` the bytes of `tar-split.json.gz` and
    `files` what the graph driver holds. `cache_id` names the driver directory instead of 64 digits.
    """

    diff_id: str
    size: int
    tar_split: bytes
    files: Files = NO_FILES
    created_by: str = ""
    cache_id: str | None = None


def layer(files: Files, created_by: str | None = None, cache_id: str | None = None) -> LayerSpec:
    """Make a layer of regular `files`: its diff ID is the digest of their tar."""
    archive = tar(files)
    diff_id = digest(archive)
    return LayerSpec(
        diff_id=diff_id,
        size=sum(len(content) for content in files.values()),
        tar_split=tar_split(archive),
        files=files,
        created_by=created_by or f"COPY dir:{diff_id[7:]} in / # buildkit",
        cache_id=cache_id,
    )


def digest(data: bytes) -> str:
    """Give the digest `sha256:…` of `data`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def chain_id(parent: str | None, diff_id: str) -> str:
    """Give the chain ID of `diff_id` on the chain ID `parent`, None for a bottom layer."""
    return diff_id if parent is None else digest(f"{parent} {diff_id}".encode())


def tar(files: Files) -> bytes:
    """Make the uncompressed tar of `files` and their folders, which ends as Go's writer ends it."""
    folders = {str(folder) for name in files for folder in PurePosixPath(name).parents}
    blocks = [tar_header(f"{folder}/", 0) for folder in sorted(folders - {"."})]
    for name, content in files.items():
        blocks += [tar_header(name, len(content)), content, bytes(-len(content) % _BLOCK)]
    return b"".join(blocks) + bytes(2 * _BLOCK)


def tar_header(name: str, size: int) -> bytes:
    """Make the header of a regular file, or of a folder where `name` ends in a slash."""
    entry = tarfile.TarInfo(name.rstrip("/"))
    entry.size = size
    entry.mode = 0o644
    if name.endswith("/"):
        entry.type = tarfile.DIRTYPE
        entry.mode = 0o755
    return entry.tobuf(tarfile.GNU_FORMAT)


def tar_split(archive: bytes) -> bytes:
    """Take `archive` apart as `tar-split.json.gz` holds it: raw segments and file checksums."""
    lines: list[bytes] = []
    at = 0
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            end = member.offset_data + member.size
            content = archive[member.offset_data : end]
            name = f"{member.name}/" if member.isdir() else member.name
            lines.append(segment_line(archive[at : member.offset_data], len(lines)))
            lines.append(file_line(name, member.size, crc64(content), len(lines)))
            at = end
    lines.append(segment_line(archive[at:], len(lines)))
    return gzip.compress(b"".join(lines), mtime=0)


def segment_line(raw: bytes, position: int) -> bytes:
    """Make the line of a piece of the tar that is no file content."""
    payload = base64.b64encode(raw).decode()
    return go_json({"type": 2, "payload": payload, "position": position}) + b"\n"


def file_line(name: str, size: int, checksum: bytes, position: int) -> bytes:
    """Make the line that stands for the content of `name`, `size` bytes with the CRC `checksum`."""
    entry: dict[str, object] = {"type": 1, "name": name}
    if size:
        entry["size"] = size
    entry["payload"] = base64.b64encode(checksum).decode() if size else None
    return go_json(entry | {"position": position}) + b"\n"


def crc64(data: bytes) -> bytes:
    """Give the CRC-64 of `data` by the ISO polynomial, big-endian (Go `hash/crc64`)."""
    value = _MASK64
    for byte in data:
        value = _CRC64_TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return (value ^ _MASK64).to_bytes(8, "big")


def _crc64_entry(value: int) -> int:
    """Give one entry of the byte-wise CRC table."""
    for _ in range(8):
        value = (value >> 1) ^ _CRC64_ISO if value & 1 else value >> 1
    return value


_CRC64_TABLE: Final = tuple(_crc64_entry(byte) for byte in range(256))

EMPTY_LAYER: Final = layer({}, created_by="WORKDIR /")
"""The layer of an empty tar, which builds add wherever a step changes no file."""

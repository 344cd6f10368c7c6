"""Writes synthetic containerd roots: its databases, blobs and the directories of snapshots.

    root = ContainerdBuilder(tmp_path / "containerd")
    root.image("docker.io/library/web:1", [b"base", b"web"])
    root.write()

What is to be wrong is changed in `tree`, `backends` or the files, before or after `write`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from indexer.docker.encodings.digests import chain_ids
from tests.readers.encodings.bolt_writer import BoltWriter, bolt_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG: Final = "application/vnd.oci.image.config.v1+json"
LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
AMD64: Final = {"os": "linux", "architecture": "amd64"}
ARM64: Final = {"os": "linux", "architecture": "arm64", "variant": "v8"}
UNKNOWN: Final = {"os": "unknown", "architecture": "unknown"}
METADATA: Final = "io.containerd.metadata.v1.bolt/meta.db"
CONTENT: Final = "io.containerd.content.v1.content"
SNAPSHOTTERS: Final = "io.containerd.snapshotter.v1."
NOW: Final = 1_795_508_000
"""2026-11-24T08:13:20Z, when everything is made unless said otherwise."""

Tree = dict[bytes, Any]
Descriptor = dict[str, Any]


def varint(number: int) -> bytes:
    """Encode as Go's `binary.PutVarint`."""
    return uvarint(number << 1 if number >= 0 else (-number << 1) - 1)


def uvarint(number: int) -> bytes:
    """Encode as Go's `binary.PutUvarint`."""
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])


def go_time(seconds: int, nanoseconds: int = 0) -> bytes:
    """Encode seconds since 1970 as Go's `time.Time.MarshalBinary`, in UTC."""
    whole = (seconds + 62_135_596_800).to_bytes(8, "big", signed=True)
    return b"\1" + whole + nanoseconds.to_bytes(4, "big") + b"\xff\xff"


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    """The digest of `data`."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


class ContainerdBuilder:
    """A containerd root at `top` with one snapshotter; `write` brings it to the disk.

    `tree` is what is below `v1` of meta.db, `backends` the snapshots of the snapshotter by name,
    `files` the contents of blobs by digest.
    """

    def __init__(self, top: Path, namespace: str = "moby", snapshotter: str = "overlayfs") -> None:
        self.top = top
        self.namespace = namespace
        self.snapshotter = snapshotter
        self.tree: Tree = {b"version": varint(4)}
        self.backends: Tree = {}
        self.files: dict[str, bytes] = {}
        self.txid = 7
        self.snapshot_ids: list[str] = []

    def space(self, *path: str, namespace: str | None = None) -> Tree:
        """The bucket at `path` in a namespace, made if it is not there."""
        bucket = self.tree
        for name in (namespace or self.namespace, *path):
            bucket = bucket.setdefault(name.encode(), {})
        return bucket

    def blob(
        self,
        data: bytes,
        media_type: str = LAYER,
        *,
        labels: Mapping[str, str] | None = None,
        algorithm: str = "sha256",
        namespace: str | None = None,
    ) -> Descriptor:
        """Add a blob and give its descriptor."""
        digest = digest_of(data, algorithm)
        self.files[digest] = data
        bucket = self.space("content", "blob", namespace=namespace)
        bucket[digest.encode()] = {
            b"createdat": go_time(NOW),
            b"updatedat": go_time(NOW + 1),
            b"size": varint(len(data)),
            **_labels(labels or {}),
        }
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def document(self, value: object, media_type: str, **options: Any) -> Descriptor:
        """Add a blob of JSON and give its descriptor."""
        return self.blob(json.dumps(value).encode(), media_type, **options)

    def manifest(
        self,
        layers: Sequence[bytes],
        platform: Mapping[str, str] = AMD64,
        *,
        unpacked: bool = True,
        algorithm: str = "sha256",
    ) -> Descriptor:
        """Add an image of `layers` without a name, bottom first, and give its descriptor."""
        diff_ids = [digest_of(b"unpacked " + layer) for layer in layers]
        packed = [
            self.blob(layer, labels={"containerd.io/uncompressed": diff_id}, algorithm=algorithm)
            for layer, diff_id in zip(layers, diff_ids, strict=True)
        ]
        config = {**platform, "rootfs": {"type": "layers", "diff_ids": diff_ids}, "config": {}}
        parent = None
        for chain_id in chain_ids(tuple(diff_ids)) if unpacked else ():
            if chain_id.encode() not in self.space("snapshots", self.snapshotter):
                self.snapshot(chain_id, parent)
            parent = chain_id
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.document(config, CONFIG, algorithm=algorithm),
            "layers": packed,
        }
        return {**self.document(manifest, MANIFEST, algorithm=algorithm), "platform": platform}

    def attestation(self, subject: Descriptor) -> Descriptor:
        """Add an attestation of the manifest `subject`, as BuildKit writes it."""
        config = {**UNKNOWN, "rootfs": {"type": "layers", "diff_ids": [digest_of(b"statement")]}}
        manifest = {
            "mediaType": MANIFEST,
            "config": self.document(config, CONFIG),
            "layers": [self.blob(b"statement", "application/vnd.in-toto+json")],
        }
        annotations = {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": subject["digest"],
        }
        found = self.document(manifest, MANIFEST)
        return {**found, "platform": UNKNOWN, "annotations": annotations}

    def index(self, *entries: Descriptor) -> Descriptor:
        """Add an index of `entries`."""
        return self.document({"mediaType": INDEX, "manifests": list(entries)}, INDEX)

    def name(
        self, name: str, target: Descriptor, *, labels: Mapping[str, str] | None = None, at: int = 0
    ) -> str:
        """Give an image the name `name` so many seconds after `NOW`; its target's digest."""
        self.space("images")[name.encode()] = {
            b"createdat": go_time(NOW + at),
            b"updatedat": go_time(NOW + at + 10),
            b"target": {
                b"digest": target["digest"].encode(),
                b"mediatype": target["mediaType"].encode(),
                b"size": varint(target["size"]),
            },
            **_labels(labels or {}),
        }
        digest: str = target["digest"]
        return digest

    def image(self, name: str, layers: Sequence[bytes], **options: Any) -> str:
        """Add an image of one platform with a name; the digest of its manifest."""
        return self.name(name, self.manifest(layers, **options))

    def snapshot(
        self,
        key: str,
        parent: str | None = None,
        kind: str = "committed",
        *,
        size: int = 4096,
        namespace: str | None = None,
    ) -> str:
        """Add a snapshot and give its ID."""
        sequence = len(self.snapshot_ids) + 1
        self.snapshot_ids.append(str(sequence))
        name = f"{namespace or self.namespace}/{sequence}/{key}".encode()
        snapshots = self.space("snapshots", self.snapshotter, namespace=namespace)
        times = {b"createdat": go_time(NOW), b"updatedat": go_time(NOW)}
        snapshots[key.encode()] = {b"name": name, **times}
        number = {"view": 1, "active": 2, "committed": 3}[kind]
        backend: Tree = {b"id": uvarint(sequence), b"kind": bytes([number]), **times}
        if kind == "committed":
            backend |= {b"inodes": varint(3), b"size": varint(size)}
        if parent is not None:
            below = snapshots[parent.encode()]
            below.setdefault(b"children", {})[key.encode()] = b""
            snapshots[key.encode()][b"parent"] = parent.encode()
            backend[b"parent"] = below[b"name"]
        self.backends[name] = backend
        return str(sequence)

    def lease(
        self,
        lease_id: str,
        *,
        content: Iterable[str] = (),
        snapshots: Iterable[str] = (),
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Add a lease on blobs and snapshots."""
        self.space("leases")[lease_id.encode()] = {
            b"createdat": go_time(NOW),
            b"content": {digest.encode(): b"" for digest in content},
            b"snapshots": {self.snapshotter.encode(): {key.encode(): b"" for key in snapshots}},
            **_labels(labels or {}),
        }

    def blob_path(self, digest: str) -> Path:
        """Where a blob lies."""
        return self.top / CONTENT / "blobs" / digest.replace(":", "/")

    def snapshot_path(self, snapshot_id: str) -> Path:
        """The directory of a snapshot."""
        return self.top / f"{SNAPSHOTTERS}{self.snapshotter}" / "snapshots" / snapshot_id

    def config_of(self, target: str) -> str:
        """The digest of the config of the manifest `target`."""
        digest: str = json.loads(self.files[target])["config"]["digest"]
        return digest

    def forget(self, digest: str) -> None:
        """Take a blob out of the namespace; its file stays if it is on the disk."""
        del self.space("content", "blob")[digest.encode()]
        del self.files[digest]

    def write(self) -> None:
        """Write everything that is not on the disk yet, and both databases."""
        for digest, data in self.files.items():
            _write(self.blob_path(digest), data)
        self.snapshot_path("").mkdir(parents=True, exist_ok=True)
        for snapshot_id in self.snapshot_ids:
            (self.snapshot_path(snapshot_id) / "fs").mkdir(parents=True, exist_ok=True)
        self.write_backends()
        self.write_metadata()

    def write_backends(self) -> None:
        """Write the snapshotter's database alone."""
        snapshots = {b"v1": {b"snapshots": self.backends}}
        _write(self.top / f"{SNAPSHOTTERS}{self.snapshotter}/metadata.db", bolt_file(snapshots))

    def write_metadata(self) -> None:
        """Write meta.db alone, as a transaction of its own."""
        self.txid += 1
        writer = BoltWriter()
        _write(self.top / METADATA, writer.file(writer.tree({b"v1": self.tree}), self.txid))


def _labels(labels: Mapping[str, str]) -> Tree:
    if not labels:
        return {}
    return {b"labels": {key.encode(): value.encode() for key, value in labels.items()}}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)

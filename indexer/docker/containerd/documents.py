"""Reads the indexes, manifests and configs of images. Each blob is read once.

Source: containerd `core/images/handlers.go` (`Children`), OCI image-spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.docker.containerd.content import (
    BlobFile,
    WrongBytesError,
    blob_path,
    read_blob,
)
from indexer.docker.containerd.images import Documents, image_config_of
from indexer.docker.containerd.manifests import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    Index,
    IndexEntry,
    Manifest,
    decode,
)
from indexer.docker.encodings.gojson import JsonError
from indexer.docker.files.folder import Folder, GoneError, UnreadableError
from indexer.docker.image_store.image_config import ImageConfig, parse_image_config
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.docker.files.scan import Tick

_KIND: Final = "blob"
_FOLLOWED: Final = INDEX_TYPES | MANIFEST_TYPES


class DocumentReader:
    """Reads the documents that are reachable from targets, and keeps them for later passes.

    A blob never changes, as its name is the digest of its bytes, so reading it again is a waste.
    """

    def __init__(self, root: Folder, tick: Tick) -> None:
        """Read below the containerd root `root`, and call `tick` with 1 for each blob."""
        self._root = root
        self._tick = tick
        self._indexes: dict[str, Index] = {}
        self._manifests: dict[str, Manifest] = {}
        self._configs: dict[str, ImageConfig] = {}
        self._findings: dict[str, Finding] = {}

    def read(
        self, targets: Iterable[tuple[str, str | None]], files: Mapping[str, BlobFile]
    ) -> Documents:
        """The documents that are reachable from `targets`, with the findings about them.

        `targets` are pairs of digest and media type. Only blobs in `files` count as present.
        """
        reached: set[str] = set()
        attestations: set[str] = set()
        pending = list(targets)
        while pending:
            digest, media_type = pending.pop()
            if digest in reached or digest not in files:
                continue
            reached.add(digest)
            self._document(digest, media_type)
            index = self._indexes.get(digest)
            if index is not None:
                attestations.update(it.digest for it in index.entries if it.is_attestation)
                pending += [(it.digest, it.media_type) for it in index.entries if _is_followed(it)]
        # The config of an attestation does not describe an image, so leave it out.
        for digest in sorted(reached - attestations):
            manifest = self._manifests.get(digest)
            config = None if manifest is None else image_config_of(manifest)
            if config is not None and config in files:
                reached.add(config)
                self._config(config)
        return Documents(
            {key: it for key, it in self._indexes.items() if key in reached},
            {key: it for key, it in self._manifests.items() if key in reached},
            {key: it for key, it in self._configs.items() if key in reached},
            tuple(
                # An image runs without its attestation, so this is only a warning.
                it._replace(severity="warning") if key in attestations and it.rule == "K4" else it
                for key, it in self._findings.items()
                if key in reached
            ),
        )

    def _document(self, digest: str, media_type: str | None) -> None:
        if digest in self._indexes or digest in self._manifests:
            return
        data = self._bytes(digest)
        if data is None:
            return
        try:
            found = decode(digest, media_type, data)
        except JsonError as error:
            self._report("K4", digest, f"{error}; Docker cannot use the image")
            return
        if isinstance(found, Index):
            self._indexes[digest] = found
        else:
            self._manifests[digest] = found

    def _config(self, digest: str) -> None:
        if digest in self._configs:
            return
        data = self._bytes(digest)
        if data is None:
            return
        try:
            self._configs[digest] = parse_image_config(digest, data)
        except JsonError as error:
            self._report("K4", digest, f"{error}; Docker cannot use the image")

    def _bytes(self, digest: str) -> bytes | None:
        self._tick(1)
        self._findings.pop(digest, None)
        try:
            return read_blob(self._root, digest)
        except GoneError:
            self._report("K4", digest, "is missing; Docker cannot use the image")
        except UnreadableError as error:
            self._report(error.rule, digest, f"{error}; it is not indexed")
        except WrongBytesError as error:
            advice = "Docker cannot use the image until it is pulled or built again"
            self._report("K3", digest, f"{error}; {advice}")
        return None

    def _report(self, rule: str, digest: str, reason: str) -> None:
        path = blob_path(self._root, digest)
        message = f"{path} {reason}."
        self._findings[digest] = Finding(rule, _KIND, digest, path, message)


def _is_followed(entry: IndexEntry) -> bool:
    return entry.media_type is None or entry.media_type in _FOLLOWED

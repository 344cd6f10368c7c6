"""Rebuilds the tar archive of a layer from its files, to compare its digest with the diff ID.

The engine stores the headers of the archive in `tar-split.json.gz` and takes the contents from the
files. Source: vbatts/tar-split `tar/asm`; moby `layer/layer_store.go` (`assembleTarTo`).
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.tar_split import read_pieces
from indexer.docker.files.folder import GoneError, UnreadableError, printable

if TYPE_CHECKING:
    from indexer.docker.encodings.tar_split import Piece
    from indexer.docker.files.folder import Folder

_CHUNK: Final = 1 << 20


class Assembled(NamedTuple):
    """The result of rebuilding a layer.

    `digest` is the digest of its tar, None if a file is missing or has another length; `first_bad`
    is the path of the first such file in the layer. `files` is the number of files with content,
    and `missing` is how many of them are missing.
    """

    digest: str | None
    files: int
    missing: int
    first_bad: str | None


def assemble(stream: int, content: Folder) -> Assembled:
    """Rebuild a layer from the tar-split file open as `stream` and the files in `content`.

    Raises `indexer.docker.encodings.tar_split.TarSplitError` if the tar-split file is damaged.
    """
    total = hashlib.sha256()
    files = missing = 0
    first_bad: str | None = None
    for piece in read_pieces(stream):
        if piece.raw is not None:
            total.update(piece.raw)
        elif piece.size:
            files += 1
            try:
                is_whole = _add_file(total, content, piece)
            except (GoneError, UnreadableError):
                missing += 1
                is_whole = False
            if not is_whole and first_bad is None:
                first_bad = printable(piece.name)
    digest = None if first_bad is not None else f"sha256:{total.hexdigest()}"
    return Assembled(digest, files, missing, first_bad)


def _add_file(total: hashlib._Hash, content: Folder, piece: Piece) -> bool:
    """Add the file of `piece` to the digest; return whether it has the recorded length."""
    *folders, name = _parts(piece.name)
    if folders:
        with content.descend(*folders) as folder:
            fd = folder.open(name)
    else:
        fd = content.open(name)
    left = piece.size
    try:
        while left and (chunk := os.read(fd, min(left, _CHUNK))):
            total.update(chunk)
            left -= len(chunk)
        return left == 0 and not os.read(fd, 1)
    finally:
        os.close(fd)


def _parts(name: str) -> list[str]:
    """The folders and the file of the path `name` in a layer. Raises `UnreadableError` for `..`."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        raise UnreadableError("S1", "leads out of the layer")
    return parts

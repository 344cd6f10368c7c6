"""Putting the tar of a layer together again, to see whether its files are those of the image.

Source: vbatts/tar-split `tar/asm`; moby `layer/layer_store.go` (`assembleTarTo`).
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
    """What came of a layer: the digest of its tar, and the first file that is not as it was.

    `files` counts those with content and `missing` those of them that are not there. `digest` is
    None where one is missing or not as long as it should be: `odd` is that one's name in the layer.
    """

    digest: str | None
    files: int
    missing: int
    odd: str | None


def assemble(stream: int, content: Folder) -> Assembled:
    """Put a layer together from the tar-split file open as `stream` and the files in `content`.

    Raises `indexer.docker.encodings.tar_split.TarSplitError`.
    """
    total = hashlib.sha256()
    files = missing = 0
    odd: str | None = None
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
            if not is_whole and odd is None:
                odd = printable(piece.name)
    digest = None if odd is not None else f"sha256:{total.hexdigest()}"
    return Assembled(digest, files, missing, odd)


def _add_file(total: hashlib._Hash, content: Folder, piece: Piece) -> bool:
    """Add the file of `piece` to the tar; say whether it has the length it should have."""
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
    """The names of the folders and of the file that lead to `name` below a layer's top."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        raise UnreadableError("S1", "leads out of the layer")
    return parts

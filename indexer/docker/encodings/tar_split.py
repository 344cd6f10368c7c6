"""`tar-split.json.gz`: the recipe for a layer's original tar archive (vbatts/tar-split `storage`).

It has gzipped JSON lines, numbered from 0. A line is either a raw piece of the archive (headers,
padding) or the name of a file, whose content is in the graph driver's directory.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = "tar-split.json.gz"

_MOST_BYTES: Final = 1 << 30
_LONGEST_LINE: Final = 16 << 20
_FILE: Final = 1
_SEGMENT: Final = 2


class TarSplitError(Exception):
    """The recipe cannot be used; the message is the reason, to be put after the path."""


class Piece(NamedTuple):
    """A piece of the archive: the bytes `raw`, or if that is None the content of the file `name`.

    `size` is the length of that file in bytes. `name` is as in the archive, and bytes that are not
    UTF-8 are surrogate escapes.
    """

    raw: bytes | None
    name: str
    size: int


def read_pieces(fd: int) -> Iterator[Piece]:
    """The pieces of the archive, in order; the descriptor `fd` stays open.

    Raises `TarSplitError`, also for a stream that unpacks to more than 1 GiB.
    """
    read = position = 0
    try:
        with os.fdopen(os.dup(fd), "rb") as packed, gzip.GzipFile(fileobj=packed) as stream:
            while line := stream.readline(_LONGEST_LINE):
                read += len(line)
                if read > _MOST_BYTES or (len(line) == _LONGEST_LINE and line[-1:] != b"\n"):
                    raise TarSplitError("unpacks to far more than such a stream may hold")
                yield _piece(line, position)
                position += 1
    except (EOFError, OSError, zlib.error) as error:
        raise TarSplitError(f"cannot be unpacked: {error}") from error
    if position == 0:
        raise TarSplitError("is empty")


def _piece(line: bytes, position: int) -> Piece:
    # There are millions of lines, all written by one library: plain `json` is faster than `gojson`,
    # whose leniency is not needed.
    try:
        entry = json.loads(line)
        if entry["position"] != position:
            raise TarSplitError(f"has another position in the place of {position}")
        kind, payload = entry["type"], entry.get("payload")
        if kind == _SEGMENT:
            return Piece(base64.b64decode(payload or "", validate=True), "", 0)
        size = entry.get("size", 0)
        if kind != _FILE or not isinstance(size, int) or size < 0:
            raise TarSplitError(f"has neither a file nor a piece of the tar at {position}")
        if "name_raw" in entry:
            name = os.fsdecode(base64.b64decode(entry["name_raw"], validate=True))
            return Piece(None, name, size)
        return Piece(None, str(entry["name"]), size)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise TarSplitError(f"has no line of such a stream at position {position}") from error

"""Layers that no engine loads because one of their files is missing or damaged.

The remaining files of such a layer may still name its directory. Its directory is therefore not an
orphan: once the file is repaired, the engine loads the layer and the images on it at its next start
(moby `layer/filestore.go`, `layer/layer_store.go`).
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.digests import is_digest, is_hex64
from indexer.docker.files.folder import GoneError, UnreadableError, printable
from indexer.docker.image_store.layerdb_leftovers import REMOVING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from indexer.docker.files.folder import Folder

_ALGORITHM: Final = "sha256"
_OTHER_FOLDERS: Final = frozenset({"mounts", "tmp"})
_FILES: Final = ("cache-id", "diff", "parent")
_LIMIT: Final = 4096
_CACHE_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
_NOTHING: Final[dict[str, bytes | UnreadableError]] = {}


class DamagedLayer(NamedTuple):
    """A layer that cannot be loaded.

    `folder` is its path below `layerdb`, from which `chain_id` is made. `cache_id` is the name of
    the graph driver's directory. A value that is missing or damaged is None, and so is the `parent`
    of a bottom layer.
    """

    folder: str
    chain_id: str
    cache_id: str | None
    diff_id: str | None
    parent: str | None


def layer_folders(store: Folder) -> tuple[tuple[str, str], ...]:
    """The layer folders of the store folder `image/<driver>`: hash algorithm and name of each.

    A folder that cannot be listed is left out; `scan_layers` reports it.
    """
    with suppress(GoneError, UnreadableError), store.folder("layerdb") as layerdb:
        names = sorted(layerdb.kinds().keys() - _OTHER_FOLDERS)
        return tuple(it for name in names for it in _listed(layerdb, name))
    return ()


def _listed(layerdb: Folder, algorithm: str) -> Iterator[tuple[str, str]]:
    with suppress(GoneError, UnreadableError), layerdb.folder(algorithm) as folder:
        yield from ((algorithm, name) for name in sorted(folder.kinds()))


def scan_damaged_layers(
    store: Folder, folders: Iterable[tuple[str, str]], loaded: Set[str]
) -> tuple[DamagedLayer, ...]:
    """The damaged layers among `folders`: those whose 64 hex digits are not in `loaded`.

    `folders` must have been listed before the layers were read. The engine renames a complete
    layer into place, so one that appeared later is not damaged. A folder that is not named like a
    layer, or has an algorithm that no engine uses, counts as a layer if it has a cache ID.
    """
    damaged: list[DamagedLayer] = []
    for algorithm, name in folders:
        is_layer = algorithm == _ALGORITHM and is_hex64(name)
        if (is_layer and name in loaded) or REMOVING.fullmatch(name):
            continue
        with suppress(GoneError, UnreadableError), store.descend("layerdb", algorithm) as folder:
            layer = _layer(folder, name, algorithm)
            if layer is not None and (is_layer or layer.cache_id is not None):
                damaged.append(layer)
    return tuple(damaged)


def _layer(folder: Folder, name: str, algorithm: str) -> DamagedLayer | None:
    try:
        contents = folder.inside(name, _FILES, _LIMIT).contents
    except GoneError:
        if not folder.has(name):
            return None
        contents = _NOTHING
    except UnreadableError:
        # The folder exists, so that a layer is damaged even if nothing of it can be read.
        contents = _NOTHING
    text = {file: _text(contents.get(file)) for file in _FILES}
    cache_id, diff_id, parent = text["cache-id"], text["diff"], text["parent"]
    return DamagedLayer(
        printable(f"{algorithm}/{name}"),
        printable(f"{algorithm}:{name}"),
        cache_id if _CACHE_ID.fullmatch(cache_id) else None,
        diff_id if is_digest(diff_id) else None,
        parent if is_digest(parent) else None,
    )


def _text(content: bytes | UnreadableError | None) -> str:
    return content.decode("utf-8", "replace").strip() if isinstance(content, bytes) else ""

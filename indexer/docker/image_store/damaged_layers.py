"""Layers that no engine loads, as a file of theirs is missing or damaged.

What is left of such a layer still names its directory: putting the file right makes the layer and
the images on it whole at the next start (moby `layer/filestore.go`, `layer/layer_store.go`).
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

    `folder` is its path below `layerdb`, of which `chain_id` is made. `cache_id` names the graph
    driver's directory. What is missing or damaged is None; `parent` is so for a bottom layer too.
    """

    folder: str
    chain_id: str
    cache_id: str | None
    diff_id: str | None
    parent: str | None


def layer_folders(store: Folder) -> tuple[tuple[str, str], ...]:
    """The folders of layers in the store folder `image/<driver>`: algorithm and name of each.

    What cannot be listed has a finding of the scan of the layers.
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
    """Those of `folders`, listed before the layers were read, whose digits are not in `loaded`.

    An engine renames a layer into place when it is whole: what came later is not damaged. What is
    no layer by its name, or of an algorithm that no engine uses, is one where it has a cache ID.
    """
    found: list[DamagedLayer] = []
    for algorithm, name in folders:
        is_layer = algorithm == _ALGORITHM and is_hex64(name)
        if (is_layer and name in loaded) or REMOVING.fullmatch(name):
            continue
        with suppress(GoneError, UnreadableError), store.descend("layerdb", algorithm) as folder:
            layer = _layer(folder, name, algorithm)
            if layer is not None and (is_layer or layer.cache_id is not None):
                found.append(layer)
    return tuple(found)


def _layer(folder: Folder, name: str, algorithm: str) -> DamagedLayer | None:
    try:
        contents = folder.inside(name, _FILES, _LIMIT).contents
    except GoneError:
        if not folder.has(name):
            return None
        contents = _NOTHING
    except UnreadableError:
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

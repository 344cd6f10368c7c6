"""Verifies the layers of graph drivers by reading all of their files.

It checks tar-split files, files of layers against their diff IDs, and the owners of all files in
the root. A sync does not read these because it would take too long.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.drivers import LAYER_PLACES
from indexer.docker.encodings.tar_split import NAME, TarSplitError
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import NOTHING, Tick
from indexer.docker.image_store.layerdb import scan_layers
from indexer.docker.root.permissions import check_tree
from indexer.docker.rules.finding import Finding
from indexer.docker.verify.reassembly import Assembled, assemble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.folder import Folder
    from indexer.docker.image_store.layerdb import LayerRecord

_KIND: Final = "layer"
_LAYERS: Final = ("layerdb", "sha256")
# The files of these drivers are outside the root or in a format of their own.
_ELSEWHERE: Final = frozenset({"zfs", "devicemapper", "windowsfilter"})


class _CheckedLayer(NamedTuple):
    """A layer with a sound tar-split file; `assembled` is None if its folder cannot be read."""

    layer: LayerRecord
    path: str
    assembled: Assembled | None


def read_deeply(root: Folder, drivers: tuple[str, ...], tick: Tick) -> Iterator[Finding]:
    """Findings (L9, L10 and permissions) on the contents of the Docker root `root`.

    `drivers` are the graph drivers with an image store. `tick` is called with 1 for each layer.
    """
    yield from check_tree(root)
    for driver in drivers:
        found: list[_CheckedLayer] = []
        try:
            with root.descend("image", driver) as store:
                layers = scan_layers(store, NOTHING, lambda _: None).records
                for layer in layers.values():
                    tick(1)
                    yield from _read_layer(root, store, driver, layer, found)
        except (GoneError, UnreadableError):
            # A sync reports why.
            continue
        yield from _layer_findings(driver, found)


def count_layers(root: Folder, drivers: tuple[str, ...]) -> int:
    """How many times `read_deeply` will about call its `tick`; costs a listing of each store."""
    count = 0
    for driver in drivers:
        with (
            suppress(GoneError, UnreadableError),
            root.descend("image", driver, *_LAYERS) as layers,
        ):
            count += len(layers.kinds())
    return count


def _read_layer(
    root: Folder, store: Folder, driver: str, layer: LayerRecord, found: list[_CheckedLayer]
) -> Iterator[Finding]:
    name = layer.chain_id.removeprefix("sha256:")
    path = store.join(f"layerdb/sha256/{name}/{NAME}")
    place = LAYER_PLACES[driver]
    files = f"{place.prefix}{layer.cache_id}{place.suffix}"
    try:
        with store.descend("layerdb", "sha256", name) as folder:
            stream = folder.open(NAME)
    except (GoneError, UnreadableError):
        # A sync reports why.
        return
    try:
        assembled = None if driver in _ELSEWHERE else _assembled(root, files, stream)
        found.append(_CheckedLayer(layer, files, assembled))
    except TarSplitError as error:
        message = f"{path} {error}; `docker push` and `docker save` fail on this layer."
        yield Finding("L9", _KIND, layer.chain_id, path, message)
    finally:
        os.close(stream)


def _assembled(root: Folder, files: str, stream: int) -> Assembled | None:
    try:
        with root.descend(*files.split("/")) as content:
            return assemble(stream, content)
    except (GoneError, UnreadableError):
        return None


def _layer_findings(driver: str, found: list[_CheckedLayer]) -> Iterator[Finding]:
    """L10 for each layer whose files differ from its diff ID.

    If every file of every layer is missing, the root is a copy without contents, which gives one
    finding of severity info.
    """
    filled = [(it, it.assembled) for it in found if it.assembled is not None and it.assembled.files]
    if filled and all(assembled.missing == assembled.files for _, assembled in filled):
        message = (
            f"image/{driver} has {len(filled)} layers with files, all of which are missing; a copy "
            "of a root without the contents of layers cannot be verified."
        )
        yield Finding("L10", "store", driver, f"image/{driver}", message, "info")
        return
    for layer, path, assembled in found:
        if assembled is None:
            continue
        if assembled.digest == layer.diff_id:
            continue
        if assembled.first_bad is not None:
            reason = f"{path}/{assembled.first_bad} is missing or has another length"
        else:
            reason = f"{path} has the digest {assembled.digest}"
        message = f"{reason}, so that the layer is not {layer.diff_id}; it was damaged or changed."
        yield Finding("L10", _KIND, layer.chain_id, path, message)

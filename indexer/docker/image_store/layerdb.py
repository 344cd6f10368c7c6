"""`image/<driver>/layerdb/sha256`: image layers (moby `layer/filestore.go`)."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.encodings.digests import chain_id, is_digest, is_hex64
from indexer.docker.encodings.sizes import MOST_BYTES
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import Previous, Scan, ScanBuilder, Tick, not_listed, unread_part
from indexer.docker.image_store.layerdb_leftovers import REMOVING
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.folder import Folder, Inside, StampedEntry

_LIMIT: Final = 4096
_DESCRIPTOR_LIMIT: Final = 1 << 20
_KIND: Final = "layer"
_FILES: Final = ("diff", "size", "cache-id", "parent")
_LARGEST: Final = 2**63 - 1
_CACHE_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
_TAR_SPLIT: Final = "tar-split.json.gz"
_DESCRIPTOR: Final = "descriptor.json"
_WINDOWS: Final = "windowsfilter"
_SIZE: Final = re.compile(r"[0-9]{1,19}")

DROPPED: Final = "; the engine drops this layer and every image on it."
"""The end of a message about a layer that the engine does not load."""


class LayerRecord(NamedTuple):
    """One layer of the layer store.

    `chain_id` is the name of its folder with the algorithm, and `parent` the chain ID of the layer
    below (None for a bottom layer). `size` is the engine's count of the bytes in this layer alone.
    `cache_id` is the name of the graph driver's directory. `verified` says whether `chain_id` is
    the one that follows from `parent` and `diff_id`.
    """

    chain_id: str
    diff_id: str
    parent: str | None
    size: int
    cache_id: str
    verified: bool


class _LayerError(Exception):
    """The file `name` of a layer does not hold what the engine needs; `rule` is broken by it."""

    def __init__(self, rule: str, name: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.name = name


def scan_layers(store: Folder, previous: Previous, tick: Tick) -> Scan[LayerRecord]:
    """The layers of the store folder `image/<driver>`, by the 64 hex digits of their chain ID."""
    builder = ScanBuilder[LayerRecord](previous, tick)
    try:
        with store.descend("layerdb", "sha256") as folder:
            same, other = folder.compare(previous)
            builder.keep(same)
            for entry in sorted(other):
                tick(1)
                if entry.kind == "folder" and is_hex64(entry.name):
                    _scan_layer(folder, entry, builder)
                else:
                    _report_name(folder, entry.name, builder)
    except GoneError:
        return Scan(exists=False)
    except UnreadableError as error:
        return not_listed(store.join("layerdb/sha256"), _KIND, error)
    _report_algorithms(store, builder)
    return builder.finish()


def _report_algorithms(store: Folder, builder: ScanBuilder[LayerRecord]) -> None:
    """Report folders of other hash algorithms than SHA-256, the only one that engines use."""
    try:
        with store.folder("layerdb") as folder:
            for entry in folder.names():
                if entry.kind == "folder" and entry.name not in ("sha256", "mounts", "tmp"):
                    path = folder.join(entry.name)
                    message = f"{path} is none of sha256, mounts and tmp; no engine loads it."
                    builder.report(Finding("L15", _KIND, None, path, message))
    except (GoneError, UnreadableError):
        # The scan of `layerdb/sha256` reports it.
        return


def _scan_layer(folder: Folder, entry: StampedEntry, builder: ScanBuilder[LayerRecord]) -> None:
    name, chain = entry.name, sys.intern(f"sha256:{entry.name}")
    path = folder.join(name)
    try:
        # One listing and up to four small reads for each layer: a root may have thousands of them.
        inside = folder.inside(name, _FILES, _LIMIT)
        record = _read_layer(inside, chain)
        _check_descriptor(folder, name, inside)
    except GoneError:
        return
    except UnreadableError as error:
        builder.report(unread_part(folder, name, _KIND, error)._replace(object_id=chain))
        return
    except _LayerError as error:
        # A removal renames the folder first, so files that vanish one by one mean that it is gone.
        if not folder.has(name):
            return
        file = f"{path}/{error.name}"
        message = f"{file} {error}{DROPPED}"
        builder.report(Finding(error.rule, _KIND, chain, file, message))
        return
    findings = [*_record_findings(path, record), *_file_findings(path, inside, chain)]
    builder.add(name, entry.fingerprint, record, findings)


def _read_layer(inside: Inside, chain: str) -> LayerRecord:
    diff_id = _digest(_required(inside, "diff").strip(), "L2", "diff")
    # The engine trims the other files, but parses the size as it is (moby `layer/filestore.go`).
    size = _required(inside, "size")
    if not _SIZE.fullmatch(size) or int(size) > _LARGEST:
        raise _LayerError("L2", "size", f"holds {size!r}, not a bare number of bytes")
    cache_id = _required(inside, "cache-id").strip()
    if not _CACHE_ID.fullmatch(cache_id):
        raise _LayerError("L7", "cache-id", f"holds {cache_id!r}, which names no directory")
    # A bottom layer has no file `parent`.
    parent = _text(inside, "parent")
    if parent is not None:
        parent = _digest(parent.strip(), "L4", "parent")
    verified = chain == chain_id(parent, diff_id)
    return LayerRecord(chain, diff_id, parent, int(size), cache_id, verified)


def _check_descriptor(folder: Folder, name: str, inside: Inside) -> None:
    """Raise `_LayerError` if the engine cannot read `descriptor.json`.

    Windows engines write it for a foreign layer, which is not to be pushed to other registries.
    """
    if _DESCRIPTOR not in inside.kinds:
        return
    try:
        with folder.folder(name) as files:
            gojson.decode_object(files.read(_DESCRIPTOR, _DESCRIPTOR_LIMIT))
    except UnreadableError as error:
        raise _LayerError(error.rule, _DESCRIPTOR, str(error)) from error
    except gojson.JsonError as error:
        raise _LayerError("L14", _DESCRIPTOR, str(error)) from error


def _text(inside: Inside, name: str) -> str | None:
    """The text of the file `name`; None if it does not exist. Raises `_LayerError`."""
    content = inside.contents.get(name)
    if isinstance(content, UnreadableError):
        raise _LayerError(content.rule, name, str(content)) from content
    return None if content is None else content.decode("utf-8", "replace")


def _required(inside: Inside, name: str) -> str:
    text = _text(inside, name)
    if text is None:
        raise _LayerError("L2", name, "is missing")
    return text


def _digest(text: str, rule: str, name: str) -> str:
    if not is_digest(text):
        raise _LayerError(rule, name, f"holds {text!r}, which is not a digest")
    # Image configs and the layer above have the same digest: interning keeps it in memory once.
    return sys.intern(text)


def _record_findings(path: str, record: LayerRecord) -> Iterator[Finding]:
    if not record.verified:
        expected = chain_id(record.parent, record.diff_id)
        message = (
            f"{path} should have the chain ID {expected}, which follows from its parent and diff; "
            "the contents of images on it are not what their IDs say."
        )
        yield Finding("L3", _KIND, record.chain_id, path, message)
    if record.size > MOST_BYTES:
        message = f"{path}/size holds {record.size}; no more than {MOST_BYTES} bytes are counted."
        yield Finding("L2", _KIND, record.chain_id, f"{path}/size", message)


def _file_findings(path: str, inside: Inside, chain: str) -> Iterator[Finding]:
    """Findings about the files that the engine needs only for some uses of a layer."""
    if _TAR_SPLIT not in inside.kinds:
        file = f"{path}/{_TAR_SPLIT}"
        message = f"{file} is missing; `docker push` and `docker save` fail on this layer."
        yield Finding("L9", _KIND, chain, file, message)
    if _DESCRIPTOR in inside.kinds and _WINDOWS not in path:
        file = f"{path}/{_DESCRIPTOR}"
        message = f"{file} is a file that only Windows engines write, for layers not to be pushed."
        yield Finding("L14", _KIND, chain, file, message, "info")


def _report_name(folder: Folder, name: str, builder: ScanBuilder[LayerRecord]) -> None:
    if REMOVING.fullmatch(name):
        return
    path = folder.join(name)
    message = f"{path} is not a folder named by 64 hex digits; the engine ignores it."
    builder.report(Finding("L1", _KIND, None, path, message))

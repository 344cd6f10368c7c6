"""`io.containerd.snapshotter.v1.<name>`: a snapshotter's own database and its directories.

Source: containerd `core/snapshots/storage/bolt.go`, `plugins/snapshots/*`; stargz-snapshotter
`service/service.go`, which keeps the database and the directories one folder deeper.
"""

from __future__ import annotations

import os
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.drivers.directory import DriverDirectory, plain
from indexer.docker.drivers.places import LayerPlace
from indexer.docker.encodings.bolt import BoltError, read_snapshot
from indexer.docker.encodings.boltutil import (
    decode_uvarint,
    size_at,
    stored_text,
    text_at,
    time_at,
    values_of,
)
from indexer.docker.files.folder import GoneError, UnreadableError, printable
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.metadata import State
    from indexer.docker.encodings.bolt import Bucket
    from indexer.docker.files.folder import Fingerprint, Folder, StampedEntry

PREFIX: Final = "io.containerd.snapshotter.v1."
DATABASE: Final = "metadata.db"
DEFAULT: Final = "overlayfs"
_KIND: Final = "snapshot"
_FILES: Final = "fs"
_FOLDERS: Final = MappingProxyType({"stargz": ("snapshotter",)})
"""The folder of the database and the directories, in that of the snapshotter."""

_PLAIN: Final = frozenset({"native", "btrfs", "windows", "windows-lcow", "blockfile"})
"""Those whose files are a directory's own contents, or the file that has its name."""

_IMAGES: Final = frozenset({"erofs"})
"""Those that write to `fs`, and keep a layer as an image file beside it: `layer.erofs`."""

_KINDS: Final = {1: "view", 2: "active", 3: "committed"}
_BTRFS: Final = ("active", "view", "snapshots")
_WITHOUT_DIRECTORIES: Final = frozenset({"devmapper", "zfs", "blockfile"})
_WINDOWS: Final = frozenset({"windows", "windows-lcow"})
BUILT_IN: Final = (
    frozenset({"overlayfs", "native", "btrfs", "erofs"}) | _WINDOWS | _WITHOUT_DIRECTORIES
)
"""The snapshotters that come with containerd; any other may have its files where it likes."""


class Backend(NamedTuple):
    """A snapshot as its snapshotter knows it, of whatever namespace.

    `name` and `parent` are keys of this database, `snapshot_id` is the decimal name of its
    directory, `kind` is view, active or committed. `size_bytes`, what it uses on disk, is
    recorded for committed ones only. Times are UTC text.
    """

    name: str
    snapshot_id: str
    kind: str | None
    parent: str | None
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None


class BackendReading(NamedTuple):
    """The snapshots of a snapshotter by name; `state` is that of its database."""

    state: State
    backends: Mapping[str, Backend]
    findings: tuple[Finding, ...]


class DirectoryReading(NamedTuple):
    """The directories of a snapshotter; `listed` is False where they could not be listed."""

    directories: tuple[DriverDirectory, ...]
    listed: bool
    findings: tuple[Finding, ...]


def folder_path(snapshotter: str, directory: str) -> tuple[str, ...]:
    """Where a directory of `snapshotter` is, as names of folders from the containerd root down."""
    return *folder_of(snapshotter).split("/"), "snapshots", directory


def files_path(snapshotter: str, directory: str) -> tuple[str, ...]:
    """Where what was written to the snapshot in `directory` is, in the same form."""
    inner = () if snapshotter in _PLAIN else (_FILES,)
    return (*folder_path(snapshotter, directory), *inner)


def layer_place(snapshotter: str) -> LayerPlace:
    """What stands before and after a snapshot's ID in the path of a layer's files."""
    suffix = "" if snapshotter in _PLAIN | _IMAGES else f"/{_FILES}"
    return LayerPlace(f"{folder_of(snapshotter)}/snapshots/", suffix)


def folder_of(snapshotter: str) -> str:
    """The path of the folder of the snapshotter's database, from the containerd root down."""
    return "/".join((f"{PREFIX}{snapshotter}", *_FOLDERS.get(snapshotter, ())))


def snapshotters(root: Folder) -> list[str]:
    """The snapshotters that have a folder in the containerd root `root`, none if unreadable."""
    try:
        names = sorted(root.kinds())
    except (GoneError, UnreadableError):
        return []
    return [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]


def has_directories(snapshotter: str) -> bool:
    """Whether the snapshotter keeps each snapshot in a directory of its own folder."""
    return snapshotter not in _WITHOUT_DIRECTORIES


def directory_names(root: Folder, snapshotter: str) -> frozenset[str]:
    """The names that `list_directories` would find, without those that cannot be listed."""
    found: set[str] = set()
    for place in _places(snapshotter):
        with suppress(GoneError, UnreadableError):
            found.update(printable(entry.name) for entry in _entries(root, snapshotter, place))
    return frozenset(found)


def read_backends(root: Folder, snapshotter: str) -> BackendReading:
    """The snapshots in the database of `snapshotter` in the containerd root `root`."""
    path = root.join(f"{folder_of(snapshotter)}/{DATABASE}")
    try:
        with _open_folder(root, snapshotter) as folder:
            fd = folder.open(DATABASE)
    except GoneError:
        return BackendReading("absent", {}, ())
    except UnreadableError as error:
        message = f"{path} {error}; the snapshots are not indexed."
        finding = Finding(error.rule, _KIND, None, path, message, cause=True)
        return BackendReading("unreadable", {}, (finding,))
    found: dict[str, Backend] = {}
    try:
        file = read_snapshot(fd)
        for backend in _backends(file.root):
            found[backend.name] = backend
        file.check()
    except BoltError as error:
        message = (
            f"{path} {error}; the snapshotter does not start with it, so that no container runs, "
            "and not all snapshots are indexed."
        )
        finding = Finding("K1", _KIND, None, path, message, cause=True)
        return BackendReading("unreadable", found, (finding,))
    finally:
        os.close(fd)
    return BackendReading("readable", found, ())


def list_directories(root: Folder, snapshotter: str) -> DirectoryReading:
    """The directories of `snapshotter`, named by snapshot ID, `new-…` or `rm-…`."""
    if not has_directories(snapshotter):
        return DirectoryReading((), False, ())
    found: list[DriverDirectory] = []
    for place in _places(snapshotter):
        try:
            found += (plain(entry) for entry in _entries(root, snapshotter, place))
        except GoneError:
            return DirectoryReading((), False, ())
        except UnreadableError as error:
            path = root.join(f"{folder_of(snapshotter)}/{place}")
            message = f"{path} {error}; the directories of snapshots are not indexed."
            return DirectoryReading((), False, (Finding(error.rule, _KIND, None, path, message),))
    return DirectoryReading(tuple(sorted(found)), True, ())


def fingerprints(root: Folder, snapshotter: str) -> Iterator[tuple[str, Fingerprint]]:
    """The fingerprint of the database and of each directory of `snapshotter`."""
    with suppress(GoneError, UnreadableError), _open_folder(root, snapshotter) as folder:
        yield DATABASE, folder.fingerprint(DATABASE)
    for place in _places(snapshotter):
        with suppress(GoneError, UnreadableError):
            for entry in _entries(root, snapshotter, place):
                yield f"{place}/{entry.name}", entry.fingerprint


def _open_folder(root: Folder, snapshotter: str) -> Folder:
    return root.descend(*folder_of(snapshotter).split("/"))


def _places(snapshotter: str) -> tuple[str, ...]:
    return _BTRFS if snapshotter == "btrfs" else ("snapshots",)


def _entries(root: Folder, snapshotter: str, place: str) -> list[StampedEntry]:
    with root.descend(*folder_of(snapshotter).split("/"), place) as folder:
        _, entries = folder.compare({})
    return [entry for entry in entries if entry.kind == "folder"]


def _backends(root: Bucket) -> Iterator[Backend]:
    snapshots = root.bucket(b"v1", b"snapshots")
    for name, bucket in () if snapshots is None else snapshots.buckets():
        values = values_of(bucket)
        number = decode_uvarint(values.get(b"id", b""))
        kind = values.get(b"kind") or b"\0"
        yield Backend(
            name=stored_text(name),
            snapshot_id="" if number is None else str(number),
            kind=_KINDS.get(kind[0]),
            parent=text_at(values, b"parent"),
            size_bytes=size_at(values, b"size"),
            created_at=time_at(values, b"createdat"),
            updated_at=time_at(values, b"updatedat"),
        )

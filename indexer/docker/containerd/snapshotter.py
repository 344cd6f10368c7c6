"""Reads `io.containerd.snapshotter.v1.<name>`: the database of a snapshotter and its directories.

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
"""Snapshotters that keep their database and directories in a subfolder of their own folder."""

_PLAIN: Final = frozenset({"native", "btrfs", "windows", "windows-lcow", "blockfile"})
"""Snapshotters whose layer files lie directly in the snapshot directory, without `fs`."""

_IMAGES: Final = frozenset({"erofs"})
"""Snapshotters that write to `fs` but store a layer as an image file beside it: `layer.erofs`."""

_KINDS: Final = {1: "view", 2: "active", 3: "committed"}
# The btrfs snapshotter sorts its subvolumes into folders by kind.
_BTRFS: Final = ("active", "view", "snapshots")
_WITHOUT_DIRECTORIES: Final = frozenset({"devmapper", "zfs", "blockfile"})
_WINDOWS: Final = frozenset({"windows", "windows-lcow"})
BUILT_IN: Final = (
    frozenset({"overlayfs", "native", "btrfs", "erofs"}) | _WINDOWS | _WITHOUT_DIRECTORIES
)
"""The snapshotters that are part of containerd; a plugin may keep its files anywhere."""


class Backend(NamedTuple):
    """A snapshot in the database of its snapshotter, which serves all namespaces.

    `name` and `parent` are keys of this database (`<namespace>/<number>/<key>`). `snapshot_id` is
    the decimal name of the directory. `kind` is view, active or committed, None if unknown.
    `size_bytes` is the disk use, which containerd records on commit; None before. Times are UTC
    text.
    """

    name: str
    snapshot_id: str
    kind: str | None
    parent: str | None
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None


class BackendReading(NamedTuple):
    """The snapshots of a snapshotter by name, and the state of its database."""

    state: State
    backends: Mapping[str, Backend]
    findings: tuple[Finding, ...]


class DirectoryReading(NamedTuple):
    """The directories of a snapshotter; `listed` is False if they could not be listed."""

    directories: tuple[DriverDirectory, ...]
    listed: bool
    findings: tuple[Finding, ...]


def folder_path(snapshotter: str, directory: str) -> tuple[str, ...]:
    """The path of a directory of `snapshotter`, as folder names from the containerd root down."""
    return *folder_of(snapshotter).split("/"), "snapshots", directory


def files_path(snapshotter: str, directory: str) -> tuple[str, ...]:
    """The path of the files of the snapshot in `directory`, in the form of `folder_path`."""
    inner = () if snapshotter in _PLAIN else (_FILES,)
    return (*folder_path(snapshotter, directory), *inner)


def layer_place(snapshotter: str) -> LayerPlace:
    """The prefix and suffix of a snapshot ID in the path of a layer's files."""
    suffix = "" if snapshotter in _PLAIN | _IMAGES else f"/{_FILES}"
    return LayerPlace(f"{folder_of(snapshotter)}/snapshots/", suffix)


def folder_of(snapshotter: str) -> str:
    """The folder of the snapshotter's database, relative to the containerd root."""
    return "/".join((f"{PREFIX}{snapshotter}", *_FOLDERS.get(snapshotter, ())))


def snapshotters(root: Folder) -> list[str]:
    """The snapshotters with a folder in the containerd root `root`; empty if it is unreadable."""
    try:
        names = sorted(root.kinds())
    except (GoneError, UnreadableError):
        return []
    return [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]


def has_directories(snapshotter: str) -> bool:
    """Whether each snapshot has a directory, and not a device, dataset or image file."""
    return snapshotter not in _WITHOUT_DIRECTORIES


def directory_names(root: Folder, snapshotter: str) -> frozenset[str]:
    """The names of the directories of `snapshotter`; a folder that cannot be listed has none."""
    found: set[str] = set()
    for place in _places(snapshotter):
        with suppress(GoneError, UnreadableError):
            found.update(printable(entry.name) for entry in _entries(root, snapshotter, place))
    return frozenset(found)


def read_backends(root: Folder, snapshotter: str) -> BackendReading:
    """Read the snapshots in the database of `snapshotter` in the containerd root `root`.

    A missing, unreadable or damaged database gives a finding (K1) and the records before the
    damage; nothing is raised.
    """
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
    """List the directories of `snapshotter`.

    Their names are snapshot IDs, `new-…` while containerd creates one, and `rm-…` while it removes
    one (containerd `plugins/snapshots/overlay/overlay.go`).
    """
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
    """The fingerprints of the database and of each directory of `snapshotter`, by path."""
    with suppress(GoneError, UnreadableError), _open_folder(root, snapshotter) as folder:
        yield DATABASE, folder.fingerprint(DATABASE)
    # The reading of the directories reports what cannot be listed.
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
        # `id` is a varint, and the directory is named by its decimal form.
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

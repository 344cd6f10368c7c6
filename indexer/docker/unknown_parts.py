"""Which parts of a root cannot be told: what could not be read, and what is missing though named.

A copy of a root may lack a folder that engines make when they start; what others say of its
contents, as read-write layers do of containers, shows that it was not empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from indexer.docker.encodings.digests import is_hex64
from indexer.docker.rules.finding import Finding
from indexer.docker.volumes import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.store import Containerd
    from indexer.docker.containers.scan import ContainerRecord, Containers
    from indexer.docker.files.folder import Folder
    from indexer.docker.files.scan import Scan
    from indexer.docker.image_store.store import StoreScan
    from indexer.docker.volumes import Volumes

_STORE_PARTS: Final = ("images", "names", "layers", "mounts", "directories")
_ADVICE: Final = "the root is an incomplete copy, or it was removed; what follows is unknown"
_HIDING: Final = frozenset({"U1", "U2", "S1"})

Parts = frozenset[str]


class Unknown(NamedTuple):
    """The parts that cannot be told: of the root, of its graph drivers' stores, of containerd's.

    Those of a root are `containers` and `volumes`; those of a store `images`, `names`, `layers`,
    `mounts` and `directories`. `absent` are those of them that are missing though others name them,
    with the driver, None for the root's; `findings` has one for each of these.
    """

    of_root: Parts
    of_stores: Mapping[str, Parts]
    of_containerd: Parts
    absent: frozenset[tuple[str | None, str]]
    findings: tuple[Finding, ...]


class Evidence(NamedTuple):
    """What was read of a root, as far as it tells what another part must have held."""

    stores: Mapping[str, StoreScan]
    containerd: Containerd | None
    containers: Containers
    volumes: Volumes


def unknown_parts(root: Folder, found: Evidence) -> Unknown:
    """What of the Docker root `root` cannot be told, where `found` was read."""
    absent = dict(_absent(found))
    findings = tuple(_finding(root, place, named) for place, named in absent.items())
    gone = frozenset((driver, part) for driver, part, _ in absent)
    of_root = {part for driver, part in gone if driver is None}
    if not found.containers.complete:
        of_root.add("containers")
    if not found.volumes.listed:
        of_root.add("volumes")
    of_stores = {
        driver: _of_store(scan) | {part for owner, part in gone if owner == driver}
        for driver, scan in found.stores.items()
    }
    return Unknown(frozenset(of_root), of_stores, _of_containerd(found.containerd), gone, findings)


def _of_store(scan: StoreScan) -> Parts:
    known = {
        "images": _is_whole(scan.configs) and _is_whole(scan.metadata),
        "names": scan.references.readable,
        "layers": _is_whole(scan.layers),
        "mounts": _is_whole(scan.mounts),
        "directories": scan.directories.listed and not _has_lost_all(scan),
    }
    return frozenset(part for part, is_known in known.items() if not is_known)


def _is_whole(scan: Scan[Any]) -> bool:
    return scan.listed and not any(it.cause for it in scan.findings)


def _has_lost_all(scan: StoreScan) -> bool:
    """Whether no layer has a directory, as where another file system is mounted there usually."""
    directories = scan.directories
    return bool(scan.layers.records or scan.layers.unchanged) and not (
        directories.records or directories.unchanged
    )


def _of_containerd(found: Containerd | None) -> Parts:
    if found is None or found.state == "absent":
        return frozenset()
    if found.state == "unreadable" or any(it.rule == "K1" and it.cause for it in found.findings):
        return frozenset(_STORE_PARTS)
    unread = {"layers"} if any(it.rule in _HIDING for it in found.findings) else set()
    if not found.directories_listed:
        unread.add("directories")
    return frozenset(unread)


_Absent = tuple[tuple[str | None, str, str], str]
"""The driver (None for the root's own), the part and its path, and what names its contents."""


def _absent(found: Evidence) -> Iterator[_Absent]:
    containers = found.containers.scan
    if not containers.there and (count := sum(1 for _ in _container_layers(found))):
        yield (None, "containers", "containers"), f"{count} read-write layers are of containers"
    if not found.volumes.there and (count := len(set(_mounted_volumes(found)))):
        yield (None, "volumes", "volumes"), f"containers have {count} volumes mounted"
    for driver, scan in found.stores.items():
        yield from _absent_in(driver, scan, found.containers)


def _absent_in(driver: str, scan: StoreScan, containers: Containers) -> Iterator[_Absent]:
    store = f"image/{driver}"
    if not scan.configs.there and (named := len(_named_images(scan))):
        path = f"{store}/imagedb/content/sha256"
        yield (driver, "images", path), f"{named} images are named"
    if not scan.layers.there and (count := _layered(scan)):
        yield (driver, "layers", f"{store}/layerdb/sha256"), f"{count} images have layers"
    used = [it for it in containers.scan.records.values() if _is_of(it, driver, scan)]
    if not scan.mounts.there and used:
        path = f"{store}/layerdb/mounts"
        yield (driver, "mounts", path), f"{len(used)} containers have read-write layers"


def _is_of(record: ContainerRecord, driver: str, scan: StoreScan) -> bool:
    """Whether a container is of an image of the store.

    One that is not may have lost its read-write layer with a store that was removed and made anew.
    """
    image = (record.config.image_id or "").removeprefix("sha256:")
    is_there = image in scan.configs.records or image in scan.configs.unchanged
    return record.config.driver == driver and is_there


def _container_layers(found: Evidence) -> Iterator[str]:
    for scan in found.stores.values():
        yield from (
            name for name in (*scan.mounts.records, *scan.mounts.unchanged) if is_hex64(name)
        )
    if found.containerd is not None:
        yield from (it.key for it in found.containerd.snapshots if is_hex64(it.key))


def _mounted_volumes(found: Evidence) -> Iterator[str]:
    for record in found.containers.scan.records.values():
        for mount in record.config.mount_points:
            if mount.type == "volume" and mount.name and (mount.driver or LOCAL) == LOCAL:
                yield mount.name


def _named_images(scan: StoreScan) -> set[str]:
    named = {record.image_id for record in scan.references.records}
    noted = (*scan.metadata.records, *scan.metadata.unchanged)
    return named | {f"sha256:{name}" for name in noted}


def _layered(scan: StoreScan) -> int:
    return sum(1 for config in scan.configs.records.values() if config.diff_ids)


def _finding(root: Folder, place: tuple[str | None, str, str], named: str) -> Finding:
    path = root.join(place[2])
    message = f"{path} is missing, though {named}; {_ADVICE}."
    return Finding("U5", "root", place[2], path, message, cause=True)

"""Determines which parts of a root are unknown: unreadable ones, and missing ones that are named.

An incomplete copy of a root may lack a folder that every engine makes when it starts. Other parts
show whether that folder had contents: a read-write layer, for instance, belongs to a container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.digests import is_hex64
from indexer.docker.rules.finding import Finding
from indexer.docker.volumes import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.store import Containerd
    from indexer.docker.containers.scan import ContainerRecord, Containers
    from indexer.docker.files.folder import Folder
    from indexer.docker.image_store.store import StoreScan
    from indexer.docker.volumes import Volumes

_STORE_PARTS: Final = ("images", "names", "layers", "mounts", "directories")
_ADVICE: Final = "the root is an incomplete copy, or it was removed; what follows is unknown"
_HIDING: Final = frozenset({"U1", "U2", "S1"})

Parts = frozenset[str]


class Unknown(NamedTuple):
    """The unknown parts of the root, of each graph driver's store, and of containerd's store.

    The parts of a root are `containers` and `volumes`. The parts of a store are `images`, `names`,
    `layers`, `mounts` and `directories`. `absent` has those that are missing although something
    names their contents, each with its driver (None for the root). `findings` has one for each.
    """

    of_root: Parts
    of_stores: Mapping[str, Parts]
    of_containerd: Parts
    absent: frozenset[tuple[str | None, str]]
    findings: tuple[Finding, ...]


class Evidence(NamedTuple):
    """What was read of a root and shows what another part must have held."""

    stores: Mapping[str, StoreScan]
    containerd: Containerd | None
    containers: Containers
    volumes: Volumes


def unknown_parts(root: Folder, evidence: Evidence) -> Unknown:
    """The unknown parts of the Docker root `root`, of which `evidence` was read."""
    absent = dict(_absent(evidence))
    findings = tuple(_finding(root, place, named) for place, named in absent.items())
    gone = frozenset((driver, part) for driver, part, _ in absent)
    of_root = {part for driver, part in gone if driver is None}
    if not evidence.containers.scan.complete:
        of_root.add("containers")
    if not evidence.volumes.listed:
        of_root.add("volumes")
    of_stores = {
        driver: _of_store(scan) | {part for owner, part in gone if owner == driver}
        for driver, scan in evidence.stores.items()
    }
    of_containerd = _of_containerd(evidence.containerd)
    return Unknown(frozenset(of_root), of_stores, of_containerd, gone, findings)


def _of_store(scan: StoreScan) -> Parts:
    known = {
        "images": scan.configs.complete and scan.metadata.complete,
        "names": scan.references.readable,
        "layers": scan.layers.complete,
        "mounts": scan.mounts.complete,
        "directories": scan.directories.listed and not _has_lost_all(scan),
    }
    return frozenset(part for part, is_known in known.items() if not is_known)


def _has_lost_all(scan: StoreScan) -> bool:
    """Whether there are layers and no directory at all.

    The driver's folder is then most likely the mount point of a disk that is not mounted.
    """
    directories = scan.directories
    return bool(scan.layers.records or scan.layers.unchanged) and not (
        directories.records or directories.unchanged
    )


def _of_containerd(store: Containerd | None) -> Parts:
    if store is None or store.state == "absent":
        return frozenset()
    if store.state == "unreadable" or any(it.rule == "K1" and it.cause for it in store.findings):
        return frozenset(_STORE_PARTS)
    # Any other part that cannot be read hides layers; images are in `meta.db`, handled above.
    unread = {"layers"} if any(it.rule in _HIDING for it in store.findings) else set()
    if not store.directories_listed:
        unread.add("directories")
    return frozenset(unread)


_Absent = tuple[tuple[str | None, str, str], str]
"""The driver (None for the root), the part and its path; and a clause about what names it."""


def _absent(evidence: Evidence) -> Iterator[_Absent]:
    containers = evidence.containers.scan
    if not containers.exists and (count := sum(1 for _ in _container_layers(evidence))):
        yield (None, "containers", "containers"), f"{count} read-write layers are of containers"
    if not evidence.volumes.exists and (count := len(set(_mounted_volumes(evidence)))):
        yield (None, "volumes", "volumes"), f"containers have {count} volumes mounted"
    for driver, scan in evidence.stores.items():
        yield from _absent_in(driver, scan, evidence.containers)


def _absent_in(driver: str, scan: StoreScan, containers: Containers) -> Iterator[_Absent]:
    store = f"image/{driver}"
    if not scan.configs.exists and (named := len(_named_images(scan))):
        path = f"{store}/imagedb/content/sha256"
        yield (driver, "images", path), f"{named} images are named"
    if not scan.layers.exists and (count := _count_with_layers(scan)):
        yield (driver, "layers", f"{store}/layerdb/sha256"), f"{count} images have layers"
    used = [it for it in containers.scan.records.values() if _is_in_store(it, driver, scan)]
    if not scan.mounts.exists and used:
        path = f"{store}/layerdb/mounts"
        yield (driver, "mounts", path), f"{len(used)} containers have read-write layers"


def _is_in_store(record: ContainerRecord, driver: str, scan: StoreScan) -> bool:
    """Whether a container has its image, and so its read-write layer, in the store of `driver`.

    A container whose image is not there may have lost its read-write layer when the store was
    removed and made anew.
    """
    image = (record.config.image_id or "").removeprefix("sha256:")
    has_image = image in scan.configs.records or image in scan.configs.unchanged
    return record.config.driver == driver and has_image


def _container_layers(evidence: Evidence) -> Iterator[str]:
    """The names of read-write layers that are container IDs; builders use other names."""
    for scan in evidence.stores.values():
        yield from (
            name for name in (*scan.mounts.records, *scan.mounts.unchanged) if is_hex64(name)
        )
    if evidence.containerd is not None:
        yield from (it.key for it in evidence.containerd.snapshots if is_hex64(it.key))


def _mounted_volumes(evidence: Evidence) -> Iterator[str]:
    for record in evidence.containers.scan.records.values():
        for mount in record.config.mount_points:
            if mount.type == "volume" and mount.name and (mount.driver or LOCAL) == LOCAL:
                yield mount.name


def _named_images(scan: StoreScan) -> set[str]:
    """The IDs of the images that tags, digest references or image metadata name."""
    named = {record.image_id for record in scan.references.records}
    with_metadata = (*scan.metadata.records, *scan.metadata.unchanged)
    return named | {f"sha256:{name}" for name in with_metadata}


def _count_with_layers(scan: StoreScan) -> int:
    return sum(1 for config in scan.configs.records.values() if config.diff_ids)


def _finding(root: Folder, place: tuple[str | None, str, str], named: str) -> Finding:
    path = root.join(place[2])
    message = f"{path} is missing, though {named}; {_ADVICE}."
    return Finding("U5", "root", place[2], path, message, cause=True)

"""Everything in a Docker root: the one place that lists the readers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.buildkit import BuildKit, read_buildkit
from indexer.docker.containerd.other_namespaces import read_other_namespaces
from indexer.docker.containerd.store import read_containerd, stamps_of
from indexer.docker.containers import Containers, scan_containers
from indexer.docker.drivers import directory_folder
from indexer.docker.files import GoneError, UnreadableError
from indexer.docker.liveness import Engine, engine_of
from indexer.docker.networks import check_networks
from indexer.docker.other_files import read_other_files
from indexer.docker.ownership import check_ownership
from indexer.docker.root import Layout, read_engine_id
from indexer.docker.scan import NOTHING, RACY_NS, UNPROVEN, Known, Tick, unreadable
from indexer.docker.store import StoreKnown, StoreScan, newest_change, read_store
from indexer.docker.temporaries import scan_temporaries
from indexer.docker.volumes import Volumes, read_volumes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.docker.containerd.other_namespaces import NamespacePart
    from indexer.docker.containerd.place import ContainerdRoot
    from indexer.docker.containerd.store import Containerd
    from indexer.docker.files import Folder, Stamp
    from indexer.docker.findings import Finding
    from indexer.docker.other_files import OtherFile

_PARTS: Final = (
    ("imagedb", "content", "sha256"),
    ("imagedb", "metadata", "sha256"),
    ("layerdb", "sha256"),
    ("layerdb", "mounts"),
    ("distribution", "diffid-by-digest", "sha256"),
    ("distribution", "v2metadata-by-diffid", "sha256"),
)


_BLOBS: Final = ("io.containerd.content.v1.content", "blobs", "sha256")


class RootContents(NamedTuple):
    """What a root holds; `stores` by graph driver.

    `denied` names drivers whose store is there and could not be opened. `newest_driver` is the one
    whose image names changed last, None where there is no store. `containerd` is None where there
    is none to read, or where it is as its known stamps say; `containerd_stamps` are those of now.
    `namespace_parts` are what other namespaces hold there, None where that was not read.
    """

    engine: Engine
    engine_id: str | None
    stores: dict[str, StoreScan]
    containerd: Containerd | None
    containerd_stamps: Mapping[str, Stamp]
    denied: frozenset[str]
    newest_driver: str | None
    containers: Containers
    volumes: Volumes
    buildkit: BuildKit
    other_files: tuple[OtherFile, ...]
    namespace_parts: tuple[NamespacePart, ...] | None
    findings: tuple[Finding, ...]


def read_root(
    root: Folder,
    layout: Layout,
    containerd_root: ContainerdRoot | None,
    known_stores: Mapping[str, StoreKnown],
    known_containerd: Known,
    known_containers: Known,
    tick: Tick,
) -> RootContents:
    """Read the root `root`, but for what has a known stamp: images first, then what uses them.

    `containerd_root` is the containerd that belongs to it. Where anything in that changed, all
    containers are read, as it says what image they have.
    """
    containerd_folder = None if containerd_root is None else containerd_root.folder
    engine = engine_of(root, containerd=containerd_folder)
    stores: dict[str, StoreScan] = {}
    newest: dict[str, int] = {}
    findings: list[Finding] = []
    denied: set[str] = set()
    for driver in layout.drivers:
        try:
            known = known_stores.get(driver, StoreKnown())
            stores[driver] = read_store(root, driver, known, tick)
            newest[driver] = newest_change(root, driver)
        except GoneError:
            continue
        except UnreadableError as error:
            denied.add(driver)
            findings.append(unreadable(root, f"image/{driver}", "store", error))
    stamps = {} if containerd_root is None else _proven(stamps_of(containerd_root, root))
    # What changed just now may have changed just before the last sync too.
    is_same = stamps == known_containerd and UNPROVEN not in stamps.values()
    containerd = None
    if containerd_root is not None and not (
        is_same and stamps and not _moved(stores, known_stores)
    ):
        containerd = read_containerd(containerd_root, root, tick)
    namespace_parts: tuple[NamespacePart, ...] | None = ()
    if containerd_root is not None:
        namespace_parts = None if containerd is None else _other_namespaces(containerd_root)
    if not is_same:
        known_containers = NOTHING
    engine_id, engine_id_findings = read_engine_id(root)
    containers = scan_containers(root, known_containers, tick)
    volumes = read_volumes(root, tick)
    buildkit = read_buildkit(root)
    named = [snapshot.directory for snapshot in buildkit.snapshots]
    stores = {driver: scan.settled(root, driver, named) for driver, scan in stores.items()}
    stores = {driver: scan.while_running(engine) for driver, scan in stores.items()}
    return RootContents(
        engine=engine,
        engine_id=engine_id,
        stores=stores,
        containerd=containerd,
        containerd_stamps=stamps,
        denied=frozenset(denied),
        newest_driver=max(newest, key=lambda driver: newest[driver]) if newest else None,
        containers=containers,
        volumes=volumes,
        buildkit=buildkit,
        other_files=_other_files(root, layout, containers),
        namespace_parts=namespace_parts,
        findings=(
            *findings,
            *layout.findings,
            *engine_id_findings,
            *(finding for scan in stores.values() for finding in scan.findings),
            *containers.scan.findings,
            *volumes.findings,
            *buildkit.findings,
            *check_networks(root, containers.log_bytes.keys()),
            *check_ownership(root, layout.drivers),
            *scan_temporaries(root, layout.drivers),
            *(() if containerd is None else containerd.findings),
        ),
    )


def _other_namespaces(place: ContainerdRoot) -> tuple[NamespacePart, ...] | None:
    return read_other_namespaces(place.folder, place.namespace)


def _other_files(root: Folder, layout: Layout, containers: Containers) -> tuple[OtherFile, ...]:
    described = (*containers.scan.records, *containers.scan.unchanged)
    return read_other_files(root, layout.drivers, described, containers.log_bytes)


def _moved(stores: Mapping[str, StoreScan], known: Mapping[str, StoreKnown]) -> bool:
    """Whether other images are in the stores of graph drivers than before."""
    nothing = StoreKnown()
    return any(
        scan.configs.listed
        and (
            scan.configs.records
            or scan.configs.unchanged != known.get(name, nothing).configs.keys()
        )
        for name, scan in stores.items()
    )


def _proven(stamps: Mapping[str, Stamp]) -> dict[str, Stamp]:
    """`stamps`, but for those of what may change again within one clock tick."""
    latest = time.time_ns() - RACY_NS
    return {name: it if it.ctime_ns < latest else UNPROVEN for name, it in stamps.items()}


def count_things(root: Folder, layout: Layout, containerd: Folder | None, *, measured: bool) -> int:
    """About how many things a sync will look at, for a progress bar; costs a listing of each kind.

    With `measured` it goes through the directories and volumes once more.
    """
    blobs = 0 if containerd is None else _length(containerd, _BLOBS)
    trees = [("volumes",), *(directory_folder(driver) for driver in layout.drivers)]
    folders = [("containers",), *trees, *(trees if measured else ())]
    folders += [("image", driver, *part) for driver in layout.drivers for part in _PARTS]
    return blobs + sum(_length(root, names) for names in folders)


def _length(root: Folder, names: tuple[str, ...]) -> int:
    try:
        with root.descend(*names) as folder:
            return len(folder.kinds())
    except (GoneError, UnreadableError):
        return 0

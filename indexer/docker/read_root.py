"""Everything in a Docker root: the one place that lists the readers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.activity import busy_since
from indexer.docker.buildkit.build_cache import BuildKit, read_buildkit
from indexer.docker.containerd.other_namespaces import read_other_namespaces
from indexer.docker.containerd.store import fingerprints_of, read_containerd
from indexer.docker.containers.scan import Containers, scan_containers
from indexer.docker.drivers import directory_folder
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import NOTHING, RACY_NS, UNPROVEN, Previous, Tick, unread_part
from indexer.docker.image_store.store import (
    PreviousStore,
    StoreScan,
    newest_change,
    read_directories_only,
    read_store,
    unreadable_store,
)
from indexer.docker.networks import check_networks
from indexer.docker.root.layout import Layout, read_engine_id
from indexer.docker.root.other_files import read_other_files
from indexer.docker.root.permissions import check_ownership
from indexer.docker.root.temporaries import scan_temporaries
from indexer.docker.root.top_links import is_behind, link_findings
from indexer.docker.running_engine import NO_ENGINE, Engine, engine_of
from indexer.docker.unknown_parts import Evidence, Unknown, unknown_parts
from indexer.docker.volumes import Volumes, read_volumes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.docker.containerd.other_namespaces import NamespacePart
    from indexer.docker.containerd.place import ContainerdRoot
    from indexer.docker.containerd.store import Containerd
    from indexer.docker.files.folder import Fingerprint, Folder
    from indexer.docker.root.other_files import OtherFile
    from indexer.docker.rules.finding import Finding

_PARTS: Final = (
    ("imagedb", "content", "sha256"),
    ("imagedb", "metadata", "sha256"),
    ("layerdb", "sha256"),
    ("layerdb", "mounts"),
    ("distribution", "diffid-by-digest", "sha256"),
    ("distribution", "v2metadata-by-diffid", "sha256"),
)


_BLOBS: Final = ("io.containerd.content.v1.content", "blobs", "sha256")


class PreviousRoot(NamedTuple):
    """The fingerprints of the previous pass over a root: of each driver's store, and the rest."""

    stores: Mapping[str, PreviousStore] = NOTHING
    containerd: Previous = NOTHING
    containers: Previous = NOTHING


class RootContents(NamedTuple):
    """What a root holds; `stores` by graph driver.

    `busy_since` says since when what is unfinished may be a change in progress. `unknown` is what
    cannot be told of the root. `denied` names drivers whose store is there and could not be opened.
    `newest_driver` is the one whose image names changed last, None where there is no store.
    `containerd` is None where there is none to read, or where it is as its known fingerprints say;
    `containerd_fingerprints` are those of now. `namespace_parts` are what other namespaces hold
    there, None where that was not read.
    """

    engine: Engine
    busy_since: str | None
    engine_id: str | None
    stores: dict[str, StoreScan]
    containerd: Containerd | None
    containerd_fingerprints: Mapping[str, Fingerprint]
    denied: frozenset[str]
    newest_driver: str | None
    containers: Containers
    volumes: Volumes
    buildkit: BuildKit
    unknown: Unknown
    other_files: tuple[OtherFile, ...]
    namespace_parts: tuple[NamespacePart, ...] | None
    findings: tuple[Finding, ...]


def read_root(
    root: Folder,
    layout: Layout,
    containerd_root: ContainerdRoot | None,
    previous: PreviousRoot,
    tick: Tick,
    *,
    offline: bool = False,
) -> RootContents:
    """Read the root `root` where fingerprints differ: images first, then what uses them.

    `containerd_root` is the containerd that belongs to it. Where anything in that changed, all
    containers are read, as it says what image they have. `offline` states that no engine runs.
    """
    containerd_folder = None if containerd_root is None else containerd_root.folder
    engine = NO_ENGINE if offline else engine_of(root, containerd=containerd_folder)
    since = busy_since(root, engine)
    stores: dict[str, StoreScan] = {}
    newest: dict[str, int] = {}
    findings: list[Finding] = []
    denied: set[str] = set()
    for driver in layout.drivers:
        previous_store = previous.stores.get(driver, PreviousStore())
        try:
            stores[driver] = read_store(root, driver, previous_store, tick)
            newest[driver] = newest_change(root, driver)
        except GoneError:
            continue
        except UnreadableError as error:
            denied.add(driver)
            stores[driver] = unreadable_store(root, driver, previous_store, tick)
            findings.append(unread_part(root, f"image/{driver}", "store", error))
    for driver in layout.left:
        stores[driver] = read_directories_only(
            root, driver, previous.stores.get(driver, PreviousStore()), tick
        )
    fingerprints = (
        {} if containerd_root is None else _without_racy(fingerprints_of(containerd_root, root))
    )
    # What changed just now may have changed just before the last sync too.
    is_same = fingerprints == previous.containerd and UNPROVEN not in fingerprints.values()
    containerd = None
    if containerd_root is not None and not (
        is_same and fingerprints and not _moved(stores, previous.stores) and root.has("containers")
    ):
        containerd = read_containerd(containerd_root, root, tick)
    namespace_parts: tuple[NamespacePart, ...] | None = ()
    if containerd_root is not None:
        namespace_parts = None if containerd is None else _other_namespaces(containerd_root)
    is_same = is_same and _has_all_named(root, stores)
    previous_containers = previous.containers if is_same else NOTHING
    engine_id, engine_id_findings = read_engine_id(root)
    containers = scan_containers(root, previous_containers, tick)
    volumes = read_volumes(root, tick)
    buildkit = read_buildkit(root)
    named = [snapshot.directory for snapshot in buildkit.snapshots]
    stores = {driver: scan.settled(root, driver, named) for driver, scan in stores.items()}
    stores = {driver: scan.with_recent_as_info(since) for driver, scan in stores.items()}
    unknown = unknown_parts(root, Evidence(stores, containerd, containers, volumes))
    containers_known = "containers" not in unknown.of_root
    found = (
        *findings,
        *layout.findings,
        *engine_id_findings,
        *(finding for scan in stores.values() for finding in scan.findings),
        *containers.scan.findings,
        *volumes.findings,
        *buildkit.findings,
        *check_networks(root, containers.log_bytes.keys() if containers_known else None),
        *check_ownership(root, layout.drivers),
        *scan_temporaries(root, layout.drivers),
        *(() if containerd is None else containerd.findings),
    )
    return RootContents(
        engine=engine,
        busy_since=since,
        engine_id=engine_id,
        stores=stores,
        containerd=containerd,
        containerd_fingerprints=fingerprints,
        denied=frozenset(denied),
        newest_driver=max(newest, key=lambda driver: newest[driver]) if newest else None,
        containers=containers,
        volumes=volumes,
        buildkit=buildkit,
        unknown=unknown,
        other_files=_other_files(root, layout, containers),
        namespace_parts=namespace_parts,
        findings=(
            *unknown.findings,
            *link_findings(root, layout.links),
            *(it for it in found if not is_behind(it, layout.links)),
        ),
    )


def _has_all_named(root: Folder, stores: Mapping[str, StoreScan]) -> bool:
    """Whether what containers name is there; else all of them tell what is missing."""
    return root.has("volumes") and all(scan.mounts.exists for scan in stores.values())


def _other_namespaces(place: ContainerdRoot) -> tuple[NamespacePart, ...] | None:
    return read_other_namespaces(place.folder, place.namespace)


def _other_files(root: Folder, layout: Layout, containers: Containers) -> tuple[OtherFile, ...]:
    described = (*containers.scan.records, *containers.scan.unchanged)
    return read_other_files(root, layout.drivers, described, containers.log_bytes)


def _moved(stores: Mapping[str, StoreScan], previous: Mapping[str, PreviousStore]) -> bool:
    """Whether other images are in the stores of graph drivers than before."""
    nothing = PreviousStore()
    return any(
        scan.configs.listed
        and (
            scan.configs.records
            or scan.configs.unchanged != previous.get(name, nothing).configs.keys()
        )
        for name, scan in stores.items()
    )


def _without_racy(fingerprints: Mapping[str, Fingerprint]) -> dict[str, Fingerprint]:
    """`fingerprints`, but for those of what may change again within one clock tick."""
    latest = time.time_ns() - RACY_NS
    return {name: it if it.ctime_ns < latest else UNPROVEN for name, it in fingerprints.items()}


def count_things(root: Folder, layout: Layout, containerd: Folder | None, *, measured: bool) -> int:
    """About how many things a sync will look at, for a progress bar; costs a listing of each kind.

    With `measured` it goes through the directories and volumes once more.
    """
    blobs = 0 if containerd is None else _length(containerd, _BLOBS)
    trees = [("volumes",), *map(directory_folder, (*layout.drivers, *layout.left))]
    folders = [("containers",), *trees, *(trees if measured else ())]
    folders += [("image", driver, *part) for driver in layout.drivers for part in _PARTS]
    return blobs + sum(_length(root, names) for names in folders)


def _length(root: Folder, names: tuple[str, ...]) -> int:
    try:
        with root.descend(*names) as folder:
            return len(folder.kinds())
    except (GoneError, UnreadableError):
        return 0

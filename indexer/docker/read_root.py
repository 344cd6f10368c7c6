"""Reads everything in a Docker root: the only module that calls all of the readers."""

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
    from collections.abc import Iterable, Iterator, Mapping

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
    """The fingerprints of the previous pass over a root: by graph driver, and of the rest."""

    stores: Mapping[str, PreviousStore] = NOTHING
    containerd: Previous = NOTHING
    containers: Previous = NOTHING


class RootContents(NamedTuple):
    """Everything that was read of a root.

    `busy_since` is the time (UTC text) from which on unfinished work may be in progress, None if no
    engine runs. `stores` has a scan by graph driver. `denied` has the drivers whose store exists
    and could not be opened. `newest_driver` is the driver whose image names changed last, None
    without a store. `containerd` is None if there is no containerd store, or if its fingerprints
    are the previous ones; `containerd_fingerprints` are the present ones. `unknown` has the parts
    about which nothing can be said. `namespace_parts` are the blobs and snapshots that other
    containerd namespaces hold, None if that was not read in this pass.
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


class _Stores(NamedTuple):
    """The stores of all graph drivers, with `denied` and `newest_driver` as in `RootContents`."""

    scans: dict[str, StoreScan]
    denied: frozenset[str]
    newest_driver: str | None
    findings: tuple[Finding, ...]


class _ContainerdPart(NamedTuple):
    """The containerd store as in `RootContents`; `is_same` if its fingerprints are the old ones."""

    store: Containerd | None
    fingerprints: Mapping[str, Fingerprint]
    namespace_parts: tuple[NamespacePart, ...] | None
    is_same: bool


def read_root(
    root: Folder,
    layout: Layout,
    containerd_root: ContainerdRoot | None,
    previous: PreviousRoot,
    tick: Tick,
    *,
    offline: bool = False,
) -> RootContents:
    """Read what has changed in the root `root` since `previous`: images first, then their users.

    `containerd_root` is the containerd that belongs to the root. If anything in it has changed, all
    containers are read, since it decides which image they have. `offline` states that no engine
    runs. What cannot be read becomes a finding; nothing is raised for it.
    """
    containerd_folder = None if containerd_root is None else containerd_root.folder
    engine = NO_ENGINE if offline else engine_of(root, containerd=containerd_folder)
    since = busy_since(root, engine)
    stores = _read_stores(root, layout, previous.stores, tick)
    containerd = _read_containerd(root, containerd_root, stores.scans, previous, tick)
    is_same = containerd.is_same and _has_all_named(root, stores.scans)
    containers = scan_containers(root, previous.containers if is_same else NOTHING, tick)
    volumes = read_volumes(root, tick)
    buildkit = read_buildkit(root)
    named = [snapshot.directory for snapshot in buildkit.snapshots]
    scans = {
        driver: scan.settled(root, driver, named).with_recent_as_info(since)
        for driver, scan in stores.scans.items()
    }
    evidence = Evidence(scans, containerd.store, containers, volumes)
    unknown = unknown_parts(root, evidence)
    engine_id, engine_id_findings = read_engine_id(root)
    early = (*stores.findings, *layout.findings, *engine_id_findings)
    findings = (*early, *_findings(root, layout, evidence, buildkit, unknown))
    return RootContents(
        engine=engine,
        busy_since=since,
        engine_id=engine_id,
        stores=scans,
        containerd=containerd.store,
        containerd_fingerprints=containerd.fingerprints,
        denied=stores.denied,
        newest_driver=stores.newest_driver,
        containers=containers,
        volumes=volumes,
        buildkit=buildkit,
        unknown=unknown,
        other_files=_other_files(root, layout, containers),
        namespace_parts=containerd.namespace_parts,
        findings=(*unknown.findings, *_with_links(root, layout, findings)),
    )


def _with_links(root: Folder, layout: Layout, findings: Iterable[Finding]) -> Iterator[Finding]:
    """`findings` with one for each link that was not followed, however many readers met it."""
    yield from link_findings(root, layout.links)
    yield from (it for it in findings if not is_behind(it, layout.links))


def _read_stores(
    root: Folder, layout: Layout, previous: Mapping[str, PreviousStore], tick: Tick
) -> _Stores:
    scans: dict[str, StoreScan] = {}
    newest: dict[str, int] = {}
    denied: set[str] = set()
    findings: list[Finding] = []
    for driver in layout.drivers:
        previous_store = previous.get(driver, PreviousStore())
        try:
            scans[driver] = read_store(root, driver, previous_store, tick)
            newest[driver] = newest_change(root, driver)
        except GoneError:
            continue
        except UnreadableError as error:
            denied.add(driver)
            scans[driver] = unreadable_store(root, driver, previous_store, tick)
            findings.append(unread_part(root, f"image/{driver}", "store", error))
    for driver in layout.left:
        previous_store = previous.get(driver, PreviousStore())
        scans[driver] = read_directories_only(root, driver, previous_store, tick)
    newest_driver = max(newest, key=lambda driver: newest[driver]) if newest else None
    return _Stores(scans, frozenset(denied), newest_driver, tuple(findings))


def _read_containerd(
    root: Folder,
    place: ContainerdRoot | None,
    scans: Mapping[str, StoreScan],
    previous: PreviousRoot,
    tick: Tick,
) -> _ContainerdPart:
    """Read the containerd root `place` unless nothing that it depends on has changed."""
    if place is None:
        return _ContainerdPart(None, {}, (), not previous.containerd)
    fingerprints = _without_racy(fingerprints_of(place, root))
    # A file that changed just now may also have changed just before the previous sync read it.
    is_same = fingerprints == previous.containerd and UNPROVEN not in fingerprints.values()
    # What containerd keeps of pulled images is matched with the images of graph drivers, and its
    # snapshots show what a missing folder `containers` must have held.
    if is_same and fingerprints and not _moved(scans, previous.stores) and root.has("containers"):
        return _ContainerdPart(None, fingerprints, None, is_same)
    store = read_containerd(place, root, tick)
    return _ContainerdPart(store, fingerprints, _other_namespaces(place), is_same)


def _findings(
    root: Folder, layout: Layout, evidence: Evidence, buildkit: BuildKit, unknown: Unknown
) -> Iterator[Finding]:
    """The findings of the parts in `evidence`, and those of the checks that have no records."""
    for scan in evidence.stores.values():
        yield from scan.findings
    yield from evidence.containers.scan.findings
    yield from evidence.volumes.findings
    yield from buildkit.findings
    containers_known = "containers" not in unknown.of_root
    yield from check_networks(
        root, evidence.containers.log_bytes.keys() if containers_known else None
    )
    yield from check_ownership(root, layout.drivers)
    yield from scan_temporaries(root, layout.drivers)
    if evidence.containerd is not None:
        yield from evidence.containerd.findings


def _has_all_named(root: Folder, stores: Mapping[str, StoreScan]) -> bool:
    """Whether the parts that containers name exist.

    If not, all containers are read, since they show what the missing part must have held.
    """
    return root.has("volumes") and all(scan.mounts.exists for scan in stores.values())


def _other_namespaces(place: ContainerdRoot) -> tuple[NamespacePart, ...] | None:
    return read_other_namespaces(place.folder, place.namespace)


def _other_files(root: Folder, layout: Layout, containers: Containers) -> tuple[OtherFile, ...]:
    with_config = (*containers.scan.records, *containers.scan.unchanged)
    return read_other_files(root, layout.drivers, with_config, containers.log_bytes)


def _moved(stores: Mapping[str, StoreScan], previous: Mapping[str, PreviousStore]) -> bool:
    """Whether the stores of graph drivers have other images than in the previous pass."""
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
    """`fingerprints`, with `UNPROVEN` for files that may change again within one clock tick."""
    latest = time.time_ns() - RACY_NS
    return {name: it if it.ctime_ns < latest else UNPROVEN for name, it in fingerprints.items()}


def count_things(root: Folder, layout: Layout, containerd: Folder | None, *, measured: bool) -> int:
    """Roughly how many things a sync will process, for a progress bar; lists each folder once.

    Directories and volumes count twice if `measured`, since their disk usage is measured too.
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

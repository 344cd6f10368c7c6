"""Everything in a Docker root: the one place that lists the readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.buildkit import BuildKit, read_buildkit
from indexer.docker.containers import Containers, scan_containers
from indexer.docker.drivers import directory_folder
from indexer.docker.files import GoneError, UnreadableError
from indexer.docker.liveness import Engine, engine_of
from indexer.docker.networks import check_networks
from indexer.docker.ownership import check_ownership
from indexer.docker.root import Layout, read_engine_id
from indexer.docker.scan import Known, Tick, unreadable
from indexer.docker.store import StoreKnown, StoreScan, newest_change, read_store
from indexer.docker.temporaries import scan_temporaries
from indexer.docker.volumes import Volumes, read_volumes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.docker.files import Folder
    from indexer.docker.findings import Finding

_PARTS: Final = (
    ("imagedb", "content", "sha256"),
    ("imagedb", "metadata", "sha256"),
    ("layerdb", "sha256"),
    ("layerdb", "mounts"),
    ("distribution", "diffid-by-digest", "sha256"),
    ("distribution", "v2metadata-by-diffid", "sha256"),
)


class RootContents(NamedTuple):
    """What a root holds; `stores` by graph driver.

    `denied` names drivers whose store is there and could not be opened. `newest_driver` is the one
    whose image names changed last, None where there is no store.
    """

    engine: Engine
    engine_id: str | None
    stores: dict[str, StoreScan]
    denied: frozenset[str]
    newest_driver: str | None
    containers: Containers
    volumes: Volumes
    buildkit: BuildKit
    findings: tuple[Finding, ...]


def read_root(
    root: Folder,
    layout: Layout,
    known_stores: Mapping[str, StoreKnown],
    known_containers: Known,
    tick: Tick,
) -> RootContents:
    """Read the root `root`, but for what has a known stamp: images first, then what uses them."""
    engine = engine_of(root)
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
        denied=frozenset(denied),
        newest_driver=max(newest, key=lambda driver: newest[driver]) if newest else None,
        containers=containers,
        volumes=volumes,
        buildkit=buildkit,
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
        ),
    )


def count_things(root: Folder, layout: Layout, *, measured: bool) -> int:
    """About how many things a sync will look at, for a progress bar; costs a listing of each kind.

    With `measured` it goes through the directories and volumes once more.
    """
    trees = [("volumes",), *(directory_folder(driver) for driver in layout.drivers)]
    folders = [("containers",), *trees, *(trees if measured else ())]
    folders += [("image", driver, *part) for driver in layout.drivers for part in _PARTS]
    return sum(_length(root, names) for names in folders)


def _length(root: Folder, names: tuple[str, ...]) -> int:
    try:
        with root.descend(*names) as folder:
            return len(folder.kinds())
    except (GoneError, UnreadableError):
        return 0

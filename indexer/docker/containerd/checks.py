"""Checks the parts of the containerd store against each other (rules K2, K4, K6 and K8).

Source: containerd `core/images/image.go` (`Check`), `core/metadata/snapshot.go`; moby
`daemon/containerd/image_list.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.content import blob_path
from indexer.docker.containerd.images import (
    Documents,
    EngineImage,
    comparable,
    image_config_of,
    usual_platform,
)
from indexer.docker.containerd.manifests import NOT_DISTRIBUTED
from indexer.docker.containerd.metadata import FILE, FOLDER, Metadata
from indexer.docker.containerd.snapshotter import (
    BUILT_IN,
    DATABASE,
    PREFIX,
    BackendReading,
    DirectoryReading,
    folder_of,
    has_directories,
)
from indexer.docker.encodings.digests import chain_ids, is_digest
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from indexer.docker.containerd.blobs import Present
    from indexer.docker.containerd.content import BlobListing
    from indexer.docker.containerd.manifests import Manifest
    from indexer.docker.containerd.metadata import SnapshotBucket
    from indexer.docker.files.folder import Folder
    from indexer.docker.rules.finding import Severity

_IMAGE: Final = "image"
_MANIFEST: Final = "manifest"
_SNAPSHOT: Final = "snapshot"


def missing_targets(root: Folder, metadata: Metadata, listing: BlobListing) -> Iterator[Finding]:
    """K2 for each image name whose target is missing."""
    known = {bucket.digest for bucket in metadata.content}
    names: dict[str, str] = {}
    for named in metadata.images:
        names.setdefault(named.target, named.name)
    for target, name in names.items():
        if target in known and (target in listing.files or not listing.listed):
            continue
        path = root.join(f"{FOLDER}/{FILE}")
        if not is_digest(target):
            reason = f"{path} has {target!r}, which is not a digest"
        elif target in known:
            path = blob_path(root, target)
            reason = f"{path} is missing"
        else:
            reason = f"{path} has no record of the blob {target}"
        message = (
            f"{reason}, the target of the image name {name!r}; the image cannot be run: remove it "
            "and pull or build it again."
        )
        yield Finding("K2", _IMAGE, target if is_digest(target) else name, path, message)


def incomplete_manifests(
    root: Folder,
    images: tuple[EngineImage, ...],
    documents: Documents,
    present: Present,
    snapshots: Set[str],
) -> Iterator[Finding]:
    """K4 for each manifest of an image that lacks its config or layers.

    `snapshots` are the keys of the unpacked snapshots. A manifest that cannot be run is an error,
    unless another platform of the image can be run and this one was never pulled: a pull of one
    platform can fetch the manifests of the others together with the index.
    """
    faulty = {it.object_id for it in (*present.findings, *documents.findings)}
    usual = usual_platform(images)
    done: set[str] = set()
    for image in images:
        own = [it for it in image.manifests if it.is_present and not it.is_attestation]
        lacks = {
            it.manifest_digest: _lack(
                documents.manifests[it.manifest_digest], documents, present, snapshots, faulty
            )
            for it in own
        }
        runs = any(it.is_image and not _stops(lacks[it.manifest_digest]) for it in own)
        for it in own:
            lack = lacks[it.manifest_digest]
            if lack is None or it.manifest_digest in done:
                continue
            done.add(it.manifest_digest)
            spare = runs and lack.is_unpulled and comparable(it.platform) != usual
            path = blob_path(root, it.manifest_digest)
            severity: Severity = "error" if lack.stops and not spare else "warning"
            message = f"{path} {lack.reason}."
            yield Finding("K4", _MANIFEST, it.manifest_digest, path, message, severity)


class _Lack(NamedTuple):
    """What a manifest lacks, in words.

    `stops` means that the image cannot be run. `is_unpulled` means that no layer is there.
    """

    reason: str
    stops: bool
    is_unpulled: bool = False


def _stops(lack: _Lack | None) -> bool:
    return lack is not None and lack.stops


def _lack(
    manifest: Manifest,
    documents: Documents,
    present: Present,
    snapshots: Set[str],
    faulty: Set[str | None],
) -> _Lack | None:
    config_digest = image_config_of(manifest)
    # A config that exists but is unusable already has a finding.
    if config_digest is None or config_digest in faulty:
        return None
    config = documents.configs.get(config_digest)
    missing = [it for it in manifest.layers if it.digest not in present.files]
    if config is None:
        reason = f"has the config {config_digest}, which is missing; Docker cannot use the image"
        return _Lack(reason, stops=True, is_unpulled=len(missing) == len(manifest.layers))
    chain = chain_ids(config.diff_ids)
    # An unpacked image runs without its packed layers; only a push or save needs them.
    unpacked = bool(chain) and chain[-1] in snapshots
    needed = [it for it in missing if not unpacked or it.media_type not in NOT_DISTRIBUTED]
    if not needed:
        return None
    what = f"lacks {len(missing)} of {len(manifest.layers)} layers, first {needed[0].digest}"
    if unpacked:
        reason = f"{what}; the image runs, but it cannot be pushed or saved"
        return _Lack(reason, stops=False)
    reason = f"{what}, and is not unpacked; the image can neither be run nor pushed"
    return _Lack(reason, stops=True, is_unpulled=len(missing) == len(manifest.layers))


def broken_snapshots(
    root: Folder,
    snapshotter: str,
    snapshots: Mapping[str, SnapshotBucket],
    backends: BackendReading,
    directories: DirectoryReading,
) -> Iterator[Finding]:
    """K6 for each snapshot that the snapshotter does not know or whose directory is missing."""
    if not snapshots:
        return
    place = root.join(folder_of(snapshotter))
    if backends.state == "absent":
        yield _without_database(root, snapshotter)
        return
    # If it is not listed and there is no finding, the folder does not exist.
    lost = has_directories(snapshotter) and not directories.listed and not directories.findings
    if lost:
        path = f"{place}/snapshots"
        message = f"{path} is missing; no image or container of this store can be run."
        yield Finding("K6", _SNAPSHOT, None, path, message)
    if backends.state != "readable":
        return
    names = {directory.name for directory in directories.directories}
    for key, snapshot in snapshots.items():
        backend = backends.backends.get(snapshot.name)
        if backend is None:
            path = f"{place}/{DATABASE}"
            reason = f"does not know the snapshot {key!r}"
        elif directories.listed and backend.snapshot_id not in names:
            path = f"{place}/snapshots/{backend.snapshot_id}"
            reason = f"is missing, the directory of the snapshot {key!r}"
        else:
            continue
        message = f"{path} {reason}; images on it can neither be run nor unpacked again."
        yield Finding("K6", _SNAPSHOT, key, path, message)


def _without_database(root: Folder, snapshotter: str) -> Finding:
    path = root.join(f"{folder_of(snapshotter)}/{DATABASE}")
    if snapshotter not in BUILT_IN and not root.has(f"{PREFIX}{snapshotter}"):
        folder = root.join(f"{PREFIX}{snapshotter}")
        message = (
            f"{folder} is not there: the snapshotter {snapshotter!r} keeps its snapshots "
            "elsewhere, and their sizes are not indexed."
        )
        return Finding("U3", _SNAPSHOT, None, path, message)
    message = (
        f"{path} is missing; no image or container of this store can be run, and the sizes of "
        "snapshots are not known."
    )
    return Finding("K6", _SNAPSHOT, None, path, message)


def broken_parents(
    root: Folder, snapshots: Mapping[str, SnapshotBucket], backends: BackendReading
) -> Iterator[Finding]:
    """K8 for each snapshot whose parent is missing, is not committed, or is above it."""
    path = root.join(f"{FOLDER}/{FILE}")
    circular = _circular(snapshots)
    for key, snapshot in snapshots.items():
        reason = _parent_fault(snapshot, snapshots, backends, circular)
        if reason is not None:
            message = f"{path} has the snapshot {key!r}, {reason}; images on it cannot be run."
            yield Finding("K8", _SNAPSHOT, key, path, message)


def _parent_fault(
    snapshot: SnapshotBucket,
    snapshots: Mapping[str, SnapshotBucket],
    backends: BackendReading,
    circular: Set[str],
) -> str | None:
    if snapshot.key in circular:
        return "which is an ancestor of itself"
    if snapshot.parent is None:
        return None
    parent = snapshots.get(snapshot.parent)
    if parent is None:
        return f"whose parent {snapshot.parent!r} is missing"
    if snapshot.key not in parent.children:
        return f"which its parent {snapshot.parent!r} does not list as a child"
    own, below = (backends.backends.get(it.name) for it in (snapshot, parent))
    if below is not None and below.kind not in (None, "committed"):
        return f"whose parent {snapshot.parent!r} is not committed"
    if own is not None and below is not None and own.parent != parent.name:
        return f"whose parent in its snapshotter is {own.parent!r} and not {parent.name!r}"
    return None


def _circular(snapshots: Mapping[str, SnapshotBucket]) -> set[str]:
    """The smallest key of each cycle of parents, so that a cycle is reported once."""
    done: set[str] = set()
    found: set[str] = set()
    for key in sorted(snapshots):
        walk: dict[str, None] = {}
        current: str | None = key
        while current is not None and current in snapshots and current not in done:
            if current in walk:
                circle = list(walk)
                found.add(min(circle[circle.index(current) :]))
                break
            walk[current] = None
            current = snapshots[current].parent
        done.update(walk)
    return found

"""What labels keep from being collected: the references between blobs and snapshots.

Source: containerd `core/metadata/gc.go`. A label `gc.ref` names what its object keeps, a label
`gc.bref` what its object is kept by; an image name in either stands for its target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.metadata import Metadata, SnapshotBucket

Part = tuple[str, str]
"""A kind, `content` or `snapshot`, and the digest or key of the object."""

ROOT: Final = "containerd.io/gc.root"
"""The label of what stays though nothing names it."""

_REFERENCE: Final = "containerd.io/gc.ref."
_BACK_REFERENCE: Final = "containerd.io/gc.bref."


def label_references(
    metadata: Metadata, snapshots: Mapping[str, SnapshotBucket]
) -> Mapping[Part, tuple[Part, ...]]:
    """What each part keeps, in order, by the labels of images, blobs and of `snapshots` by key."""
    targets = {image.name: image.target for image in metadata.images}
    found: dict[Part, set[Part]] = {}
    for part, labels in _labelled(metadata, snapshots):
        for label, value in labels.items():
            above, below = _ends(part, label, value, targets)
            if above is not None and below is not None:
                found.setdefault(above, set()).add(below)
    return {part: tuple(sorted(below)) for part, below in found.items()}


def _labelled(
    metadata: Metadata, snapshots: Mapping[str, SnapshotBucket]
) -> Iterator[tuple[Part, Mapping[str, str]]]:
    yield from ((("content", it.target), it.labels) for it in metadata.images)
    yield from ((("content", it.digest), it.labels) for it in metadata.content)
    yield from ((("snapshot", it.key), it.labels) for it in snapshots.values())


def _ends(
    part: Part, label: str, value: str, targets: Mapping[str, str]
) -> tuple[Part | None, Part | None]:
    """What keeps and what is kept by a label of `part`, None where it says nothing of that."""
    if label.startswith(_REFERENCE):
        return part, _named(label.removeprefix(_REFERENCE), value, targets)
    if label.startswith(_BACK_REFERENCE):
        return _named(label.removeprefix(_BACK_REFERENCE), value, targets), part
    return None, None


def _named(kind: str, value: str, targets: Mapping[str, str]) -> Part | None:
    """What `value` means in a label of a `kind`, which a name may follow: `content.config`."""
    if kind.startswith("content"):
        return "content", value
    # The name of the snapshotter follows.
    if kind.startswith("snapshot."):
        return "snapshot", value
    target = targets.get(value) if kind.startswith("image") else None
    return None if target is None else ("content", target)

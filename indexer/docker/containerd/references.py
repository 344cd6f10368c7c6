"""What labels keep from being collected: the references between blobs and snapshots.

Source: containerd `core/metadata/gc.go`. A label `gc.ref` names what its object keeps, a label
`gc.cond` the same while a condition is met, which counts as met here, and a label `gc.bref` what
its object is kept by; an image name in any of them stands for its target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containerd.metadata import Metadata

Part = tuple[str, str]
"""A kind, `content` or `snapshot`, and the digest or key of the object."""

_ROOT: Final = "containerd.io/gc.root"
_REFERENCE: Final = "containerd.io/gc.ref."
_CONDITION: Final = "containerd.io/gc.cond."
_BACK_REFERENCE: Final = "containerd.io/gc.bref."
_ELSEWHERE: Final[Part] = ("elsewhere", "")
"""What is in no table: a container of containerd, or a snapshot of another snapshotter."""


class References(NamedTuple):
    """What labels say: `below` is what each part keeps, in order.

    `held` are the parts that stay though no other part of the same store keeps them: they are
    marked so, or something elsewhere keeps them.
    """

    below: Mapping[Part, tuple[Part, ...]]
    held: frozenset[Part]


def label_references(metadata: Metadata, snapshotter: str) -> References:
    """What the labels of images, blobs and snapshots keep, as a store of `snapshotter` has it."""
    targets = {image.name: image.target for image in metadata.images}
    found: dict[Part, set[Part]] = {}
    held: set[Part] = set()
    for part, labels in _labelled(metadata, snapshotter):
        if _ROOT in labels:
            held.add(part)
        for label, value in labels.items():
            above, below = _ends(part, label, value, snapshotter, targets)
            if above is None or below is None or below == _ELSEWHERE:
                continue
            if above == _ELSEWHERE:
                held.add(below)
            else:
                found.setdefault(above, set()).add(below)
    held.discard(_ELSEWHERE)
    below_each = {part: tuple(sorted(below)) for part, below in found.items()}
    return References(below_each, frozenset(held))


def _labelled(metadata: Metadata, snapshotter: str) -> Iterator[tuple[Part, Mapping[str, str]]]:
    yield from ((("content", it.target), it.labels) for it in metadata.images)
    yield from ((("content", it.digest), it.labels) for it in metadata.content)
    for it in metadata.snapshots:
        is_own = it.snapshotter == snapshotter
        yield ("snapshot", it.key) if is_own else _ELSEWHERE, it.labels


def _ends(
    part: Part, label: str, value: str, snapshotter: str, targets: Mapping[str, str]
) -> tuple[Part | None, Part | None]:
    """What keeps and what is kept by a label of `part`, None where it says nothing of that."""
    for prefix in (_REFERENCE, _CONDITION, _BACK_REFERENCE):
        if not label.startswith(prefix):
            continue
        kind = label.removeprefix(prefix)
        if prefix == _CONDITION:
            # `<condition>[,<condition>…]|<key>`; the values of conditions have no `|`.
            _, has_key, value = value.partition("|")
            if not has_key:
                return None, None
        named = _named(kind, value, snapshotter, targets)
        return (named, part) if prefix == _BACK_REFERENCE else (part, named)
    return None, None


def _named(kind: str, value: str, snapshotter: str, targets: Mapping[str, str]) -> Part | None:
    """What `value` means in a label of a `kind`, which a name may follow: `content.config`."""
    if kind.startswith("content"):
        return "content", value
    if kind.startswith("snapshot."):
        # The name of the snapshotter follows, and a name of the label's own after a slash.
        of = kind.removeprefix("snapshot.").partition("/")[0]
        return ("snapshot", value) if of == snapshotter else _ELSEWHERE
    if kind.startswith("container"):
        return _ELSEWHERE
    target = targets.get(value) if kind.startswith("image") else None
    return None if target is None else ("content", target)

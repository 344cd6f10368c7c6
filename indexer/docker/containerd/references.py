"""References between blobs and snapshots in labels, which the garbage collector follows.

Source: containerd `core/metadata/gc.go`. The label `gc.ref` of an object names another object that
it protects. `gc.cond` does so while a condition holds; here it is taken to hold. `gc.bref` is the
reverse: it names the object that protects this one. An image name in a label means its target.
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
_OUTSIDE: Final[Part] = ("elsewhere", "")
"""An object outside the store: a container of containerd, or another snapshotter's snapshot."""


class References(NamedTuple):
    """The references in labels. `targets` maps each part to the parts that it protects, sorted.

    `kept` are parts that no other part of the store needs to protect: they have the label
    `gc.root`, or an object outside the store protects them.
    """

    targets: Mapping[Part, tuple[Part, ...]]
    kept: frozenset[Part]


def label_references(metadata: Metadata, snapshotter: str) -> References:
    """The references in the labels of images, blobs and the snapshots of `snapshotter`."""
    image_targets = {image.name: image.target for image in metadata.images}
    targets: dict[Part, set[Part]] = {}
    kept: set[Part] = set()
    for part, labels in _labelled(metadata, snapshotter):
        if _ROOT in labels:
            kept.add(part)
        for label, value in labels.items():
            source, target = _ends(part, label, value, snapshotter, image_targets)
            if source is None or target is None or target == _OUTSIDE:
                continue
            if source == _OUTSIDE:
                kept.add(target)
            else:
                targets.setdefault(source, set()).add(target)
    kept.discard(_OUTSIDE)
    sorted_targets = {part: tuple(sorted(found)) for part, found in targets.items()}
    return References(sorted_targets, frozenset(kept))


def _labelled(metadata: Metadata, snapshotter: str) -> Iterator[tuple[Part, Mapping[str, str]]]:
    yield from ((("content", it.target), it.labels) for it in metadata.images)
    yield from ((("content", it.digest), it.labels) for it in metadata.content)
    for it in metadata.snapshots:
        is_own = it.snapshotter == snapshotter
        yield ("snapshot", it.key) if is_own else _OUTSIDE, it.labels


def _ends(
    part: Part, label: str, value: str, snapshotter: str, targets: Mapping[str, str]
) -> tuple[Part | None, Part | None]:
    """Source and target of the reference in a label of `part`; None if it is no reference."""
    for prefix in (_REFERENCE, _CONDITION, _BACK_REFERENCE):
        if not label.startswith(prefix):
            continue
        kind = label.removeprefix(prefix)
        if prefix == _CONDITION:
            # The form is `<condition>[,<condition>…]|<key>`; conditions cannot contain `|`.
            _, has_key, value = value.partition("|")
            if not has_key:
                return None, None
        named = _named(kind, value, snapshotter, targets)
        return (named, part) if prefix == _BACK_REFERENCE else (part, named)
    return None, None


def _named(kind: str, value: str, snapshotter: str, targets: Mapping[str, str]) -> Part | None:
    """The object that `value` names in a label of `kind`, e.g. `content.config`; None for none."""
    if kind.startswith("content"):
        return "content", value
    if kind.startswith("snapshot."):
        # The form is `snapshot.<snapshotter>[/<suffix>]`; the suffix makes the label unique.
        of = kind.removeprefix("snapshot.").partition("/")[0]
        return ("snapshot", value) if of == snapshotter else _OUTSIDE
    if kind.startswith("container"):
        return _OUTSIDE
    target = targets.get(value) if kind.startswith("image") else None
    return None if target is None else ("content", target)

"""Rules on the containerd image store."""

from typing import Final

from indexer.docker.rules.rule import Rule

_META: Final = "io.containerd.metadata.v1.bolt/meta.db"
_BLOB: Final = "io.containerd.content.v1.content/blobs/<algorithm>/<digest>"
_SNAPSHOT: Final = "io.containerd.snapshotter.v1.<name>/snapshots/<number>"

CONTAINERD: Final = (
    Rule(
        "K1",
        "fatal",
        "meta.db opens, and its version is 3 or newer.",
        "containerd does not start.",
        _META,
    ),
    Rule(
        "K2",
        "error",
        "The target of every image has an entry and a blob of its size.",
        "The image is listed and cannot run.",
        _BLOB,
    ),
    Rule(
        "K3",
        "error",
        "A blob's SHA-256 is its name, and its size that of its entry.",
        "The image is not what its ID says.",
        _BLOB,
        how=("reader", "deep"),
    ),
    Rule(
        "K4",
        "error",
        "A manifest that is there has its config, and its layers or its snapshot.",
        "The image cannot run; where packed layers alone are missing and it is unpacked, it runs "
        "and cannot be pushed, which is a warning.",
        _BLOB,
    ),
    Rule(
        "K5",
        "error",
        "Blobs have entries and entries have blobs.",
        "What needs the blob fails; a blob without an entry only takes space, which is a warning.",
        _BLOB,
        how=("sql",),
        live=True,
    ),
    Rule(
        "K6",
        "error",
        "The snapshotter has every snapshot and its directory.",
        "What stands on it cannot start.",
        _SNAPSHOT,
    ),
    Rule(
        "K7",
        "warning",
        "The snapshotter has every directory under snapshots in its database.",
        "It takes space until the next removal.",
        _SNAPSHOT,
        how=("sql",),
        live=True,
    ),
    Rule(
        "K8",
        "error",
        "Parents of snapshots are there, are committed, and are no circle.",
        "What stands on them cannot start.",
        _META,
    ),
    Rule(
        "K9",
        "error",
        "A container has a snapshot and a lease of its ID.",
        "It cannot start; without the lease its files are collected as garbage.",
        _META,
        how=("sql",),
        live=True,
    ),
    Rule(
        "K10",
        "info",
        "A dangling image is named after its target, which has no other name.",
        "The image is listed twice.",
        _META,
    ),
    Rule(
        "K11",
        "warning",
        "Something besides a lease with an end reaches every blob and snapshot; no download or "
        "lease is out of date.",
        "They take space until they are collected, or until the lease ends, which is for info.",
        _BLOB,
        how=("sql",),
        live=True,
    ),
    Rule(
        "K12",
        "warning",
        "An image's name is a full reference or one of the known other forms.",
        "It is shown as it is and hard to remove.",
        _META,
    ),
)

"""Rules on `buildkit`: the build cache."""

from typing import Final

from indexer.docker.rules.rule import Rule

_SNAPSHOTS: Final = "buildkit/snapshots.db"
_RECORDS: Final = "buildkit/metadata_v2.db"

BUILDKIT: Final = (
    Rule(
        "B1",
        "fatal",
        "snapshots.db, metadata_v2.db and containerdmeta.db open and can be walked.",
        "The builder fails, and with newer engines the start does.",
        "buildkit/<file>",
    ),
    Rule(
        "B2",
        "warning",
        "A snapshot's directory of the graph driver is there; with containerd, the snapshot of a "
        "cache record.",
        "Builds that use this cache fail until it is pruned; with containerd this is an error.",
        "<driver>/<directory>, or buildkit/containerd-<name>/metadata_v2.db",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        "B3",
        "warning",
        "A committed snapshot and the one it was made from know of each other.",
        "Builds that use this cache fail, or no prune frees it.",
        _SNAPSHOTS,
    ),
    Rule(
        "B4",
        "warning",
        "A snapshot's chain ID is a layer that is there, in the snapshot's directory.",
        'Builds that use this cache fail: "layer does not exist".',
        _SNAPSHOTS,
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        "B5",
        "warning",
        "A lease holds every snapshot, and every lease has a cache record.",
        "No prune frees it.",
        "buildkit/containerdmeta.db",
        live=True,
    ),
    Rule(
        "B6",
        "warning",
        "The parents of a cache record are there and are no circle.",
        "The engine drops the record when it starts.",
        _RECORDS,
    ),
    Rule(
        "B7",
        "warning",
        "The values of a cache record decode.",
        "The value counts as not set.",
        _RECORDS,
    ),
)

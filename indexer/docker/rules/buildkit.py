"""Rules on `buildkit`: the build cache."""

from typing import Final

from indexer.docker.rules.rule import Rule

_SNAPSHOTS: Final = "buildkit/snapshots.db"
_RECORDS: Final = "buildkit/metadata_v2.db"

BUILDKIT: Final = (
    Rule(
        id="B1",
        slug="build-database-unreadable",
        severity="fatal",
        requirement=(
            "snapshots.db, metadata_v2.db and containerdmeta.db open and can be read to the end."
        ),
        consequence="The builder fails, and newer engines do not start.",
        remedy=(
            "Stop the engine and move the folder `buildkit` aside: the build cache is lost, and "
            "images and containers are not."
        ),
        path="buildkit/<file>",
    ),
    Rule(
        id="B2",
        slug="cache-directory-missing",
        severity="warning",
        requirement=(
            "The directory of a snapshot exists in the folder of the graph driver; with "
            "containerd, the snapshot of a cache record exists."
        ),
        consequence=(
            "Builds that use this cache fail until it is pruned; with containerd this is an error."
        ),
        remedy="Run `docker builder prune --all`.",
        path="<driver>/<directory>, or buildkit/containerd-<name>/metadata_v2.db",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        id="B3",
        slug="snapshot-pair-broken",
        severity="warning",
        requirement="A committed snapshot and the one that it was made from refer to each other.",
        consequence="Builds that use this cache fail, or no prune frees it.",
        remedy="Run `docker builder prune --all`.",
        path=_SNAPSHOTS,
    ),
    Rule(
        id="B4",
        slug="snapshot-layer-missing",
        severity="warning",
        requirement=(
            "The chain ID of a snapshot is a layer that exists, in the directory of the snapshot."
        ),
        consequence='Builds that use this cache fail: "layer does not exist".',
        remedy="Run `docker builder prune --all`.",
        path=_SNAPSHOTS,
        how=("reader", "sql"),
        live=True,
        depth=1,
    ),
    Rule(
        id="B5",
        slug="lease-mismatch",
        severity="warning",
        requirement="A lease holds every snapshot, and every lease has a cache record.",
        consequence="No prune frees what the lease or the record is missing for.",
        remedy=(
            "If the space matters, stop the engine and move the folder `buildkit` aside: the "
            "whole build cache is lost."
        ),
        path="buildkit/containerdmeta.db",
        live=True,
    ),
    Rule(
        id="B6",
        slug="record-parent-missing",
        severity="warning",
        requirement="The parents of a cache record exist and form no circle.",
        consequence="The engine drops the record when it starts.",
        remedy="Nothing needs to be done; the next build makes the record again.",
        path=_RECORDS,
    ),
    Rule(
        id="B7",
        slug="record-value-invalid",
        severity="warning",
        requirement="The values of a cache record decode.",
        consequence="The value counts as not set.",
        remedy=(
            "Nothing needs to be done; `docker builder prune` removes the record with the others."
        ),
        path=_RECORDS,
    ),
)

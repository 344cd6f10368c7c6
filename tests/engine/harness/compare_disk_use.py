"""Disk usage and build cache: the index beside the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.harness import rules_before_29
from tests.engine.harness.comparison import known, utc
from tests.engine.harness.df_figures import df_figures

if TYPE_CHECKING:
    from tests.engine.harness.answers import Answers, Record
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Index, Row

_MEASURED = ("containers", "volumes")
_COUNTED_OTHERWISE = ("images", "build-cache")


def compare_disk_use(
    comparison: Comparison, index: Index, answers: Answers, *, measured: bool
) -> None:
    """Compare all figures of `docker system df`, and every record of the build cache.

    Where the index is not `measured`, sizes of containers and volumes have to be unknown in it.
    The engine must have been asked for its disk usage before the index was made, or the index be
    measured, as it is by the first question that an engine counts its build cache.
    """
    _compare_figures(comparison, index, answers, measured)
    _compare_sizes(comparison, index, answers, measured)
    _compare_build_cache(comparison, index, answers)


def _compare_figures(
    comparison: Comparison, index: Index, answers: Answers, measured: bool
) -> None:
    rows = {row["category"]: row for row in index.query("disk-usage")}
    before_29 = answers.has_containerd_store and answers.engine_version < (29,)
    for category, line in df_figures(answers).items():
        told = line._asdict()
        if before_29 and category in _COUNTED_OTHERWISE:
            del told["size_bytes"], told["reclaimable_bytes"]
        if category in _MEASURED and line.items and not measured:
            told |= {"size_bytes": None, "reclaimable_bytes": None}
        comparison.fields_equal(f"disk usage of {category}", rows[category], told)
    if before_29:
        _compare_figures_before_29(comparison, index, answers)


def _compare_figures_before_29(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare what follows from the index by the rules of the engine that answered.

    What its images take depends on what its snapshots took that were not committed, and these are
    empty in a captured root.
    """
    lines, thing = df_figures(answers), "disk usage before 29 of"
    images = lines["images"]
    held = images.size_bytes - images.reclaimable_bytes
    listed = [image["Id"] for image in answers.df_images]
    comparison.equal(f"{thing} images", "held", rules_before_29.held_bytes(index, listed), held)
    cache = rules_before_29.build_cache(index)
    comparison.equal(f"{thing} build-cache", "figures", cache, lines["build-cache"])


def _compare_sizes(comparison: Comparison, index: Index, answers: Answers, measured: bool) -> None:
    written = {it["Id"]: it.get("SizeRw", 0) for it in answers.df_containers}
    for row in index.query("containers"):
        told = written.get(row["container_id"]) if measured else None
        comparison.equal(f"container {row['container_id']}", "rw_bytes", row["rw_bytes"], told)
    held = {it["Name"]: it["UsageData"]["Size"] for it in answers.df_volumes}
    for row in index.query("volumes"):
        told = held.get(row["name"]) if measured else None
        comparison.equal(f"volume {row['name']}", "size_bytes", row["size_bytes"], told)


def _compare_build_cache(comparison: Comparison, index: Index, answers: Answers) -> None:
    rows = index.query("build-cache")
    ours = {row["cache_id"]: row for row in rows}
    theirs = {record["ID"]: record for record in answers.df_build_cache}
    parents: dict[str, dict[int, str]] = {}
    for row in index.table("build_parents"):
        parents.setdefault(row["cache_id"], {})[row["position"]] = row["parent_cache_id"]
    for cache_id in comparison.same_things(
        "build cache", (row["cache_id"] for row in rows), theirs
    ):
        mine = ours[cache_id] | {"parents": parents.get(cache_id, {})}
        comparison.fields_equal(f"build cache {cache_id}", mine, _fields(theirs[cache_id]))


def _fields(record: Record) -> Row:
    parent = record.get("Parent")
    # Engines from 23.0 on have a space in this name.
    parents = record.get(" Parents", [parent] if parent else [])
    return {
        "type": record["Type"],
        "description": known(record["Description"]),
        "created_at": utc(record["CreatedAt"]),
        "last_used_at": utc(record["LastUsedAt"]),
        "usage_count": record["UsageCount"],
        "size_bytes": record["Size"],
        "shared": int(record["Shared"]),
        "in_use": int(record["InUse"]),
        "parents": dict(enumerate(parents, 1)),
    }

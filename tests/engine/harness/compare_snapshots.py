"""Whose each directory of a snapshotter is: the index beside containerd's databases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.engine.harness.snapshot_files import directories, snapshot_files, snapshots_folder

if TYPE_CHECKING:
    from tests.engine.harness.answers import Answers
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Index, Row

_CONTAINER = re.compile(r"[0-9a-f]{64}")
_BUILD_RECORD = re.compile(r"[0-9a-z]{25}(-view)?")


def compare_snapshots(
    comparison: Comparison, index: Index, answers: Answers, ours: dict[str, Row]
) -> None:
    """Compare the owner of every directory, as the key of its snapshot tells it."""
    folder = snapshots_folder(index.root, answers.driver)
    files = snapshot_files(index.root, answers.driver)
    keys = {file.snapshot_id: key for key, file in files.items()}
    above = {
        file.parent: key
        for key, file in sorted(files.items(), reverse=True)
        if file.parent is not None
        and file.parent.endswith("-init")
        and file.parent.removesuffix("-init") not in answers.container_inspect
        and key.startswith("sha256:")
    }
    for name in comparison.same_things("directory", ours, directories(index.root, answers.driver)):
        thing, row, key = f"directory {name}", ours[name], keys.get(name)
        kind, owner_id = _owner(key, above)
        comparison.equal(thing, "owner_kind", row["owner_kind"], kind)
        if owner_id is not None:
            comparison.equal(thing, "owner_id", row["owner_id"], owner_id)
        told = {"path": str(folder / name / "fs"), "driver": answers.driver}
        comparison.fields_equal(thing, row, told)
    _compare_table(comparison, index, answers)
    _compare_layers(comparison, index, answers)
    _compare_build_records(comparison, index, answers)


def _owner(key: str | None, above: dict[str, str]) -> tuple[str, str | None]:
    """The owner kind, and the ID where the keys have it.

    The builder of images leaves the init snapshot of a container of its own below a layer, whose
    files it is part of then.
    """
    if key is None:
        return "orphan", None
    if key.startswith("sha256:"):
        return "image-layer", key
    if key in above:
        return "image-layer", above[key]
    if _CONTAINER.fullmatch(key):
        return "container-rw", key
    if _CONTAINER.fullmatch(key.removesuffix("-init")):
        return "container-init", key.removesuffix("-init")
    if _BUILD_RECORD.fullmatch(key):
        return "build-cache", None
    return "in-progress", None


def _compare_table(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare every snapshot with what containerd's databases say of it."""
    files = snapshot_files(index.root, answers.driver)
    rows = {row["snapshot_key"]: row for row in index.table("snapshots")}
    for key in comparison.same_things("snapshot", rows, files):
        file = files[key]
        told = {"snapshot_id": file.snapshot_id, "kind": file.kind, "parent_key": file.parent}
        chain_id = key if key.startswith("sha256:") else None
        comparison.fields_equal(f"snapshot {key}", rows[key], told | {"chain_id": chain_id})


def _compare_layers(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare the directory of each layer that is unpacked, and see that the others have none."""
    files = snapshot_files(index.root, answers.driver)
    folder = snapshots_folder(index.root, answers.driver)
    for row in index.query("image-layers"):
        file = files.get(row["chain_id"])
        told = {
            "cache_id": file.snapshot_id if file else None,
            "directory": str(folder / file.snapshot_id / "fs") if file else None,
        }
        comparison.fields_equal(f"layer {row['position']} of image {row['image_id']}", row, told)


def _compare_build_records(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare the directory of each build record whose snapshot has its ID as key."""
    files = snapshot_files(index.root, answers.driver)
    for row in index.query("build-cache"):
        if row["cache_id"] in files:
            directory = files[row["cache_id"]].snapshot_id
            comparison.equal(
                f"build cache {row['cache_id']}", "directory", row["directory"], directory
            )

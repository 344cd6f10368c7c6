"""The engine is the oracle: an index of a captured root says what its engine said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.harness.answers import Answers
from tests.engine.harness.compare import compare
from tests.engine.harness.snapshot_files import snapshots_folder
from tests.roots import CAPTURED_ROOTS, CONTAINERD_ROOTS, GOLDEN_ROOTS, truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.harness.index_answers import Index

LEAST_FIELDS = {
    "20.10-overlay2": 4600,
    "20.10-vfs": 4400,
    "26.1.5-overlay2": 5900,
    "28.5.2-vfs": 5700,
    "28.5.2-c8d": 7800,
    "29.7.2-c8d-sysctrd": 7800,
}
DIRECTORIES = {"overlay2": "overlay2", "vfs": "vfs/dir"}


@pytest.mark.parametrize("name", CAPTURED_ROOTS)
def test_every_field_is_the_engines(
    name: str,
    golden_index: Callable[[str], Index],
    record_property: Callable[[str, str], None],
) -> None:
    """What an index says of a root, its engine said too, and the other way round."""
    index = golden_index(name)

    comparison = compare(index, Answers.from_folder(truth(name)))

    assert comparison.mismatches == []
    assert comparison.fields >= LEAST_FIELDS[name]
    record_property("agreement", f"{name}: {comparison.fields:,} fields equal to the engine's")


@pytest.mark.parametrize("name", GOLDEN_ROOTS)
def test_every_directory_is_there(
    name: str, golden_root: Callable[[str], Path], golden_index: Callable[[str], Index]
) -> None:
    """Layers lie where the index says, also with a driver whose directories no engine names."""
    root = golden_root(name)
    index = golden_index(name)

    layers = {row["directory"] for row in index.query("image-layers")}
    driver_folder = root / DIRECTORIES[name.partition("-")[2]]
    mounts = index.table("mounts")
    cache_ids = {row[column] for row in mounts for column in ("mount_id", "init_id")}
    directories = [*map(type(root), layers), *(driver_folder / cache_id for cache_id in cache_ids)]

    assert layers
    assert cache_ids
    assert [path for path in directories if not path.is_dir()] == []


@pytest.mark.parametrize("name", CONTAINERD_ROOTS)
def test_every_snapshot_is_there(
    name: str, golden_root: Callable[[str], Path], golden_index: Callable[[str], Index]
) -> None:
    """Unpacked layers and containers lie where the index says, below the root of containerd."""
    root = golden_root(name)
    index = golden_index(name)

    layers = {row["directory"] for row in index.query("image-layers")} - {None}
    mounts = index.table("mounts")
    snapshots = snapshots_folder(root, "overlayfs")
    names = {row[column] for row in mounts for column in ("mount_id", "init_id")} - {None}
    directories = [*map(type(root), layers), *(snapshots / snapshot / "fs" for snapshot in names)]

    assert layers
    assert names
    assert all(path.is_relative_to(snapshots) for path in directories)
    assert [path for path in directories if not path.is_dir()] == []

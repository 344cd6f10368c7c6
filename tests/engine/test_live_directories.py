"""Whose each directory of a live engine is, as the engine says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.harness.compare_directories import compare_directories
from tests.engine.harness.comparison import Comparison
from tests.engine.harness.index_answers import Index

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import FilledEngine


def test_every_owner_is_the_overlay2_engines(filled_overlay2: FilledEngine, tmp_path: Path) -> None:
    """Each directory of overlay2 has the one owner that the engine says, with all its images."""
    _check(filled_overlay2, tmp_path)


def test_every_owner_is_the_vfs_engines(filled_vfs: FilledEngine, tmp_path: Path) -> None:
    """Each directory of vfs has the one owner that the files say, with all its images."""
    _check(filled_vfs, tmp_path)


def _check(filled: FilledEngine, folder: Path) -> None:
    index = Index(folder / "index.db", filled.data_root)
    index.sync()
    comparison = Comparison()
    compare_directories(comparison, index, filled.answers())
    assert comparison.mismatches == []
    assert comparison.fields >= 1250

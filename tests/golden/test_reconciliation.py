"""An index that was brought up to date equals one that was made at once."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.harness.answers import Answers
from tests.engine.harness.compare import compare
from tests.engine.harness.index_answers import Index
from tests.roots import CAPTURED_ROOTS, truth, unpack

if TYPE_CHECKING:
    from collections.abc import Callable

SUCCESSIONS = [*pairwise(CAPTURED_ROOTS), (CAPTURED_ROOTS[-1], CAPTURED_ROOTS[0])]


@pytest.mark.parametrize(("former", "later"), SUCCESSIONS)
def test_nothing_of_a_former_root_stays(former: str, later: str, tmp_path: Path) -> None:
    """After another root has taken the place of the indexed one, the index is of that one alone."""
    place = tmp_path / "place"
    index = Index(tmp_path / "index.db", unpack(former, place))
    index.sync()
    shutil.rmtree(place)
    unpack(later, place)
    index.sync()

    fresh = Index(tmp_path / "fresh.db", index.root)
    fresh.sync()

    assert index.content() == fresh.content()
    assert compare(index, Answers.from_folder(truth(later))).mismatches == []


@pytest.mark.parametrize("name", CAPTURED_ROOTS)
def test_a_second_sync_changes_nothing(
    name: str, golden_index: Callable[[str], Index], tmp_path: Path
) -> None:
    """With nothing changed on the disk, the index stays as it is and no change is recorded."""
    first = golden_index(name)
    index = Index(Path(shutil.copy(first.path, tmp_path / "index.db")), first.root)
    before = index.content()
    index.sync()

    assert index.content() == before
    assert index.query("changes") == []

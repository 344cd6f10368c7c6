"""All rules together: each is proven, and damage that was mended leaves nothing behind."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from indexer.docker.rules import RULES
from tests.integrity import containerd_cases, image_cases, layer_cases, runtime_cases
from tests.integrity.cases import OVERLAY2
from tests.integrity.ground import Ground, found
from tests.sync.index_files import sync_roots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CASES = [
    *image_cases.CASES,
    *layer_cases.CASES,
    *runtime_cases.CASES,
    *containerd_cases.CASES,
]
PROVEN_ELSEWHERE = {
    "L10": "tests/integrity/test_deep.py: only `check --deep` reads the files of layers",
    "U1": "tests/cli/test_problems.py: what may not be read, for each kind of file and folder",
    "U3": "tests/readers/drivers/test_drivers_copying.py: there is no real root with zfs",
}


def test_every_rule_is_proven() -> None:
    """Each rule of what is read has a case, or says where else it is proven."""
    proven = {case.rule for case in CASES} | PROVEN_ELSEWHERE.keys()

    assert proven == RULES.keys()


def test_mended_damage_is_no_problem_any_more(
    ground: Callable[[str], Ground], tmp_path: Path
) -> None:
    """After damage of many kinds, one after the other, was undone, the index is as before it."""
    site, sound, _ = ground(OVERLAY2)
    index = tmp_path / "index.db"
    shutil.copy(sound, index)
    for case in CASES[::9]:
        if case.root == OVERLAY2:
            case.damage(site)
            sync_roots(index, site.path)
            site.mend()

    sync_roots(index, site.path)

    assert found(index) == found(sound)

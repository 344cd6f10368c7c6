"""Rules on the containerd store: each fires and names what it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integrity.containerd_cases import CASES
from tests.integrity.ground import Ground, assert_found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrity.cases import Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damage_is_found_and_nothing_else(
    case: Case, ground: Callable[[str], Ground], tmp_path: Path
) -> None:
    """The finding and what follows of it, in an index made before and in one made after."""
    assert_found(case, ground(case.root), tmp_path)

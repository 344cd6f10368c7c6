"""Real roots to be damaged, unpacked once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integrity.ground import Ground, make_ground

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="package")
def sound_ground(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ground]:
    """Give the ground that a golden root is; whoever damages it mends it."""
    grounds: dict[str, Ground] = {}

    def of(name: str) -> Ground:
        if name not in grounds:
            grounds[name] = make_ground(name, tmp_path_factory.mktemp(name))
        return grounds[name]

    return of


@pytest.fixture
def ground(sound_ground: Callable[[str], Ground]) -> Iterator[Callable[[str], Ground]]:
    """As `sound_ground`, and what a test damaged is as it was after it."""
    used: list[Ground] = []

    def of(name: str) -> Ground:
        used.append(sound_ground(name))
        return used[-1]

    yield of
    for one in used:
        one.site.mend()

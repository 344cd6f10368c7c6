"""Each rule fires on what breaks it, on nothing else, and names it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from indexer.docker.rules import RULES
from tests.integrity import image_cases, layer_cases, runtime_cases
from tests.integrity.site import Site
from tests.roots import unpack
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integrity.cases import Case

CASES = [*image_cases.CASES, *layer_cases.CASES, *runtime_cases.CASES]
_CONTAINERD = "tests/docker/containerd: the readers of containerd on damaged stores"
PROVEN_ELSEWHERE = {
    "L10": "tests/integrity/test_deep.py: only `check --deep` reads the files of layers",
    "U1": "tests/cli/test_problems.py: what may not be read, for each kind of file and folder",
    "K1": _CONTAINERD,
    "K2": _CONTAINERD,
    "K3": _CONTAINERD,
    "K4": _CONTAINERD,
    "K6": _CONTAINERD,
    "K8": _CONTAINERD,
    "K10": _CONTAINERD,
    "K12": _CONTAINERD,
    "U3": "tests/docker/test_drivers_copying.py: no root of a real engine with zfs is at hand",
}
_COLUMNS = "rule, severity, object_kind, object_id, path, message, found_by"


class Ground(NamedTuple):
    """A root to be damaged, an index of it while it is sound, and where more can be made."""

    site: Site
    index: Path
    folder: Path


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ground]:
    """Give the ground that a golden root is, unpacked once."""
    grounds: dict[str, Ground] = {}

    def of(name: str) -> Ground:
        if name not in grounds:
            folder = tmp_path_factory.mktemp(name)
            root, index = unpack(name, folder), folder / "sound.db"
            (folder / "attic").mkdir()
            sync_roots(index, root)
            site = Site(root, name.rpartition("-")[2], index, folder / "attic")
            grounds[name] = Ground(site, index, folder)
        return grounds[name]

    return of


@pytest.fixture
def mended(ground: Callable[[str], Ground]) -> Iterator[Callable[[str], Ground]]:
    """As `ground`, and what a test damaged is as it was after it."""
    used: list[Ground] = []

    def of(name: str) -> Ground:
        used.append(ground(name))
        return used[-1]

    yield of
    for one in used:
        one.site.mend()


def found(index: Path) -> set[tuple[Any, ...]]:
    """All problems, without when they were seen."""
    return set(select(index, f"SELECT {_COLUMNS} FROM problems"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damage_is_found_and_nothing_else(
    case: Case, mended: Callable[[str], Ground], tmp_path: Path
) -> None:
    """The rule fires with its severity on the damaged object, and only what follows of it beside.

    An index that was there before the damage says exactly what one says that is made after it.
    """
    ground = mended(case.root)
    sound = found(ground.index)
    followed, fresh = tmp_path / "followed.db", tmp_path / "fresh.db"
    shutil.copy(ground.index, followed)

    named = case.damage(ground.site)
    sync_roots(followed, ground.site.path)
    sync_roots(fresh, ground.site.path)

    new = found(fresh) - sound
    assert {row[0] for row in new} == {case.rule, *case.follows}
    own = [row for row in new if row[0] == case.rule]
    assert (case.severity, *named) in {(row[1], row[3], row[4]) for row in own}
    assert all(row[4] in row[5] and row[5].endswith(".") for row in new)
    assert found(followed) == found(fresh)


def test_mended_damage_is_no_problem_any_more(
    mended: Callable[[str], Ground], tmp_path: Path
) -> None:
    """After damage of many kinds at once was undone, the index is as before it."""
    ground = mended("20.10-overlay2")
    index = tmp_path / "index.db"
    shutil.copy(ground.index, index)
    for case in CASES[::9]:
        if case.root == "20.10-overlay2":
            case.damage(ground.site)
            sync_roots(index, ground.site.path)
            ground.site.mend()

    sync_roots(index, ground.site.path)

    assert found(index) == found(ground.index)


def test_every_rule_is_proven() -> None:
    """Each rule of what is read has a case, or says where else it is proven."""
    proven = {case.rule for case in CASES} | PROVEN_ELSEWHERE.keys()

    assert proven == {rule.id for rule in RULES.values() if rule.ready}

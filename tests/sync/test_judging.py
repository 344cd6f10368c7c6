"""Rules are judged again where something has changed, and only there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.docker.driver_roots import STAMPS_HOLD_SECONDS
from tests.rootbuilder import MountSpec, RootBuilder
from tests.sync.index_files import change, select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path


class Judged:
    """A root with an anonymous volume that nothing uses, which is info, and its index."""

    def __init__(self, folder: Path) -> None:
        self.index = folder / "index.db"
        self.root = RootBuilder(folder / "docker")
        self.image = self.root.image([b"base"], tag="base:1")
        self.root.volume("a" * 64)
        time.sleep(STAMPS_HOLD_SECONDS)
        self.sync()

    def sync(self) -> None:
        """Sync the root."""
        sync_roots(self.index, self.root.path)

    def found(self) -> set[str]:
        """The rules that problems are about."""
        return {rule for (rule,) in select(self.index, "SELECT rule FROM problems")}


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """A root at rest."""
    return Judged(tmp_path)


def test_what_did_not_change_is_not_judged_again(judged: Judged) -> None:
    """What is taken out of the index stays out, as nobody looks."""
    assert judged.found() == {"V4"}
    change(judged.index, "DELETE FROM problems")

    judged.sync()

    assert judged.found() == set()


def test_what_changed_is_judged_again(judged: Judged) -> None:
    """A container says what volumes are used, whichever it uses."""
    change(judged.index, "DELETE FROM problems")
    judged.root.container("web", judged.image, mounts=[MountSpec("/data", name="other")])

    judged.sync()

    assert {"V4", "C5"} <= judged.found()


def test_other_changes_leave_a_problem_as_it_is(judged: Judged) -> None:
    """A tag says nothing of volumes: what was found of them stays, with its time."""
    before = select(judged.index, "SELECT * FROM problems")
    judged.root.tag(judged.image, "base:2")

    judged.sync()

    assert select(judged.index, "SELECT * FROM problems") == before


@pytest.mark.parametrize("key", ["NULL", "'of another program'"])
def test_other_rules_judge_all_again(judged: Judged, key: str) -> None:
    """What other rules found, or none, says nothing of what these would."""
    change(judged.index, "DELETE FROM problems", f"UPDATE roots SET rules_key = {key}")

    judged.sync()

    assert judged.found() == {"V4"}

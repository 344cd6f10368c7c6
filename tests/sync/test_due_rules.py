"""A sync evaluates a rule again only if the tables that it reads have changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.readers.drivers.driver_roots import STAMPS_HOLD_SECONDS
from tests.rootbuilder import MountSpec, RootBuilder
from tests.sync.index_files import change, select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path


class Evaluated:
    """A root whose only problem is an anonymous volume that nothing uses, and its index."""

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

    def rules(self) -> set[str]:
        """The rules that have problems."""
        return {rule for (rule,) in select(self.index, "SELECT rule FROM problems")}


@pytest.fixture
def evaluated(tmp_path: Path) -> Evaluated:
    """A root that has not changed recently."""
    return Evaluated(tmp_path)


def test_unchanged_tables_are_not_evaluated_again(evaluated: Evaluated) -> None:
    """A problem that was deleted from the index does not return: its rule is not evaluated."""
    assert evaluated.rules() == {"V4"}
    change(evaluated.index, "DELETE FROM problems")

    evaluated.sync()

    assert evaluated.rules() == set()


def test_changed_tables_are_evaluated_again(evaluated: Evaluated) -> None:
    """A new container can change which volumes are used, so the rules on volumes run again."""
    change(evaluated.index, "DELETE FROM problems")
    evaluated.root.container("web", evaluated.image, mounts=[MountSpec("/data", name="other")])

    evaluated.sync()

    assert {"V4", "C5"} <= evaluated.rules()


def test_other_changes_keep_a_problem(evaluated: Evaluated) -> None:
    """No rule on volumes reads tags, so the problem stays and keeps its time."""
    before = select(evaluated.index, "SELECT * FROM problems")
    evaluated.root.tag(evaluated.image, "base:2")

    evaluated.sync()

    assert select(evaluated.index, "SELECT * FROM problems") == before


@pytest.mark.parametrize("key", ["NULL", "'of another program'"])
def test_a_new_set_of_rules_is_evaluated_as_a_whole(evaluated: Evaluated, key: str) -> None:
    """All rules run again if the last sync had another set of rules or none."""
    change(evaluated.index, "DELETE FROM problems", f"UPDATE roots SET rules_key = {key}")

    evaluated.sync()

    assert evaluated.rules() == {"V4"}

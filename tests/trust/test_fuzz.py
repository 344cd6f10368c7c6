"""Whatever happens to a real Docker root, a sync reads what is left and says what is wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.rootbuilder import RootBuilder
from tests.roots import CAPTURED_ROOTS, unpack
from tests.sync.index_files import disk_contents, select, sync_roots
from tests.sync.operations import SETTLE_SECONDS
from tests.trust.fuzzing import begun_blocks, fuzz

if TYPE_CHECKING:
    from pathlib import Path

OF_EACH_ROOT = 9
"""Enough for more than fifty in all; `make fuzz` tries as many more as one likes."""


@pytest.mark.timeout(1800)
def test_mutated_roots() -> None:
    """No traceback, no end of memory or patience, and a new index says what a followed one says."""
    results = list(fuzz(begun_blocks(CAPTURED_ROOTS, OF_EACH_ROOT), jobs=1))
    failures = [failure for _, failures in results for failure in failures]
    assert sum(count for count, _ in results) == OF_EACH_ROOT * len(CAPTURED_ROOTS) > 50
    assert not failures, "\n\n".join(map(str, failures))


LOWER = "SELECT lower_directory FROM directories WHERE directory = ?"


def test_a_directory_whose_base_goes_and_comes_back(tmp_path: Path) -> None:
    """What a directory lies on is looked up again when that one is gone, moved, or there again."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base", b"app"])
    base, app = image.cache_ids
    home = root.path / "overlay2"
    time.sleep(SETTLE_SECONDS)
    index = tmp_path / "index.db"
    for number, (source, target, lower) in enumerate(
        [
            (home / base, home / base, base),
            (home / base, tmp_path / "aside", None),
            (tmp_path / "aside", home / ("e" * 64), "e" * 64),
            (home / ("e" * 64), home / base, base),
        ]
    ):
        source.rename(target)
        sync_roots(index, root.path)
        assert select(index, LOWER, app) == [(lower,)]
        sync_roots(tmp_path / f"{number}.db", root.path)
        assert disk_contents(index) == disk_contents(tmp_path / f"{number}.db")


def test_stores_that_are_hidden_and_come_back(tmp_path: Path) -> None:
    """A containerd that has manifests alone is a store only while no other can be seen."""
    root = unpack("26.1.5-overlay2", tmp_path / "root")
    image, aside = root / "image", tmp_path / "aside"
    index = tmp_path / "index.db"
    time.sleep(SETTLE_SECONDS)
    for number, is_hidden in enumerate((False, True, False)):
        if is_hidden:
            image.rename(aside)
            image.symlink_to("elsewhere")
        elif aside.exists():
            image.unlink()
            aside.rename(image)
        sync_roots(index, root)
        sync_roots(tmp_path / f"{number}.db", root)
        if not is_hidden:
            assert disk_contents(index) == disk_contents(tmp_path / f"{number}.db")

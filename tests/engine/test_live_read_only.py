"""A sync of the root of a running engine changes, locks and touches nothing in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.sync.index_files import select
from tests.trust.traces import DOCKIDX, Call, changing, inside, traced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import FilledEngine


@pytest.fixture(scope="module")
def calls(
    filled_overlay2: FilledEngine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Call]]:
    """Where the index is, and what a whole sync of the live root asks of the kernel."""
    folder = tmp_path_factory.mktemp("live")
    root = str(filled_overlay2.data_root)
    command = [DOCKIDX, "sync", "--du", "--root", root, "--db", folder / "index.db"]
    return folder / "index.db", traced(folder, command)


@pytest.mark.timeout(600)
def test_nothing_in_the_root_is_written_or_locked(
    filled_overlay2: FilledEngine, calls: tuple[Path, list[Call]]
) -> None:
    """No file is opened for writing, no lock is asked for, no time is set."""
    index, made = calls
    root = filled_overlay2.data_root
    opened = [call for call in made if inside(call.opened, root)]
    assert select(index, "SELECT engine_started_at IS NOT NULL FROM roots") == [(1,)]
    assert len(opened) > 200
    assert {os.path.basename(call.opened or "") for call in opened} >= {
        *("metadata.db", "metadata_v2.db", "snapshots.db", "local-kv.db"),
        *("repositories.json", "config.v2.json", "hostconfig.json"),
    }
    assert changing(made, root) == []


def test_what_is_written_elsewhere_is_noticed(calls: tuple[Path, list[Call]]) -> None:
    """The same look at the calls finds what was done to the index, locks included."""
    index, made = calls
    names = {call.name for call in changing(made, index.parent)}
    assert names >= {"openat", "pwrite64", "fcntl"}

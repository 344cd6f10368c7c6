"""No false alarm: on a real root only what really is so is a warning or worse."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.roots import CAPTURED_ROOTS
from tests.sync.index_files import select

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.harness.index_answers import Index

TRUE_ALARMS = {
    "20.10-overlay2": {},
    "20.10-vfs": {},
    # The engine was killed in the middle of a pull, a build and a load, four times over: as many
    # writes were cut short, and the directories that they were to fill belong to nothing.
    "26.1.5-overlay2": {"L13": 4, "G1": 4},
    # The same, three times. One was killed in the third layer of an image, so that two are there
    # without it; another one before it had made the folder of its write.
    "28.5.2-vfs": {"L13": 2, "G1": 3, "L11": 2},
    # The same: seven downloads were cut short. What the pulls and loads had come to by then, three
    # blobs and two snapshots, was kept for them by leases that are over since the day after.
    "28.5.2-c8d": {"K11": 12},
    # Two downloads, and ten blobs and seven snapshots of a pull that was nearly done.
    "29.7.2-c8d-sysctrd": {"K11": 19},
}


@pytest.mark.parametrize("name", CAPTURED_ROOTS)
def test_a_real_root(name: str, golden_index: Callable[[str], Index]) -> None:
    """Each warning is told here with its reason, and there is no error."""
    found = select(golden_index(name).path, "SELECT severity, rule FROM problems")

    assert Counter(rule for severity, rule in found if severity != "info") == TRUE_ALARMS[name]
    assert {severity for severity, _ in found} <= {"warning", "info"}


def test_layers_of_an_image_that_was_not_finished(golden_index: Callable[[str], Index]) -> None:
    """The leaked layers are a base and the one on it, made right before a write was cut short."""
    index = golden_index("28.5.2-vfs").path

    leaked = select(
        index,
        "SELECT k.chain_id, k.recorded_parent, d.modified_at FROM problems AS p "
        "JOIN store_layers AS k ON k.chain_id = p.object_id "
        "JOIN directories AS d ON d.directory = k.cache_id "
        "WHERE p.rule = 'L11' ORDER BY d.modified_at",
    )
    cut_short = select(index, "SELECT MAX(modified_at) FROM leftovers WHERE kind = 'in-progress'")

    (base, none, _), (_, parent, made_at) = leaked
    assert (none, parent) == (None, base)
    assert made_at < cut_short[0][0] < f"{made_at[:18]}9"


@pytest.mark.parametrize("name", [name for name in CAPTURED_ROOTS if "c8d" in name])
def test_what_nothing_needs_was_kept_by_leases_that_are_over(
    name: str, golden_index: Callable[[str], Index]
) -> None:
    """Each blob is one that such a lease names, or a layer of a manifest that it names."""
    index = golden_index(name).path

    found = select(index, "SELECT object_id FROM problems WHERE rule = 'K11'")
    leased = select(
        index,
        "SELECT r.resource FROM lease_resources AS r "
        "JOIN leases AS l ON l.store_id = r.store_id AND l.lease_id = r.lease_id "
        "WHERE l.expires_at IS NOT NULL",
    )
    names = {name.removeprefix("layer-") for (name,) in leased}

    assert {it for (it,) in found if it.startswith("sha256:")} - names <= {
        chain_id for (chain_id,) in select(index, "SELECT chain_id FROM snapshots")
    }

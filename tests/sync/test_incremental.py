"""Many small syncs of a changing root give the same rows as one sync at the end."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.sync.index_files import assert_sound, disk_contents, sync_roots
from tests.sync.operations import LivingRoot

_operations = st.lists(st.tuples(st.integers(0, 22), st.integers(0, 30)), min_size=1, max_size=6)


@settings(
    max_examples=examples(15),
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],
)
@given(rounds=st.lists(_operations, min_size=2, max_size=5))
def test_small_syncs_equal_one_fresh_sync(rounds: list[list[tuple[int, int]]]) -> None:
    """Whatever happens between syncs, the index equals a new one."""
    with tempfile.TemporaryDirectory() as folder:
        root = LivingRoot(Path(folder) / "docker")
        index = Path(folder) / "often.db"
        for operations in rounds:
            for operation, choice in operations:
                root.step(operation, choice)
            sync_roots(index, root.path)
        fresh = Path(folder) / "once.db"
        sync_roots(fresh, root.path)
        assert disk_contents(index) == disk_contents(fresh)
        assert_sound(index)

"""`docker system df` of captured engines, as their docker command printed it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.engine.answers import Answers
from tests.engine.df_figures import df_figures, printed
from tests.engine.index_answers import Index
from tests.engine.unnamed import crashed_writes, unnamed
from tests.roots import GOLDEN_ROOTS, truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PRINTED = {
    "26.1.5-overlay2": """
        Images          19        6         196.5MB   185.6MB (94%)
        Containers      14        9         3MB       3MB (100%)
        Local Volumes   7         5         1.5MB     0B (0%)
        Build Cache     51        0         90.04MB   90.04MB
    """,
    "28.5.2-vfs": """
        Images          20        7         197.1MB   185.6MB (94%)
        Containers      15        9         3MB       3MB (100%)
        Local Volumes   7         5         1.5MB     0B (0%)
        Build Cache     57        0         139MB     139MB
    """,
    "28.5.2-c8d": """
        Images          20        7         387.4MB   289.3MB (74%)
        Containers      15        9         3.125MB   3.064MB (98%)
        Local Volumes   7         5         1.5MB     0B (0%)
        Build Cache     54        0         57.8MB    57.8MB
    """,
    "29.7.2-c8d-sysctrd": """
        Images          20        7         313MB     28.21MB (9%)
        Containers      15        9         3.125MB   3.064MB (98%)
        Local Volumes   7         5         1.5MB     0B (0%)
        Build Cache     54        0         134.4MB   38.24MB
    """,
}
"""What `docker system df` printed, without its first line."""

LEFT_BEHIND = {"26.1.5-overlay2": (4, 4), "28.5.2-vfs": (3, 2)}
"""Directories and layer writes that the crashes of an engine left; none of the others crashed."""


@pytest.mark.parametrize("name", PRINTED)
def test_the_command_computes_its_figures_as_the_tests_do(name: str) -> None:
    """From what the API said follows, to the letter, what the docker command printed."""
    lines = printed(df_figures(Answers.from_folder(truth(name))))

    assert [" ".join(line.values()) for line in lines] == [
        " ".join(line.split()) for line in PRINTED[name].strip().splitlines()
    ]


@pytest.mark.parametrize("name", GOLDEN_ROOTS)
def test_what_the_engine_leaves_out(
    name: str, golden_root: Callable[[str], Path], tmp_path: Path
) -> None:
    """Beside the engine's four categories there are logs, orphans and crashed layer writes."""
    root, driver = golden_root(name), name.partition("-")[2]
    index = Index(tmp_path / "index.db", root)
    index.sync()
    rows = {row["category"]: row for row in index.query("disk-usage")}
    paths = [*root.glob("containers/*/*.log*"), *root.glob("containers/*/local-logs/*.log*")]
    logs: Counter[str] = Counter()
    for path in paths:
        logs[path.relative_to(root).parts[1]] += path.stat().st_size
    writes = crashed_writes(root, driver)

    assert rows["logs"]["size_bytes"] == logs.total()
    assert rows["logs"]["items"] == sum(size > 0 for size in logs.values())
    assert rows["orphans"]["items"] == len(unnamed(root, driver))
    assert rows["crashed-writes"]["items"] == len(writes)
    assert rows["crashed-writes"]["size_bytes"] == sum(writes.values())
    assert (len(unnamed(root, driver)), len(writes)) == LEFT_BEHIND.get(name, (0, 0))


@pytest.mark.parametrize("name", GOLDEN_ROOTS)
def test_orphans_are_what_nothing_names(
    name: str, golden_root: Callable[[str], Path], tmp_path: Path
) -> None:
    """The orphans of a root that no engine runs on are, for certain, what no file names."""
    root = golden_root(name)
    index = Index(tmp_path / "index.db", root)
    index.sync()
    rows = index.query("orphan-directories")

    assert {row["directory"] for row in rows} == unnamed(root, name.partition("-")[2])
    assert {row["confidence"] for row in rows} <= {"certain"}


@pytest.mark.parametrize("name", GOLDEN_ROOTS)
def test_measured_directories_are_added_up(
    name: str, golden_root: Callable[[str], Path], tmp_path: Path
) -> None:
    """With --du the orphans' line is the sum of what is in the list of orphans."""
    index = Index(tmp_path / "index.db", golden_root(name))
    index.sync("--du")
    rows = {row["category"]: row for row in index.query("disk-usage")}
    taken = [row["disk_bytes"] for row in index.query("orphan-directories")]

    assert None not in taken
    assert rows["orphans"]["size_bytes"] == rows["orphans"]["reclaimable_bytes"] == sum(taken)

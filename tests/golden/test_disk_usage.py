"""`docker system df` of captured engines, as their docker command printed it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.engine.harness import rules_before_29
from tests.engine.harness.answers import Answers
from tests.engine.harness.df_figures import df_figures, printed
from tests.engine.harness.index_answers import Index
from tests.engine.harness.unnamed import crashed_writes, unnamed
from tests.roots import CAPTURED_ROOTS, CONTAINERD_ROOTS, GOLDEN_ROOTS, truth

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
    name: str, golden_root: Callable[[str], Path], golden_index: Callable[[str], Index]
) -> None:
    """Beside the engine's four categories there are logs, orphans and crashed layer writes."""
    root, driver = golden_root(name), name.partition("-")[2]
    index = golden_index(name)
    rows = {row["category"]: row for row in index.query("disk-usage")}
    writes = crashed_writes(root, driver)

    assert (rows["logs"]["items"], rows["logs"]["size_bytes"]) == logs(root)
    assert rows["orphans"]["items"] == len(unnamed(root, driver))
    assert rows["crashed-writes"]["items"] == len(writes)
    assert rows["crashed-writes"]["size_bytes"] == sum(writes.values())
    assert (len(unnamed(root, driver)), len(writes)) == LEFT_BEHIND.get(name, (0, 0))


@pytest.mark.parametrize("name", CONTAINERD_ROOTS)
def test_what_the_engine_leaves_out_of_containerd(
    name: str, golden_root: Callable[[str], Path], golden_index: Callable[[str], Index]
) -> None:
    """There are logs and downloads that were cut short; a snapshot is not lost by a crash."""
    root = golden_root(name)
    index = golden_index(name)
    rows = {row["category"]: row for row in index.query("disk-usage")}
    left = ingests(name)

    assert left
    assert (rows["logs"]["items"], rows["logs"]["size_bytes"]) == logs(root)
    assert rows["orphans"]["items"] == 0
    assert rows["crashed-writes"]["items"] == 0
    assert rows["cut-short-pulls"]["items"] >= len(left)


@pytest.mark.parametrize("name", CONTAINERD_ROOTS)
def test_orphans_of_containerd_are_downloads_that_were_cut_short(
    name: str, golden_index: Callable[[str], Index]
) -> None:
    """Orphans are, for certain, what the survey of the root found without an owner."""
    index = golden_index(name)
    rows = index.query("orphan-directories")

    assert {row["directory"]: row["disk_bytes"] for row in rows} == {
        f"ingest/{ingest}": size for ingest, size in ingests(name).items()
    }
    assert {row["confidence"] for row in rows} == {"certain"}


def ingests(name: str) -> dict[str, int]:
    """The bytes of each download that lay about in containerd, by its folder's name."""
    file = truth(name) / "survey.json"
    if not file.exists():
        return {}
    places = [place for place in json.loads(file.read_text()).values() if isinstance(place, dict)]
    return {ingest: found["data"] for place in places for ingest, found in place["ingest"].items()}


def logs(root: Path) -> tuple[int, int]:
    """How many containers have logs, and the bytes of all of them."""
    paths = [*root.glob("containers/*/*.log*"), *root.glob("containers/*/local-logs/*.log*")]
    found: Counter[str] = Counter()
    for path in paths:
        found[path.relative_to(root).parts[1]] += path.stat().st_size
    return sum(size > 0 for size in found.values()), found.total()


@pytest.mark.parametrize("name", CONTAINERD_ROOTS)
def test_snapshots_take_what_was_measured(name: str, golden_index: Callable[[str], Index]) -> None:
    """The size of each committed snapshot is what its directory took; of others none is known."""
    index = golden_index(name)
    taken = snapshot_use(name)
    committed, others = {}, []
    for row in index.table("snapshots"):
        if row["kind"] == "committed":
            committed[row["snapshot_id"]] = row["size_bytes"]
        else:
            others.append(row["size_bytes"])

    assert committed == {snapshot: taken[snapshot] for snapshot in committed}
    assert len(committed) + len(others) == len(taken)
    assert set(others) == {None}


@pytest.mark.parametrize("name", CONTAINERD_ROOTS)
def test_what_was_written_took_what_the_engine_says(
    name: str, golden_index: Callable[[str], Index]
) -> None:
    """The directories of containers and of build cache took what the engine says of these."""
    index = golden_index(name)
    answers, taken = Answers.from_folder(truth(name)), snapshot_use(name)
    uncommitted = {
        row["snapshot_id"] for row in index.table("snapshots") if row["kind"] != "committed"
    }
    written = {row["container_id"]: taken[row["mount_id"]] for row in index.query("containers")}
    cached = {
        row["cache_id"]: (taken[row["directory"]], row["size_bytes"])
        for row in index.query("build-cache")
        if row["directory"] in uncommitted
    }
    sizes = {record["ID"]: record["Size"] for record in answers.df_build_cache}

    assert written == {it["Id"]: it["SizeRw"] for it in answers.df_containers}
    assert cached
    assert cached == {cache_id: (sizes[cache_id], sizes[cache_id]) for cache_id in cached}


def test_images_took_all_snapshots_before_29(golden_index: Callable[[str], Index]) -> None:
    """From the index and what uncommitted snapshots took follows what 28 said of its images."""
    name = "28.5.2-c8d"
    index = golden_index(name)

    size = rules_before_29.layers_size(index, snapshot_use(name))

    assert size == Answers.from_folder(truth(name)).layers_size


def snapshot_use(name: str) -> dict[str, int]:
    """The bytes that the files of each snapshot took on the disk when its root was captured."""
    rows = [line.split("\t") for line in (truth(name) / "layer-du.tsv").read_text().splitlines()]
    paths = {row[0]: row[1] for row in rows if row[0].endswith("/fs")}
    return {path.split("/")[-2]: int(taken) for path, taken in paths.items()}


@pytest.mark.parametrize("name", GOLDEN_ROOTS)
def test_orphans_are_what_nothing_names(
    name: str, golden_root: Callable[[str], Path], golden_index: Callable[[str], Index]
) -> None:
    """The orphans of a root that no engine runs on are, for certain, what no file names."""
    root = golden_root(name)
    index = golden_index(name)
    rows = index.query("orphan-directories")

    assert {row["directory"] for row in rows} == unnamed(root, name.partition("-")[2])
    assert {row["confidence"] for row in rows} <= {"certain"}


@pytest.mark.parametrize("name", CAPTURED_ROOTS)
def test_measured_directories_are_added_up(
    name: str, golden_root: Callable[[str], Path], tmp_path: Path
) -> None:
    """With --du the orphans' line is the sum of what is in the list of orphans.

    The list has downloads that were cut short too, which the line of these counts.
    """
    index = Index(tmp_path / "index.db", golden_root(name))
    index.sync("--du")
    rows = {row["category"]: row for row in index.query("disk-usage")}
    orphans = index.query("orphan-directories")
    taken = [row["disk_bytes"] for row in orphans if not row["directory"].startswith("ingest/")]
    downloads = [row["disk_bytes"] for row in orphans if row["directory"].startswith("ingest/")]

    assert None not in [*taken, *downloads]
    assert len(downloads) == len(ingests(name))
    if downloads:
        assert rows["cut-short-pulls"]["size_bytes"] >= sum(downloads)
    assert rows["orphans"]["size_bytes"] == rows["orphans"]["reclaimable_bytes"] == sum(taken)

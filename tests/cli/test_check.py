"""`dockidx check`: what is wrong, and an exit code that a script can use."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from indexer.docker.rules import RULES
from tests.cli.commands import Outcome, dockidx, sync
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = [
    *("host", "severity", "rule", "object_kind", "object_id", "path", "message"),
    *("first_seen_at", "size_bytes", "remedy", "slug", "root_path", "cause"),
]


class Checked:
    """An index of one root with a warning and an info, and one with an error besides."""

    def __init__(self, folder: Path) -> None:
        self.index = folder / "index.db"
        self.roots = {name: folder / name for name in ("tidy", "broken")}
        for name, path in self.roots.items():
            root = RootBuilder(path)
            image = root.image([b"base"], tag="base:1")
            (root.store / "layerdb/tmp/write-set-1").mkdir(parents=True)
            root.container("web", image, running=True)
            if name == "broken":
                shutil.rmtree(root.driver.path(image.cache_ids[0]))
            assert self.sync(name).code == 0

    def sync(self, name: str) -> Outcome:
        """Sync one root as that of a host called after it."""
        return dockidx("sync", "--root", self.roots[name], "--db", self.index, "--host", name)

    def check(self, *options: str) -> Outcome:
        """Run the command."""
        return dockidx("check", "--db", self.index, *options)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """The index, which tests only read."""
    return Checked(tmp_path_factory.mktemp("check"))


def test_rows_are_those_of_the_query(checked: Checked) -> None:
    """The same columns and rows as `dockidx query problems`, the worst first."""
    done = checked.check("--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))

    assert list(rows[0]) == COLUMNS
    assert done.out == dockidx("query", "problems", "--db", checked.index, "--format", "csv").out
    severities = [row["severity"] for row in rows]
    assert severities == sorted(severities, key=["fatal", "error", "warning", "info"].index)
    assert {"error", "warning", "info"} <= set(severities)


@pytest.mark.parametrize(
    ("severity", "shown"),
    [
        ("fatal", set()),
        ("error", {"error"}),
        ("warning", {"error", "warning"}),
        ("info", {"error", "warning", "info"}),
    ],
)
def test_an_error_fails_whatever_is_shown(checked: Checked, severity: str, shown: set[str]) -> None:
    """--severity chooses what is printed; the exit code does not follow it."""
    done = checked.check("--severity", severity, "--format", "json")

    assert {row["severity"] for row in json.loads(done.out)} == shown
    assert done.code == 1


def test_warnings_do_not_fail(checked: Checked) -> None:
    """A host with no error is fine, also beside one that has one."""
    done = checked.check("--host", "tidy", "--format", "ndjson")

    rows = [json.loads(line) for line in done.out.splitlines()]
    assert {row["host"] for row in rows} == {"tidy"}
    assert {row["severity"] for row in rows} == {"warning", "info"}
    assert done.code == 0


def test_the_missing_directory_of_what_cannot_run_is_named(checked: Checked) -> None:
    """Whoever reads it knows which directory to look for, and what is lost without it."""
    done = checked.check("--severity", "error", "--format", "json")

    (row,) = (row for row in json.loads(done.out) if row["rule"] == "L6")
    assert not (checked.roots["broken"] / row["path"]).exists()
    assert row["message"].startswith("It is missing")
    assert "1 images such as base:1 and 1 containers such as web cannot run." in row["message"]


@pytest.mark.parametrize("name", ["L6", "l6", "layer-directory-missing"])
def test_a_rule_is_explained(name: str, tmp_path: Path) -> None:
    """By its code or slug, without an index: severity, what breaks, and what to do."""
    rule = RULES["L6"]

    done = dockidx("check", "--explain", name, "--db", tmp_path / "none.db")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("L6 layer-directory-missing\n  Severity: error\n")
    for text in (rule.requirement, rule.consequence, rule.remedy, rule.path):
        assert text in done.out


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("layer-dir-missing", "did you mean layer-directory-missing or "),
        ("L99", "did you mean L1 or "),
        ("zzzzz", "give a code such as L6"),
    ],
)
def test_a_rule_that_is_not_there(name: str, advice: str) -> None:
    """What comes near is suggested."""
    done = dockidx("check", "--explain", name)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Error: There is no rule {name!r}; {advice}")


def test_a_cause_is_before_its_consequences(tmp_path: Path) -> None:
    """A damaged layer stands before the image that it breaks, and that before its name."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base"], tag="app:1")
    (root.layerdb.layer_path(image.chain_ids[0]) / "size").write_text("")
    sync(root.path, tmp_path / "index.db")

    for deep in ((), ("--deep",)):
        done = dockidx("check", *deep, "--db", tmp_path / "index.db", "--format", "json")

        rows = [row for row in json.loads(done.out) if row["severity"] == "error"]
        assert [(row["rule"], row["slug"]) for row in rows] == [
            ("L2", "layer-file-invalid"),
            ("I4", "image-layer-missing"),
            ("R6", "name-without-image"),
        ]
        assert [row["remedy"] for row in rows] == [RULES[it].remedy for it in ("L2", "I4", "R6")]


def test_the_size_of_an_orphan_is_known_where_it_was_measured(tmp_path: Path) -> None:
    """Reading the root again keeps what a sync measured."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"base"], tag="app:1")
    orphan = root.path / "overlay2" / ("ab" * 32)
    (orphan / "diff").mkdir(parents=True)
    (orphan / "diff/data").write_bytes(bytes(range(256)) * 400)
    words = ("check", "--db", tmp_path / "index.db", "--format", "json")

    def size(*more: str) -> int | None:
        rows = json.loads(dockidx(*words, *more).out)
        sizes = [row["size_bytes"] for row in rows if row["path"].endswith(orphan.name)]
        return max(sizes, key=lambda it: it or 0)

    sync(root.path, tmp_path / "index.db")
    assert size() is None
    sync(root.path, tmp_path / "index.db", "--du")
    measured = size()
    assert measured is not None
    assert measured >= 102400
    assert size("--deep") == measured


def test_a_host_that_is_not_there(checked: Checked) -> None:
    """The hosts that are there are told."""
    done = checked.check("--host", "nowhere")

    assert (done.code, done.out) == (2, "")
    assert done.err == "Error: The index has no host 'nowhere'; it has broken, tidy.\n"


def test_deep_reads_the_roots_again(checked: Checked, tmp_path: Path) -> None:
    """It finds what came after the sync; what was known keeps the time it was first seen."""
    index = tmp_path / "index.db"
    shutil.copy(checked.index, index)
    before = json.loads(dockidx("check", "--db", index, "--host", "tidy", "--format", "json").out)
    write = checked.roots["tidy"] / "image/overlay2/layerdb/tmp/write-set-2"
    write.mkdir()

    done = dockidx("check", "--deep", "--db", index, "--host", "tidy", "--format", "json")
    write.rmdir()

    rows = json.loads(done.out)
    assert done.code == 0
    assert [row for row in rows if row in before] == before
    assert [row["path"] for row in rows if row not in before] == [
        "image/overlay2/layerdb/tmp/write-set-2"
    ]
    assert (
        dockidx("check", "--db", index, "--host", "tidy", "--format", "json").out
        == json.dumps(before).replace("}, {", "},\n {") + "\n"
    )


def test_deep_where_the_roots_are_not(tmp_path: Path) -> None:
    """An index from elsewhere cannot be checked against a disk."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"base"])
    sync(root.path, tmp_path / "index.db")
    shutil.rmtree(root.path)

    done = dockidx("check", "--deep", "--db", tmp_path / "index.db")

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: None of the roots in the index is on this machine; ")


def test_without_an_index(tmp_path: Path) -> None:
    """It says what to do, as every command."""
    done = dockidx("check", "--db", tmp_path / "none.db")

    assert done.code == 2
    assert "run `dockidx sync` or give --db" in done.err

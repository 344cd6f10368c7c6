"""Syncs and readers of one index at once: none sees or leaves half of a state."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from indexer.cli import main
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import assert_sound, disk_contents, select, sync_roots
from tests.trust.states import fill
from tests.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANY = 1_000_000
ENOUGH = 15
STATE = """
SELECT
    (SELECT GROUP_CONCAT(name) FROM (SELECT name FROM containers ORDER BY name)) AS names,
    (SELECT COUNT(*) FROM tags) AS tags,
    (SELECT COUNT(*) FROM store_images) AS images,
    (SELECT COUNT(*) FROM image_layers) AS layers,
    (SELECT COUNT(*) FROM directories) AS directories,
    (SELECT COUNT(*) FROM volumes) AS volumes,
    (SELECT SUM(log_bytes) FROM containers) AS log_bytes
"""
Seen = tuple[object, ...]


def start(index: Path, count: int, *roots: Path) -> subprocess.Popen[str]:
    """A process that syncs so many times."""
    words = [str(index), str(count), *map(str, roots)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.trust.syncing", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, int]:
    """What the process says at its end, which closing its input brings about."""
    out = process.communicate(timeout=300)[0]
    assert process.returncode == 0
    result: dict[str, int] = json.loads(out)
    return result


def test_syncs_at_once(memory: Path) -> None:
    """Each waits for its turn or says that it could not have it; every one that went counts."""
    root = RootBuilder(memory / "docker")
    fill(root, "first")
    sync_roots(memory / "index.db", root.path)
    fill(root, "second")
    running = [start(memory / "index.db", 15, root.path) for _ in range(3)]
    for process in running:
        process.wait(300)
    results = [finish(process) for process in running]
    assert sum(result["done"] + result["busy"] for result in results) == 45
    done = sum(result["done"] for result in results)
    assert done > 0
    assert select(memory / "index.db", "SELECT COUNT(*) FROM syncs") == [(done + 1,)]
    assert_sound(memory / "index.db")
    sync_roots(memory / "fresh.db", root.path)
    assert disk_contents(memory / "index.db") == disk_contents(memory / "fresh.db")


def with_the_command(index: Path) -> Callable[[], Seen]:
    """Ask with `dockidx sql`, each time anew."""

    def ask() -> Seen:
        words = ["sql", STATE, "--format", "json", "--db", str(index)]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.stderr
        return tuple(json.loads(done.stdout)[0].values())

    return ask


def test_a_reader_of_an_index_that_was_just_made(memory: Path) -> None:
    """The second sync of all does not wait for who still reads what the first one wrote."""
    root = RootBuilder(memory / "docker")
    fill(root, "first")
    index = memory / "index.db"
    sync_roots(index, root.path)
    with closing(sqlite3.connect(index, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        tags = reader.execute("SELECT COUNT(*) FROM tags").fetchall()
        fill(root, "second")
        sync_roots(index, root.path)
        assert reader.execute("SELECT COUNT(*) FROM tags").fetchall() == tags
    assert select(index, "SELECT COUNT(*) FROM tags") != tags


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
def test_readers_of_an_index_that_is_written(memory: Path) -> None:
    """The command and the pages go on answering, with what the disk held at one sync or another."""
    one, other = RootBuilder(memory / "docker"), RootBuilder(memory / "other")
    fill(one, "first")
    fill(other, "second", images=12)
    fill(other, "third")
    states = set()
    for root in (other, one):
        (memory / "index.db").unlink(missing_ok=True)
        sync_roots(memory / "index.db", root.path)
        states.add(with_the_command(memory / "index.db")())
    assert len(states) == 2
    running = start(memory / "index.db", MANY, one.path, other.path)
    try:
        with Site(memory / "index.db") as site:

            def from_a_page() -> Seen:
                answer = site.get(f"/index.json?{urlencode({'sql': STATE, '_shape': 'array'})}")
                assert answer.status == 200, answer.text
                return tuple(answer.json[0].values())

            for ask in (with_the_command(memory / "index.db"), from_a_page):
                seen: Counter[Seen] = Counter()
                while len(seen) < len(states) or min(seen.values()) < ENOUGH:
                    assert running.poll() is None
                    seen[ask()] += 1
                    assert seen.keys() <= states
    finally:
        result = finish(running)
    assert result["busy"] == 0
    assert result["done"] > 2

"""`dockidx diff`: two hosts, or two times."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.commands import dockidx
from tests.fleet.hosts import merged
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


def differences(index: Path, a: str, b: str) -> list[tuple[str, ...]]:
    """Kind, key, change, before and after of each difference."""
    done = dockidx("diff", a, b, "--db", index, "--format", "json")
    assert done.code == 0, done.err
    names = ("object_kind", "object_key", "change", "before", "after")
    return [tuple(row[name] for name in names) for row in json.loads(done.out)]


def test_two_hosts(tmp_path: Path) -> None:
    """What only one has, and what a name means on each; what both have is left out."""
    first, second = RootBuilder(tmp_path / "a"), RootBuilder(tmp_path / "b", seed="b")
    same = first.image([b"same"], tag="same:1")
    second.image([b"same"], tag="same:1")
    old = first.image([b"old"], tag="app:1")
    new = second.image([b"new"], tag="app:1")
    first.container("web", old)
    second.container("web", new)
    first.container("only-here", same)
    second.volume("data")
    for host, root in (("a", first), ("b", second)):
        sync_roots(tmp_path / f"{host}.db", root.path, host=host)
    merged(tmp_path / "fleet.db", tmp_path / "a.db", tmp_path / "b.db")

    assert differences(tmp_path / "fleet.db", "a", "b") == [
        ("container", "only-here", "removed", same.image_id, None),
        ("container", "web", "changed", old.image_id, new.image_id),
        *sorted(
            [
                ("image", old.image_id, "removed", old.image_id, None),
                ("image", new.image_id, "added", None, new.image_id),
            ],
            key=lambda row: row[1],
        ),
        ("tag", "app:1", "changed", old.image_id, new.image_id),
        ("volume", "data", "added", None, "local"),
    ]
    assert differences(tmp_path / "fleet.db", "a", "a") == []


def test_two_times(tmp_path: Path) -> None:
    """What came and went in between is left out; of several moves the first and the last count."""
    root = RootBuilder(tmp_path / "docker")
    index = tmp_path / "index.db"
    images = [root.image([bytes([number])], tag="app:1") for number in range(1)]
    sync_roots(index, root.path)
    for number in (1, 2):
        time.sleep(0.01)
        images.append(root.image([bytes([number])], tag="app:1"))
        if number == 1:
            root.volume("passing")
        else:
            (root.path / "volumes/passing/_data").rmdir()
            (root.path / "volumes/passing").rmdir()
        sync_roots(index, root.path)
    times = [at for (at,) in select(index, "SELECT started_at FROM syncs ORDER BY started_at")]

    moved = [row for row in differences(index, times[0], times[2]) if row[0] == "tag"]
    assert moved == [
        ("tag", "docker.io/library/app:1", "changed", images[0].image_id, images[2].image_id)
    ]
    kinds = {row[0] for row in differences(index, times[0], times[2])}
    assert "volume" not in kinds
    first = differences(index, times[0], times[1])
    assert ("volume", "passing", "added", None, None) in first
    assert ("volume", "passing", "removed", None, None) in differences(index, times[1], "0m")
    assert differences(index, times[2], "0m") == []


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        ("nowhere", "host-a", "'nowhere' is neither a host of this index (host-a) nor a UTC time"),
        ("host-a", "2026-11-24", "'host-a' and '2026-11-24' have to be two hosts or two times."),
    ],
)
def test_what_is_neither(tmp_path: Path, a: str, b: str, sentence: str) -> None:
    """The sentence names it and what there is."""
    root = RootBuilder(tmp_path / "docker")
    sync_roots(tmp_path / "index.db", root.path)
    done = dockidx("diff", a, b, "--db", tmp_path / "index.db")
    assert done.code == 2
    assert sentence in done.err


@pytest.mark.parametrize(
    ("a", "b"),
    [("0m", "7d"), ("2026-11-24", "2026-11-23"), ("2026-11-24T08:00", "2026-10"), ("7d", "9999w")],
)
def test_the_later_time_first(tmp_path: Path, a: str, b: str) -> None:
    """It is refused, as nothing can have changed from a time to an earlier one."""
    root = RootBuilder(tmp_path / "docker")
    sync_roots(tmp_path / "index.db", root.path)
    done = dockidx("diff", a, b, "--db", tmp_path / "index.db")
    assert (done.code, done.out) == (2, "")
    assert f"{a!r} is later than {b!r}; give the earlier time first." in done.err


@pytest.mark.parametrize(
    ("a", "b"),
    [("2026-11-24", "2026-11-24"), ("2026-11-24T08:00", "2026-11-24"), ("2026-11", "2026-11-01")],
)
def test_a_time_and_a_date_that_it_is_in(tmp_path: Path, a: str, b: str) -> None:
    """The first begins when it begins and the second ends when it ends."""
    root = RootBuilder(tmp_path / "docker")
    sync_roots(tmp_path / "index.db", root.path)
    assert differences(tmp_path / "index.db", a, b) == []

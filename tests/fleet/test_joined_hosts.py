"""Questions over several hosts: in a merged index, and across index files as they are."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.commands import dockidx
from tests.fleet.hosts import Host, fleet, merged
from tests.sync.index_files import select

if TYPE_CHECKING:
    from pathlib import Path

APP = "docker.io/library/app"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> list[Host]:
    """The fleet, which is only read."""
    return fleet(tmp_path_factory.mktemp("joined"))


@pytest.fixture(scope="module")
def index(hosts: list[Host]) -> Path:
    """The merged index of the fleet."""
    into = hosts[0].index.with_name("fleet.db")
    merged(into, *(host.index for host in hosts))
    return into


def answers(index: Path, name: str, *parameters: str) -> list[dict[str, Any]]:
    """The rows of a canned query."""
    words = [word for parameter in parameters for word in ("-p", parameter)]
    done = dockidx("query", name, *words, "--db", index, "--format", "json")
    assert (done.code, done.err) == (0, "")
    rows: list[dict[str, Any]] = json.loads(done.out)
    return rows


def image_of(host: Host, tag: str) -> str:
    """The image that a tag means on a host."""
    sql = "SELECT image_id FROM tags WHERE repository = ?"
    (row,) = select(host.index, sql, f"docker.io/library/{tag}")
    return str(row[0])


def test_tags_that_drifted(hosts: list[Host], index: Path) -> None:
    """A tag that means two images is there with both and with the hosts of each."""
    drifted = {
        (row["repository"], row["tag"], row["image_id"]): row["hosts"]
        for row in answers(index, "tag-drift")
    }
    assert drifted == {
        (APP, "1", image_of(hosts[0], "app")): "alpha beta",
        (APP, "1", image_of(hosts[2], "app")): "gamma",
    }
    assert answers(hosts[0].index, "tag-drift") == []


@pytest.mark.parametrize("how", ["id", "short", "prefix", "tag"])
def test_hosts_with_an_image(hosts: list[Host], index: Path, how: str) -> None:
    """An image is found by its ID, by the beginning of it, and by any of its names."""
    image_id = image_of(hosts[0], "app")
    asked = {"id": image_id, "short": image_id[7:19], "prefix": image_id[:19], "tag": "app:1"}
    found = answers(index, "hosts-with-image", f"image={asked[how]}")
    expected = [("alpha", image_id), ("beta", image_id)]
    if how == "tag":
        expected.append(("gamma", image_of(hosts[2], "app")))
    assert [(row["host"], row["image_id"]) for row in found] == expected
    assert all((row["tags"], row["containers"]) == ("app:1", 1) for row in found)
    assert all(row["last_seen_at"] for row in found)


def test_hosts_at_a_glance(hosts: list[Host], index: Path) -> None:
    """Each host has the numbers that its own index has for it."""
    rows = answers(index, "host-summary")
    assert [row["host"] for row in rows] == ["alpha", "beta", "gamma"]
    for host, row in zip(hosts, rows, strict=True):
        assert [row] == answers(host.index, "host-summary")
        assert (row["images"], row["layers"], row["containers"]) == (2, 2, 1)
        assert row["size_bytes"] == len("base") + len("new")


@pytest.mark.parametrize("name", ["images", "containers", "volumes", "tags", "shared-layers"])
def test_a_query_over_the_fleet_is_that_of_each_host(
    hosts: list[Host], index: Path, name: str
) -> None:
    """Merging changes no answer about one host."""
    together = answers(index, name)
    for host in hosts:
        assert [row for row in together if row["host"] == host.name] == answers(host.index, name)


def attached(first: Path, second: Path, sql: str) -> list[tuple[Any, ...]]:
    """Run SQL on two index files as they are."""
    with closing(sqlite3.connect(f"file:{first}?mode=ro", uri=True)) as connection:
        connection.execute("ATTACH ? AS other", (f"file:{second}?mode=ro",))
        return connection.execute(sql).fetchall()


def test_two_files_are_joined_as_they_are(hosts: list[Host]) -> None:
    """Keys are the same in every file: what two hosts share is found without a merge."""
    alpha, beta, gamma = (host.index for host in hosts)
    shared = "SELECT image_id FROM store_images JOIN other.store_images USING (image_id) ORDER BY 1"
    both = sorted([image_of(hosts[0], "app"), image_of(hosts[0], "base")])
    assert attached(alpha, beta, shared) == [(image_id,) for image_id in both]
    assert attached(alpha, gamma, shared) == [(image_of(hosts[0], "base"),)]


@pytest.mark.parametrize("table", ["images", "layers", "repositories", "image_layers"])
def test_content_is_the_same_in_every_file(hosts: list[Host], table: str) -> None:
    """Rows of what a digest or a name determines are equal, column by column."""
    alpha, beta, _ = (host.index for host in hosts)
    differing = f"SELECT * FROM {table} EXCEPT SELECT * FROM other.{table}"
    assert attached(alpha, beta, differing) == []
    assert select(alpha, f"SELECT COUNT(*) FROM {table}") != [(0,)]


def test_what_is_placed_on_a_host_is_never_shared(hosts: list[Host]) -> None:
    """Roots, stores and all that is keyed by them have keys of their own on every host."""
    alpha, beta, _ = (host.index for host in hosts)
    for table, key in (("roots", "root_id"), ("stores", "store_id"), ("tags", "store_id")):
        common = f"SELECT {key} FROM {table} INTERSECT SELECT {key} FROM other.{table}"
        assert attached(alpha, beta, common) == []

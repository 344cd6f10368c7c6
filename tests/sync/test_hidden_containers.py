"""Containers that the engine does not load, and the volumes that they name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import dockidx
from tests.rootbuilder import RootBuilder
from tests.rootbuilder.containers import MountSpec
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path


def test_volumes_of_containers_that_are_not_loaded(tmp_path: Path) -> None:
    """For the engine they use no volume, so a separate column has them."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base"], tag="base:1")
    root.volume("data")
    mounts = [MountSpec("/data", name="data")]
    root.container("new", image, mounts=mounts)
    root.container("old", image, mounts=mounts, fields={"Driver": "aufs"})
    root.container("oldest", image, mounts=mounts, fields={"Driver": ""})
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    (row,) = json.loads(dockidx("query", "volumes", "--format", "json", "--db", index).out)
    assert (row["containers"], row["hidden_containers"]) == (1, 2)


@pytest.mark.parametrize("driver", ["overlay2", "vfs"])
def test_containers_without_a_driver(tmp_path: Path, driver: str) -> None:
    """Only an engine with aufs loads them. Elsewhere this is an error: `docker ps` lacks them."""
    root = RootBuilder(tmp_path / "docker", driver)
    root.container("oldest", root.image([b"base"], tag="base:1"), fields={"Driver": ""})
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    assert select(index, "SELECT container_id FROM listed_containers") == []
    ((message,),) = select(index, "SELECT message FROM problems WHERE rule = 'C4'")
    assert message.startswith("It has no driver, which means aufs, but image/aufs is not there;")


def test_containers_without_a_driver_on_aufs(tmp_path: Path) -> None:
    """They belong to the store of aufs, as for the engine."""
    root = RootBuilder(tmp_path / "docker")
    root.container("oldest", root.image([b"base"], tag="base:1"), fields={"Driver": ""})
    (root.path / "image/overlay2").rename(root.path / "image/aufs")
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    assert len(select(index, "SELECT container_id FROM listed_containers")) == 1
    of_store = "SELECT s.driver FROM containers AS c JOIN stores AS s ON s.store_id = c.store_id"
    assert select(index, of_store) == [("aufs",)]
    assert select(index, "SELECT message FROM problems WHERE rule = 'C4'") == []

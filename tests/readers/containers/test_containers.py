"""`containers`: one folder each, its two files and its logs, sound and damaged."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from indexer.docker.containers.config import HostConfig
from indexer.docker.containers.scan import Containers, scan_containers
from indexer.docker.files.entries import joined_fingerprint
from indexer.docker.files.scan import UNPROVEN
from tests.readers.reading import (
    HEX,
    OTHER_HEX,
    PLANTED,
    found,
    no_tick,
    opened,
    plant,
    write,
)
from tests.rootbuilder import RootBuilder
from tests.sync.operations import SETTLE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.files.scan import Previous

CONFIG = "config.v2.json"
HOST_CONFIG = "hostconfig.json"


def containers(root: Path, known: Previous | None = None) -> Containers:
    """The containers of the root at `root`."""
    with opened(root) as folder:
        return scan_containers(folder, known or {}, no_tick)


def add_container(root: Path, container_id: str = HEX) -> Path:
    """Write a container and return its folder."""
    folder = root / "containers" / container_id
    write(folder / CONFIG, json.dumps({"ID": container_id, "Name": "/web"}) + "\n")
    write(folder / HOST_CONFIG, '{"NetworkMode":"host"}\n')
    return folder


def test_containers_of_a_built_root(tmp_path: Path) -> None:
    """Each container is read by its ID, with both configs and the length of its log."""
    root = RootBuilder(tmp_path)
    image = root.image([b"base"])
    web = root.container("web", image, running=True, log=["up", "down"])
    idle = root.container("idle", image, started=False)
    given = containers(tmp_path)
    assert given.scan.findings == ()
    assert {name: r.config.state for name, r in given.scan.records.items()} == {
        web.container_id: "running",
        idle.container_id: "created",
    }
    log = (web.directory / f"{web.container_id}-json.log").stat().st_size
    assert given.log_bytes == {web.container_id: log, idle.container_id: 0}


def test_a_root_without_containers(tmp_path: Path) -> None:
    """A missing folder and an empty one hold no containers."""
    assert containers(tmp_path).scan.listed
    (tmp_path / "containers").mkdir()
    assert containers(tmp_path).scan.records == {}


def test_logs_of_every_driver(tmp_path: Path) -> None:
    """Rotated and compressed logs count, of the `local` driver and of the cache too."""
    folder = add_container(tmp_path)
    counted = [
        f"{HEX}-json.log",
        f"{HEX}-json.log.1",
        f"{HEX}-json.log.2.gz",
        "container-cached.log",
        "local-logs/container.log",
        "local-logs/container.log.1.gz",
    ]
    for name in counted:
        write(folder / name, "12345")
    for name in ("hostname", "other.log", "local-logs/else", "mounts/x-json.log"):
        write(folder / name, "12345")
    assert containers(tmp_path).log_bytes == {HEX: 5 * len(counted)}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (None, "C1"),
        (b"", "C1"),
        (b"{", "C1"),
        (b"[]", "C1"),
        (b"{}", "C1"),
        (b'{"ID":"other"}', "C1"),
        (b'{"ID":5}', "C1"),
        (b'{"a":' * 100_000, "C1"),
        (b"\xff\xfe", "C1"),
        (b'{"ID":"' + HEX.encode() + b'","State":{"StartedAt":"never"}}', "C1"),
    ],
)
def test_a_config_the_engine_does_not_show(tmp_path: Path, data: bytes | None, rule: str) -> None:
    """The finding names the file and the reason, and the other container is still read."""
    add_container(tmp_path, OTHER_HEX)
    path = add_container(tmp_path) / CONFIG
    path.unlink()
    if data is not None:
        write(path, data)
    scan = containers(tmp_path).scan
    assert scan.records.keys() == {OTHER_HEX}
    assert found(scan.findings) == [(rule, HEX, f"containers/{HEX}/{CONFIG}")]
    assert scan.findings[0].message.endswith("the engine does not show this container.")


@pytest.mark.parametrize(
    ("data", "rule"), [(None, "C9"), (b"", "C1"), (b"[]", "C1"), (b'{"Memory":{}}', "C1")]
)
def test_a_host_config_that_is_wrong(tmp_path: Path, data: bytes | None, rule: str) -> None:
    """A container without a usable host config is kept, and read again next time."""
    path = add_container(tmp_path) / HOST_CONFIG
    path.unlink()
    if data is not None:
        write(path, data)
    scan = containers(tmp_path).scan
    assert scan.records[HEX].host_config == HostConfig()
    assert scan.records[HEX].config.name == "web"
    assert found(scan.findings) == [(rule, HEX, f"containers/{HEX}/{HOST_CONFIG}")]
    assert scan.fingerprints == {HEX: UNPROVEN}


@pytest.mark.parametrize("name", [CONFIG, HOST_CONFIG])
@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_in_place_of_a_file(tmp_path: Path, name: str, kind: str) -> None:
    """A file that is not a regular file is not opened."""
    path = add_container(tmp_path) / name
    path.unlink()
    plant(path, kind)
    scan = containers(tmp_path).scan
    assert len(scan.records) == (name == HOST_CONFIG)
    assert found(scan.findings) == [("S1", HEX, f"containers/{HEX}/{name}")]


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_a_container(tmp_path: Path, kind: str) -> None:
    """A link among the containers is not followed and is reported."""
    add_container(tmp_path, OTHER_HEX)
    plant(tmp_path / "containers" / HEX, kind)
    given = containers(tmp_path)
    assert given.scan.records.keys() == {OTHER_HEX}
    assert given.log_bytes.keys() == {OTHER_HEX}
    assert found(given.scan.findings) == [("S1", HEX, f"containers/{HEX}")]


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_the_folder(tmp_path: Path, kind: str) -> None:
    """If the folder cannot be listed, the containers are unknown and not gone."""
    plant(tmp_path / "root/containers", kind)
    given = containers(tmp_path / "root")
    assert not given.scan.listed
    assert found(given.scan.findings) == [("S1", None, "containers")]


def test_links_in_place_of_logs(tmp_path: Path) -> None:
    """The length of what a log links to is not the length of the log."""
    folder = add_container(tmp_path)
    plant(folder / f"{HEX}-json.log", "link")
    (folder / "local-logs").symlink_to("/etc")
    given = containers(tmp_path)
    assert given.log_bytes == {HEX: 0}
    assert given.scan.records.keys() == {HEX}


def test_a_plain_file_among_the_containers(tmp_path: Path) -> None:
    """A file among the containers is ignored, as the engine does."""
    write(tmp_path / "containers/notes.txt", "x")
    assert containers(tmp_path).scan.findings == ()


@pytest.mark.parametrize("name", [CONFIG, HOST_CONFIG])
@pytest.mark.parametrize("act", ["rewrite", "replace", "remove"])
def test_each_change_of_either_file_is_seen(tmp_path: Path, name: str, act: str) -> None:
    """A container is read again only if one of its files has changed."""
    folder = add_container(tmp_path)
    with opened(folder) as files:
        fingerprint = joined_fingerprint(
            *(files.fingerprint(file) for file in (CONFIG, HOST_CONFIG))
        )
    assert containers(tmp_path, {HEX: fingerprint}).scan.unchanged == {HEX}
    data = (folder / name).read_bytes()
    if act == "rewrite":
        write(folder / name, data)
    elif act == "replace":
        write(folder / "new", data).replace(folder / name)
    else:
        (folder / name).unlink()
    scan = containers(tmp_path, {HEX: fingerprint}).scan
    assert scan.unchanged == frozenset()
    assert scan.records or scan.findings


def test_a_change_is_seen_whatever_the_clock_does(tmp_path: Path) -> None:
    """A file that is rewritten after the clock was set back still changes the fingerprint."""
    folder = add_container(tmp_path)
    other = write(tmp_path / "other" / HOST_CONFIG, '{"NetworkMode":"none"}\n').parent
    time.sleep(0.02)
    # The one config of both is the newest of all files now.
    os.link(folder / CONFIG, other / CONFIG)
    time.sleep(SETTLE_SECONDS)
    fingerprints = containers(tmp_path).scan.fingerprints
    folder.rename(tmp_path / "former")
    other.rename(folder)
    scan = containers(tmp_path, fingerprints).scan
    assert scan.unchanged == frozenset()
    assert scan.records[HEX].host_config.network_mode == "none"

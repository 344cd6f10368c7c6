"""What containers wrote and what volumes hold: by a live engine, and by its root alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.docker.disk_usage.read_write_layer import rw_bytes
from indexer.docker.disk_usage.workers import measure
from indexer.docker.files.folder import Folder
from tests.engine.harness.archives import base_layer
from tests.engine.harness.dockerd import Engine, availability
from tests.requirements import need

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import FilledEngine

CHANGES = """
set -e
exec >/kept/said
/bin/busybox chmod 700 /bin/busybox
/bin/busybox ln /bin/busybox /hard
/bin/busybox ln -s /a/rather/long/target/of/a/link /soft
/bin/busybox mkdir -p /new/deep
/bin/busybox mknod /new/device c 1 3
/bin/busybox mkfifo /new/pipe
echo one >/new/deep/one
/bin/busybox ln /new/deep/one /new/two
echo more >>/etc/passwd
/bin/busybox touch /etc/group
/bin/busybox truncate -s 1000000 /new/sparse
rm /bin/id
echo done
"""


def test_figures_are_the_overlay2_engines(filled_overlay2: FilledEngine) -> None:
    """Every container's and volume's size of overlay2 is the one the engine gives."""
    assert max(_check(filled_overlay2.engine)) >= 50_000


def test_figures_are_the_vfs_engines(filled_vfs: FilledEngine) -> None:
    """Every container's and volume's size of vfs is the one the engine gives."""
    assert max(_check(filled_vfs.engine)) >= 50_000


@pytest.mark.parametrize("driver", ["overlay2", "vfs"])
def test_figures_agree_while_a_container_runs(tmp_path: Path, driver: str) -> None:
    """After changes of every kind, by a container that still runs, the figures agree."""
    missing = availability()
    need(missing is None, missing or "")
    with Engine(tmp_path, driver) as engine:
        engine.docker("import", "-", "base", data=base_layer())
        options = ("--network", "none", "--stop-signal", "KILL", "--volume", "kept:/kept")
        engine.docker("create", "--name", "untouched", *options, "base", "true")
        engine.docker("run", "--detach", "--name", "changed", *options, "base", "sleep", "100000")
        engine.docker("exec", "changed", "sh", "-c", CHANGES)
        sizes = _check(engine)
    assert min(sizes) == 0
    assert max(sizes) > 1_000_000


def _check(engine: Engine) -> list[int]:
    """Compare the engine's sizes with those of its root, and give those of the containers."""
    containers = engine.api.get("/containers/json?all=1&size=1")
    # The engine leaves a size of 0 out.
    written = {container["Id"]: container.get("SizeRw", 0) for container in containers}
    volumes = engine.api.get("/system/df")["Volumes"] or []
    held = {volume["Name"]: volume["UsageData"]["Size"] for volume in volumes}
    with Folder.of_root(str(engine.data_root)) as root:
        assert {name: _written(root, engine.driver, name) for name in written} == written
        paths = [("volumes", name, "_data") for name in held]
        uses = {path[1]: use for path, use in measure(root, paths)}
    assert {name: use.apparent_bytes for name, use in uses.items() if use} == held
    return list(written.values())


def _written(root: Folder, driver: str, container: str) -> int | None:
    with root.descend("image", driver, "layerdb", "mounts", container) as mount:
        ids = [mount.read(name, 100).decode() for name in ("mount-id", "init-id")]
    return rw_bytes(root, driver, *ids)

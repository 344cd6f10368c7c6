"""Sums of containers, of which one has no read-write layer."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from tests.unknown.site import Site


def test_dead_container(site: Site) -> None:
    """A dead container whose read-write layer is gone counts 0, as with the engine."""
    root = RootBuilder(site.path)
    other = root.container("other", site.used, files={"written": b"x" * 1234})
    root.layerdb.unmount(site.container.container_id)
    config = site.container.directory / "config.v2.json"
    document = json.loads(config.read_bytes())
    document["State"] |= {"Dead": True, "Running": False}
    config.write_text(json.dumps(document))
    site.sync()
    assert site.usage("containers") == (2, 0, 1234, 1234)
    sizes = {row["container_id"]: row["rw_bytes"] for row in site.query("containers")}
    assert sizes == {other.container_id: 1234, site.container.container_id: None}


def test_unmeasured_container(site: Site) -> None:
    """A read-write layer that could not be measured leaves the sum unknown."""
    shutil.rmtree(site.path / "overlay2" / site.container.mount_id)
    site.sync()
    assert site.usage("containers") == (1, 0, None, None)


def test_devices(site: Site) -> None:
    """Devices have no folder: what they take is unknown, and that is no fault."""
    (site.path / "image/overlay2").rename(site.path / "image/devicemapper")
    metadata = site.path / "devicemapper/metadata"
    metadata.mkdir(parents=True)
    for folder in [*(site.path / "overlay2").iterdir(), site.path / "overlay2" / ("f" * 64)]:
        if folder.name != "l":
            (metadata / folder.name).write_text('{"device_id":1,"size":1,"transaction_id":1}')
    shutil.rmtree(site.path / "overlay2")
    config = site.container.directory / "config.v2.json"
    config.write_bytes(config.read_bytes().replace(b'"overlay2"', b'"devicemapper"'))
    site.sync()
    assert {rule for rule, _, _ in site.problems()} == {"G1"}
    assert site.usage("orphans") == (1, 0, None, None)

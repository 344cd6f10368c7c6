"""Docker roots whose engine uses the containerd image store, written for a test."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from indexer.docker.encodings.digests import chain_ids
from tests.cli.commands import dockidx
from tests.rootbuilder import RootBuilder
from tests.rootbuilder.containerd import ContainerdBuilder
from tests.rootbuilder.files import make_directory

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands import Outcome

Row = dict[str, Any]


class Host:
    """A folder with a Docker root in `docker/` and a containerd root in `containerd/`."""

    def __init__(self, top: Path, name: str = "web-1", *, graph_driver: bool = False) -> None:
        self.name = name
        self.docker = RootBuilder(top / "docker", driver="overlay2")
        if not graph_driver:
            for folder in ("image", "overlay2"):
                shutil.rmtree(self.docker.path / folder)
        self.containerd = ContainerdBuilder(top / "containerd")
        self.index = top / "index.db"
        make_directory(self.docker.path / "volumes")

    def container(self, name: str, target: str, created: str, **fields: object) -> str:
        """Add a container of the manifest `target` with its snapshots and its lease; its ID."""
        container_id = self.docker.new_id("container", name)
        chain_id = self.top_chain(target)
        store = self.containerd
        store.snapshot(f"{container_id}-init", chain_id)
        store.snapshot(container_id, f"{container_id}-init", "active")
        store.lease(container_id, snapshots=[container_id, f"{container_id}-init"])
        document = {
            "ID": container_id,
            "Name": f"/{name}",
            "Created": created,
            "Driver": store.snapshotter,
            "Image": target,
            "ImageManifest": {"digest": target},
            "Config": {"Image": target},
            "State": {},
            **fields,
        }
        folder = make_directory(self.docker.path / "containers" / container_id, 0o710)
        (folder / "config.v2.json").write_text(json.dumps(document))
        (folder / "hostconfig.json").write_text("{}")
        return container_id

    def top_chain(self, target: str) -> str:
        """The chain ID of the top layer of the manifest `target`."""
        config = json.loads(self.containerd.files[self.containerd.config_of(target)])
        return chain_ids(tuple(config["rootfs"]["diff_ids"]))[-1]

    def sync(self, *options: str) -> Outcome:
        """Write what is not written yet, and sync."""
        self.containerd.write()
        return self.sync_as_it_is(*options)

    def sync_as_it_is(self, *options: str) -> Outcome:
        """Sync what is on the disk."""
        return dockidx(
            "sync", "--root", self.docker.path, "--db", self.index, "--host", self.name, *options
        )

    def query(self, name: str, **parameters: str) -> list[Row]:
        """The rows of a canned query."""
        words = [word for key, value in parameters.items() for word in ("-p", f"{key}={value}")]
        done = dockidx("query", name, *words, "--db", self.index, "--format", "json")
        assert done.code == 0, done.err
        rows: list[Row] = json.loads(done.out)
        return rows

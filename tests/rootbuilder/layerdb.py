"""`layerdb` and the driver directories it names (moby `layer/{filestore,layer_store}.go`)."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

from tests.rootbuilder.files import make_directory, write_file
from tests.rootbuilder.layers import chain_id, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.rootbuilder.drivers import Driver
    from tests.rootbuilder.files import Files
    from tests.rootbuilder.layers import LayerSpec


class Placed(NamedTuple):
    """A layer in its place: the chain ID and the driver directory."""

    chain_id: str
    cache_id: str


class LayerDb:
    """The layers and mounts of one image store. `new_id` makes 64 hex digits from any words."""

    def __init__(self, path: Path, driver: Driver, new_id: Callable[..., str]) -> None:
        self._path = make_directory(path, 0o700)
        self._driver = driver
        self._new_id = new_id
        self._transactions = 0

    def layer_path(self, chain: str) -> Path:
        """Give the directory of the layer with the chain ID `chain`."""
        return self._path / "sha256" / chain.removeprefix("sha256:")

    def mount_path(self, name: str) -> Path:
        """Give the directory of the mount `name`, a container ID."""
        return self._path / "mounts" / name

    def find(self, chain: str) -> Placed:
        """Give the layer `chain`. Raises `FileNotFoundError`."""
        return Placed(chain, (self.layer_path(chain) / "cache-id").read_text())

    def register(self, parent: Placed | None, spec: LayerSpec) -> Placed:
        """Put `spec` on top of `parent`; one that is there already is shared."""
        chain = chain_id(parent.chain_id if parent else None, spec.diff_id)
        target = self.layer_path(chain)
        if target.exists():
            return self.find(chain)
        cache_id = spec.cache_id or self._new_id("cache", chain)
        self._driver.create(cache_id, parent.cache_id if parent else None, spec.files)
        staged = self._stage()
        write_file(staged / "tar-split.json.gz", spec.tar_split)
        write_file(staged / "diff", spec.diff_id.encode())
        write_file(staged / "size", str(spec.size).encode())
        write_file(staged / "cache-id", cache_id.encode())
        if parent:
            write_file(staged / "parent", parent.chain_id.encode())
        make_directory(target.parent)
        os.rename(staged, target)
        return Placed(chain, cache_id)

    def mount(self, name: str, parent: Placed | None, files: Files, *, mounted: bool) -> str:
        """Make the init and the writable directory of container `name`; give the mount ID."""
        mount_id = self._new_id("mount", name)
        init_id = f"{mount_id}-init"
        self._driver.create(init_id, parent.cache_id if parent else None)
        self._driver.create(mount_id, init_id, files)
        if mounted:
            self._driver.mount(mount_id)
        directory = make_directory(self.mount_path(name))
        write_file(directory / "mount-id", mount_id.encode())
        write_file(directory / "init-id", init_id.encode())
        if parent:
            write_file(directory / "parent", parent.chain_id.encode())
        return mount_id

    def unmount(self, name: str) -> None:
        """Remove what `mount` made."""
        directory = self.mount_path(name)
        for id_file in ("mount-id", "init-id"):
            self._driver.remove((directory / id_file).read_text())
        shutil.rmtree(directory)

    def release(self, chains: Iterable[str], still_used: Iterable[str]) -> None:
        """Remove those of `chains`, top first, that no mount and none of `still_used` stands on."""
        held = self._held(still_used)
        for chain in chains:
            if chain not in held:
                self._remove(chain)

    def _stage(self) -> Path:
        self._transactions += 1
        return make_directory(self._path / "tmp" / f"write-set-{self._transactions}", 0o700)

    def _held(self, tops: Iterable[str]) -> set[str]:
        parents = (self._path / "mounts").glob("*/parent")
        held: set[str] = set()
        for top in (*tops, *(parent.read_text() for parent in parents)):
            chain = top
            while chain and chain not in held:
                held.add(chain)
                below = self.layer_path(chain) / "parent"
                chain = below.read_text() if below.exists() else ""
        return held

    def _remove(self, chain: str) -> None:
        directory = self.layer_path(chain)
        suffix = digest(chain.encode()).removeprefix("sha256:")
        removing = directory.with_name(f"{directory.name}-{suffix}-removing")
        os.rename(directory, removing)
        self._driver.remove((removing / "cache-id").read_text())
        shutil.rmtree(removing)

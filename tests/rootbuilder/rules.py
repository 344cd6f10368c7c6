"""What a valid root obeys, computed from its files alone: asserted on synthetic roots."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.rootbuilder.builder import RootBuilder


def digest(data: bytes) -> str:
    """Give the digest of `data`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer_files(root: RootBuilder) -> dict[str, dict[str, bytes]]:
    """Read every layer's small files by chain ID."""
    directories = (root.store / "layerdb/sha256").iterdir()
    return {
        f"sha256:{directory.name}": {file.name: file.read_bytes() for file in directory.iterdir()}
        for directory in directories
    }


def image_configs(root: RootBuilder) -> dict[str, dict[str, Any]]:
    """Read every image's config by its ID, which must be the digest of the bytes."""
    configs: dict[str, dict[str, Any]] = {}
    for path in (root.store / "imagedb/content/sha256").iterdir():
        data = path.read_bytes()
        assert path.name == hashlib.sha256(data).hexdigest()
        configs[f"sha256:{path.name}"] = json.loads(data)
    return configs


def chains_of(diff_ids: list[str]) -> list[str]:
    """Compute the chain IDs of `diff_ids`."""
    chains = diff_ids[:1]
    for diff_id in diff_ids[1:]:
        chains.append(digest(f"{chains[-1]} {diff_id}".encode()))
    return chains


def assert_layers_valid(root: RootBuilder) -> None:
    """Each layer is named by its chain ID, is complete, and has a tar-split stream in order."""
    layers = layer_files(root)
    for chain, files in layers.items():
        diff_id = files["diff"].decode()
        parent = files["parent"].decode() if "parent" in files else None
        assert chain == (digest(f"{parent} {diff_id}".encode()) if parent else diff_id)
        assert parent is None or parent in layers
        assert files["size"] == str(int(files["size"])).encode()
        assert root.driver.path(files["cache-id"].decode()).is_dir()
        entries = [json.loads(line) for line in gzip.decompress(files["tar-split.json.gz"]).split()]
        assert [entry["position"] for entry in entries] == list(range(len(entries)))
        assert sum(entry.get("size", 0) for entry in entries) == int(files["size"])
    caches = {files["cache-id"] for files in layers.values()}
    assert len(caches) == len(layers)
    assert not any((root.store / "layerdb/tmp").iterdir())


def assert_images_valid(root: RootBuilder) -> None:
    """Each image stands on layers that exist, and each layer serves an image."""
    layers = layer_files(root)
    used: set[str] = set()
    for config in image_configs(root).values():
        chains = chains_of(config["rootfs"]["diff_ids"])
        filled = [step for step in config["history"] if not step.get("empty_layer")]
        assert len(filled) == len(chains)
        used.update(chains)
    assert used == set(layers)


def assert_references_valid(root: RootBuilder) -> None:
    """The one line of `repositories.json` names images that exist under matching repositories."""
    data = (root.store / "repositories.json").read_bytes()
    assert b"\n" not in data
    images = image_configs(root)
    for repository, references in json.loads(data)["Repositories"].items():
        assert references
        for reference, image_id in references.items():
            assert reference.startswith((f"{repository}:", f"{repository}@sha256:"))
            assert image_id in images


def assert_stack_valid(root: RootBuilder, cache_id: str, parent: str | None) -> None:
    """A directory of a stacking driver has a short link, and its parent's links below it."""
    directory = root.driver.path(cache_id)
    link = (directory / "link").read_text()
    assert len(link) == 26
    assert os.readlink(directory.parent / "l" / link) == f"../{cache_id}/diff"
    assert (directory / "diff").is_dir()
    assert (directory / "work").exists() == (directory / "lower").exists() == (parent is not None)
    if parent:
        below = root.driver.path(parent)
        lower = [f"l/{(below / 'link').read_text()}"]
        lower += [(below / "lower").read_text()] if (below / "lower").exists() else []
        assert (directory / "lower").read_text() == ":".join(lower)
        assert (below / "committed").read_bytes() == b""


def assert_stacks_valid(root: RootBuilder) -> None:
    """Every layer, init and writable directory is stacked on its parent; none is left over."""
    layers = layer_files(root)
    caches = {chain: files["cache-id"].decode() for chain, files in layers.items()}
    parents = {
        caches[chain]: caches.get(files.get("parent", b"").decode())
        for chain, files in layers.items()
    }
    for mount in (root.store / "layerdb/mounts").iterdir():
        top = (mount / "parent").read_text() if (mount / "parent").exists() else ""
        parents[(mount / "init-id").read_text()] = caches.get(top)
        parents[(mount / "mount-id").read_text()] = (mount / "init-id").read_text()
    for cache_id, parent in parents.items():
        assert_stack_valid(root, cache_id, parent)
    home = root.path / root.driver_name
    assert {path.name for path in home.iterdir()} == {*parents, "l"}
    assert len(list((home / "l").iterdir())) == len(parents)

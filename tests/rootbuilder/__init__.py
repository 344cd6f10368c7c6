"""Writes synthetic but valid graph-driver Docker roots, for odd cases and for measurements.

    root = RootBuilder(tmp_path / "docker", driver="overlay2")
    base = root.image([b"base"], tag="base:1")
    web = root.image([b"web", layer({"srv/a": b"a"})], tag="web:1", base=base)
    root.container("web", web, running=True, mounts=[MountSpec("/data", name="data")])
    root.volume("data")

The same calls always write the same bytes.
"""

from tests.rootbuilder.builder import BuiltContainer, BuiltImage, RootBuilder
from tests.rootbuilder.containers import MountSpec
from tests.rootbuilder.layers import EMPTY_LAYER, LayerSpec, layer

__all__ = [
    "EMPTY_LAYER",
    "BuiltContainer",
    "BuiltImage",
    "LayerSpec",
    "MountSpec",
    "RootBuilder",
    "layer",
]

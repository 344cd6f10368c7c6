"""Images of every relation to others, and what an engine frees when sets of them are removed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tests.engine.harness import archives
from tests.engine.harness.dockerd import EngineError
from tests.engine.harness.fill_images import BASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.engine.harness.filling import Filling
    from tests.engine.harness.index_answers import Index, Row

_FORCED = ("image", "rm", "--force")
_PLAIN = ("image", "rm")
_DANGLING = "<id of dangling>"
_DIGEST = "<digest of pulled>"


class Removal(NamedTuple):
    """A set of images as it is asked about, and the command that removes it from an engine."""

    asked: tuple[str, ...]
    command: tuple[str, ...] = _PLAIN
    removed_as: tuple[str, ...] = ()


REMOVALS = {
    "one alone": Removal(("case/single:1",)),
    "one that shares layers": Removal(("case/sharing:1",)),
    "two that share layers with each other": Removal(("case/two-a:1", "case/two-b:1")),
    "a child": Removal(("case/child:1",)),
    "a parent whose child stays": Removal(("case/parent:1",)),
    "parent and child": Removal(("case/mother:1", "case/daughter:1")),
    "one with unnamed parents": Removal(("case/steps:1",)),
    "the first on an unnamed parent": Removal(("case/fork-a:1",)),
    "the last on an unnamed parent": Removal(("case/fork-b:1",)),
    "of a stopped container": Removal(("case/stopped:1",), _FORCED),
    "of a running container": Removal(("case/running:1",), _FORCED),
    "built by BuildKit": Removal(("case/buildkit:1",)),
    "a base of BuildKit": Removal(("case/buildkit-base:1",)),
    "one without steps on a base of BuildKit": Removal(("case/labelled:1",)),
    "by one of several tags": Removal(
        ("case/many:2",), removed_as=("case/many:1", "case/many:2", "other/many:1")
    ),
    "by all of several tags": Removal(("case/more:1", "case/more:2")),
    "one layer twice": Removal(("case/twins:1",)),
    "untagged": Removal((_DANGLING,)),
    "by digest": Removal((_DIGEST,)),
    "the base of many": Removal((BASE,), _FORCED),
}
"""Sets by what is special of them, in the order in which they are removed."""


class Freed(NamedTuple):
    """What `reclaim` foretold of a set, and what went: bytes of layers, and images."""

    foretold: Row
    freed_bytes: int
    images_before: set[str]
    images_after: set[str]


def remove_all(filling: Filling, index: Index) -> dict[str, Freed]:
    """Make the images and remove set after set, the last one being all that is left."""
    meant = _make(filling)
    freed = {case: _remove(filling, index, it, meant) for case, it in REMOVALS.items()}
    left = tuple(sorted(_images(filling)))
    freed["all that is left"] = _remove(filling, index, Removal(left, _FORCED), meant)
    return freed


def _remove(filling: Filling, index: Index, removal: Removal, meant: dict[str, str]) -> Freed:
    index.sync()
    asked = [meant.get(name, name) for name in removal.asked]
    (foretold,) = index.query("reclaim", images=" ".join(asked))
    before, images_before = layer_bytes(filling), _images(filling)
    _run(filling, removal.command, removal.removed_as or asked)
    return Freed(foretold, before - layer_bytes(filling), images_before, _images(filling))


def _run(filling: Filling, command: tuple[str, ...], names: Sequence[str]) -> None:
    """Remove images one after the other, children first where some are named by their IDs."""
    if not all(name.startswith("sha256:") for name in names):
        filling.docker(*command, *names)
        return
    waiting = set(names)
    while waiting:
        parents = {str(it["ParentId"]) for it in filling.engine.api.get("/images/json?all=1")}
        leaves = (waiting & _images(filling)) - parents
        if not leaves:
            return
        # The image of a running container is refused, and the others of the command still go.
        with suppress(EngineError):
            filling.docker(*command, *leaves)
        waiting -= leaves


def layer_bytes(filling: Filling) -> int:
    """Add up the sizes that the engine wrote down of all layers it has."""
    layers = filling.engine.data_root / "image" / filling.engine.driver / "layerdb" / "sha256"
    return sum(int(path.read_text()) for path in layers.glob("*/size"))


def _images(filling: Filling) -> set[str]:
    return {image["Id"] for image in filling.engine.api.get("/images/json?all=1")}


def _make(filling: Filling) -> dict[str, str]:
    filling.docker("import", "-", BASE, data=archives.base_layer())
    _load(filling)
    _build(filling)
    _build_with_buildkit(filling)
    filling.create("stopped", "case/stopped:1", "sleep", "1")
    filling.run("running", "case/running:1", "sleep", "100000")
    _copy(filling, "case/dangling:1", 1013)
    dangling = filling.keep_image("dangling", "case/dangling:1")
    _copy(filling, "case/dangling:1", 1019)
    return {_DANGLING: dangling, _DIGEST: _pulled_by_digest(filling)}


def _load(filling: Filling) -> None:
    shared, twin = _layer("shared", 70_001), _layer("twin", 5_003)
    stacks = {
        "single": [_layer("single", 50_021)],
        "sharing": [archives.base_layer(), _layer("sharing", 3_001)],
        "two-a": [shared, _layer("a", 1_009)],
        "two-b": [shared, _layer("b", 2_003)],
        "twins": [twin, _layer("between", 9), twin],
        "buildkit-base": [archives.base_layer(), _layer("base", 60_013)],
        "bare": [_layer("bare", 40_009)],
    }
    for case, layers in stacks.items():
        filling.load(case, f"case/{case}:1", archives.config(layers), layers)


def _build(filling: Filling) -> None:
    _copy(filling, "case/parent:1", 30_011)
    _copy(filling, "case/child:1", 40_013, base="case/parent:1")
    _copy(filling, "case/staying-child:1", 40_031, base="case/parent:1")
    _copy(filling, "case/mother:1", 20_011)
    _copy(filling, "case/daughter:1", 10_007, base="case/mother:1")
    steps = "COPY content /one\nRUN echo two > /two\nLABEL three=3\nCOPY content /four\n"
    filling.build("case/steps:1", f"FROM {BASE}\n{steps}", files={"content": bytes(11_003)})
    files = {"common": bytes(15_013), "a": bytes(101), "b": bytes(103)}
    for name in ("a", "b"):
        dockerfile = f"FROM {BASE}\nCOPY common /common\nCOPY {name} /{name}\n"
        filling.build(f"case/fork-{name}:1", dockerfile, files=files)
    _copy(filling, "case/stopped:1", 17_011)
    _copy(filling, "case/running:1", 17_021)
    _copy(filling, "case/many:1", 19_013)
    for tag in ("case/many:2", "other/many:1"):
        filling.docker("tag", "case/many:1", tag)
    _copy(filling, "case/more:1", 19_031)
    filling.docker("tag", "case/more:1", "case/more:2")


def _build_with_buildkit(filling: Filling) -> None:
    files = {"content": bytes(18_013)}
    steps = "COPY content /content\nRUN echo built > /built\n"
    filling.build("case/buildkit:1", f"FROM {BASE}\n{steps}", files=files, buildkit=True)
    on_it = "FROM case/buildkit-base:1\nRUN echo on > /on\n"
    filling.build("case/on-buildkit-base:1", on_it, buildkit=True)
    filling.build("case/labelled:1", "FROM case/bare:1\nLABEL only=this\n", buildkit=True)
    filling.docker("image", "rm", "case/bare:1", "case/on-buildkit-base:1")


def _pulled_by_digest(filling: Filling) -> str:
    tag = filling.remote("team/pulled:1")
    _copy(filling, tag, 23_003)
    reference = filling.remote(f"team/pulled@{filling.push(tag)}")
    filling.docker("image", "rm", tag)
    filling.docker("pull", reference)
    return reference


def _copy(filling: Filling, tag: str, size: int, base: str = BASE) -> None:
    """Build an image with one more layer, of that size, with the classic builder."""
    filling.build(tag, f"FROM {base}\nCOPY content /{size}\n", files={"content": bytes(size)})


def _layer(name: str, size: int) -> bytes:
    return archives.layer({name: bytes(size)})

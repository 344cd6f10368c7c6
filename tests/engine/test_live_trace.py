"""What an engine prints and shows while it is used, traced on its running root."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.engine.harness import archives
from tests.engine.harness.comparison import chain_ids
from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.fill_images import BASE
from tests.engine.harness.filling import Filling
from tests.engine.harness.index_answers import Index
from tests.engine.harness.registry import Registry
from tests.requirements import need
from tests.trace.traced_root import Thing, trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.harness.answers import Record

PRINTED = re.compile(r"([0-9a-f]{12}): (Pull complete|Already exists)")
STEPS = "RUN echo first > /first\nRUN echo second > /second\n"


class Pulled(NamedTuple):
    """An image that was pulled: what the pull printed, and what the engine says of it."""

    printed: dict[str, str]
    image: Record
    container: Record
    build_cache: list[Record]
    index: Path

    def one(self, wanted: str, kind: str) -> Thing:
        """The one thing that goes by `wanted`; it has to be of this kind."""
        found = trace(self.index, wanted)
        assert [thing["kind"] for thing in found] == [kind], wanted
        return found[0]


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulled]:
    """Pull an image whose base is there already, run it, and build on it with BuildKit."""
    missing = availability()
    need(missing is None, missing or "")
    folder = tmp_path_factory.mktemp("pulled")
    try:
        with Registry(folder / "registry") as registry, Engine(folder, "overlay2") as engine:
            yield _pull(Filling(engine, registry, folder / "filling"), folder / "index.db")
    finally:
        shutil.rmtree(folder)


def _pull(filling: Filling, index: Path) -> Pulled:
    filling.docker("import", "-", BASE, data=archives.base_layer())
    tag = filling.remote("team/pulled:1")
    filling.build(tag, f"FROM {BASE}\n{STEPS}")
    filling.push(tag)
    filling.docker("image", "rm", tag)
    printed = dict(PRINTED.findall(filling.docker("pull", tag)))
    filling.run("user", "--volume", "kept:/kept", tag, "sleep", "100000")
    filling.build("case/on-it:1", f"FROM {tag}\nRUN echo third > /third\n", buildkit=True)
    get = filling.engine.api.get
    image, container = get(f"/images/{tag}/json"), get("/containers/user/json")
    build_cache = get("/system/df")["BuildCache"]
    Index(index, filling.engine.data_root).sync()
    return Pulled(printed, image, container, build_cache, index)


def test_every_printed_digest_is_a_layer_of_the_image(pulled: Pulled) -> None:
    """The short digests that the pull printed lead to the image's layers, in their order."""
    found = [pulled.one(digest, "layer") for digest in pulled.printed]
    diff_ids = pulled.image["RootFS"]["Layers"]

    assert list(pulled.printed.values()).count("Pull complete") == 2
    assert len(found) == len(diff_ids) == 3
    assert {thing["diff_id"] for thing in found} == set(diff_ids)
    assert {thing["chain_id"] for thing in found} == set(chain_ids(diff_ids))
    for digest, thing in zip(pulled.printed, found, strict=True):
        assert any(blob["blob_digest"][7:19] == digest for blob in thing["blobs"])
        assert pulled.image["Id"] in [image["image_id"] for image in thing["images"]]
        assert pulled.container["Id"] in [it["container_id"] for it in thing["containers"]]


def test_every_directory_that_the_engine_shows(pulled: Pulled) -> None:
    """A file in a directory of the image leads to its layer, one of the container to that."""
    data = pulled.image["GraphDriver"]["Data"]
    paths = [data["UpperDir"], *data["LowerDir"].split(":")]
    for path, chain_id in zip(
        reversed(paths), chain_ids(pulled.image["RootFS"]["Layers"]), strict=True
    ):
        file = next(it for it in Path(path).rglob("*") if it.is_file())
        thing = pulled.one(str(file), "layer")
        assert (thing["id"], thing["path"]) == (chain_id, path)
        assert thing["inner_path"] == str(file).removeprefix(path)
    upper = pulled.container["GraphDriver"]["Data"]["UpperDir"]
    thing = pulled.one(f"{upper}/written", "directory")
    assert (thing["path"], thing["inner_path"]) == (upper, "/written")
    assert [it["name"] for it in thing["containers"]] == ["user"]


def test_short_links_of_a_running_container(pulled: Pulled) -> None:
    """The short links in the options of the container's mount lead to its layers."""
    upper = Path(pulled.container["GraphDriver"]["Data"]["UpperDir"])
    init, *links = (upper.parent / "lower").read_text().split(":")
    chains = chain_ids(pulled.image["RootFS"]["Layers"])

    assert [pulled.one(link, "layer")["id"] for link in links] == list(reversed(chains))
    assert pulled.one(init, "directory")["owner_kind"] == "container-init"


def test_names_on_the_command_line(pulled: Pulled) -> None:
    """Tag, digest, container and volume are found by what docker shows of them."""
    for name in (*pulled.image["RepoTags"], *pulled.image["RepoDigests"]):
        assert pulled.one(name, "image")["id"] == pulled.image["Id"]
    for name in ("user", pulled.container["Id"][:12]):
        assert pulled.one(name, "container")["id"] == pulled.container["Id"]
    assert [it["name"] for it in pulled.one("kept", "volume")["containers"]] == ["user"]


def test_the_build_cache_as_docker_prints_it(pulled: Pulled) -> None:
    """Twelve characters, as `docker system df --verbose` shows them, are enough."""
    assert len(pulled.build_cache) >= 3
    for record in pulled.build_cache:
        thing = pulled.one(record["ID"][:12], "build-cache")
        assert (thing["id"], thing["description"]) == (record["ID"], record["Description"])
        assert Path(thing["path"]).is_dir()

"""Beginnings of IDs and of names: which are enough for a query, and for `dockidx trace`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from indexer.queries.catalogue import catalogue
from tests.cli.commands import dockidx, sync
from tests.rootbuilder import BuiltImage, RootBuilder
from tests.rootbuilder.containers import MountSpec

if TYPE_CHECKING:
    from pathlib import Path

ANONYMOUS = "5dc3a8342e3c" + 52 * "0"
ABOUT_IMAGES = [
    query.name
    for query in catalogue().values()
    if "image" in {parameter.name for parameter in query.parameters}
]


class Made(NamedTuple):
    """An index that is only read, and the images in it."""

    index: Path
    base: BuiltImage
    app: BuiltImage


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two images, and containers with mounts of all kinds."""
    folder = tmp_path_factory.mktemp("beginnings")
    root = RootBuilder(folder / "docker")
    base = root.image([b"base"], tag="base:1")
    app = root.image([b"app"], tag="app:1", base=base)
    for name in ("data", ANONYMOUS):
        root.volume(name)
    mounts = (
        MountSpec("/data", name="data"),
        MountSpec("/cache", name=ANONYMOUS),
        MountSpec("/conf", source="/lab/conf", type="bind"),
        MountSpec("/run", type="tmpfs"),
    )
    root.container("web", app, mounts=mounts)
    root.container("host", base, mounts=(MountSpec("/host", source="/", type="bind"),))
    sync(root.path, folder / "index.db")
    return Made(folder / "index.db", base, app)


def rows(made: Made, name: str, parameter: str) -> list[dict[str, Any]]:
    """The rows of a canned query."""
    done = dockidx("query", name, "-p", parameter, "--db", made.index, "--format", "json")
    assert (done.code, done.err) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def refused(made: Made, name: str, parameter: str) -> str:
    """What a query says that takes a value for a name that it cannot understand."""
    done = dockidx("query", name, "-p", parameter, "--db", made.index)
    assert (done.code, done.out) == (1, "")
    return done.err


def mounted(made: Made, source: str) -> set[str]:
    """Where containers have what `mount-users` finds."""
    return {row["destination"] for row in rows(made, "mount-users", f"source={source}")}


def test_slashes_at_the_end_of_a_path(made: Made) -> None:
    """They make no difference; the root of the host is all that lies on the host."""
    for source in ("/lab", "/lab/", "/lab/conf", "/lab/conf//"):
        assert mounted(made, source) == {"/conf"}, source
    assert mounted(made, "/") == mounted(made, "//") == {"/conf", "/data", "/cache", "/host"}
    assert mounted(made, "") == {"/conf", "/data", "/cache", "/host", "/run"}
    assert mounted(made, "/la") == mounted(made, "/la/") == set()


@pytest.mark.parametrize("digits", [4, 12, 63, 64])
def test_a_volume_without_a_name_of_its_own(made: Made, digits: int) -> None:
    """The digits that tables show lead to it; less than four do not, nor those of a name."""
    asked = ANONYMOUS[:digits]
    assert mounted(made, asked) == {"/cache"}
    done = dockidx("trace", asked, "--db", made.index, "--format", "json")
    assert [(it["kind"], it["id"]) for it in json.loads(done.out)] == [("volume", ANONYMOUS)]
    for unknown in (ANONYMOUS[:3], "dat"):
        assert refused(made, "mount-users", f"source={unknown}").startswith("Error: Nothing in")
    assert dockidx("trace", "dat", "--db", made.index).code == 1


@pytest.mark.parametrize("name", ABOUT_IMAGES)
@pytest.mark.parametrize("asked", ["s", "sha2", "sha256", "sha256:", "sha256:{0}", "{0}"])
def test_less_than_four_digits_of_an_image(made: Made, name: str, asked: str) -> None:
    """An algorithm without digits, or with too few, is no image's, and is refused."""
    given = asked.format(made.app.image_id[7:10])
    assert f"goes by image='{given}'" in refused(made, name, f"image={given}")


@pytest.mark.parametrize("name", ["hosts-with-image", "image-layers", "image-history"])
def test_four_digits_of_an_image(made: Made, name: str) -> None:
    """Four are enough, with or without the algorithm."""
    for asked in (made.app.image_id[:11], made.app.image_id[7:11], made.app.image_id):
        found = rows(made, name, f"image={asked}")
        assert {row["image_id"] for row in found} == {made.app.image_id}


@pytest.mark.parametrize(
    "asked",
    [
        "{0}",
        "{0:.11}",
        "app:1",
        "docker.io/library/app:1",
        " ,{0:.11},  {0:.19}, ",
    ],
)
def test_an_image_to_reclaim(made: Made, asked: str) -> None:
    """It goes by all that other queries take."""
    (row,) = rows(made, "reclaim", f"images={asked.format(made.app.image_id)}")
    assert row["images"] == 1


def test_several_images_to_reclaim(made: Made) -> None:
    """Each word is taken by itself."""
    asked = f"{made.app.image_id[7:11]},base:1"
    assert [row["images"] for row in rows(made, "reclaim", f"images={asked}")] == [2]


@pytest.mark.parametrize("asked", ["", " , "])
def test_no_image_to_reclaim(made: Made, asked: str) -> None:
    """Without a name nothing is freed."""
    assert rows(made, "reclaim", f"images={asked}") == []


@pytest.mark.parametrize("asked", ["sha256:", "{0:.10}", "ap", "app", "nothing", "app:1 nothing"])
def test_an_unknown_image_to_reclaim(made: Made, asked: str) -> None:
    """One word that is no image's is an error: the bytes would be those of another set."""
    given = asked.format(made.app.image_id)
    assert "Nothing in the index goes by" in refused(made, "reclaim", f"images={given}")

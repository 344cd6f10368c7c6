"""Whether a path is a Docker root, an old one, one that contains others, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.docker.root.layout import LayoutError, look_at, read_engine_id, sub_roots
from tests.readers.reading import found, opened, plant, write
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.root.layout import Layout


def layout(path: Path) -> Layout:
    """The layout of the root at `path`."""
    with opened(path) as root:
        return look_at(root, str(path))


def refusal(path: Path) -> str:
    """The reason why `path` is not read."""
    with pytest.raises(LayoutError) as caught:
        layout(path)
    return str(caught.value)


def test_stores_of_several_drivers(tmp_path: Path) -> None:
    """Each driver with an image store is listed, whatever else lies under `image`."""
    RootBuilder(tmp_path, "vfs")
    RootBuilder(tmp_path, "overlay2")
    write(tmp_path / "image/identity-cache.db")
    (tmp_path / "image/zfs").mkdir()
    (tmp_path / "image/unheard-of/layerdb").mkdir(parents=True)
    assert layout(tmp_path).drivers == ("overlay2", "vfs")
    assert layout(tmp_path).findings == ()


@pytest.mark.parametrize("part", ["imagedb/", "layerdb/", "repositories.json"])
def test_any_part_makes_a_store(tmp_path: Path, part: str) -> None:
    """A copied root may have only some parts of its store."""
    write(tmp_path / "image/overlay2" / (part + "x" * part.endswith("/")))
    assert layout(tmp_path).drivers == ("overlay2",)


@pytest.mark.parametrize("beside", ["volumes", "network", "buildkit", "image", "plugins", "swarm"])
def test_a_root_without_a_graph_driver(tmp_path: Path, beside: str) -> None:
    """A folder with containers and any other part of a root is a root."""
    (tmp_path / "containers").mkdir()
    refusal(tmp_path)
    (tmp_path / beside).mkdir()
    assert layout(tmp_path).drivers == ()


def test_an_engine_id_alone(tmp_path: Path) -> None:
    """A root with only an engine ID is a root: an engine that was started once leaves no more."""
    write(tmp_path / "engine-id", "id")
    assert layout(tmp_path).drivers == ()


@pytest.mark.parametrize("names", [(), ("containers",), ("image",), ("overlay2", "tmp")])
def test_what_is_no_root(tmp_path: Path, names: tuple[str, ...]) -> None:
    """The reason says what was looked for."""
    for name in names:
        (tmp_path / name).mkdir()
    assert refusal(tmp_path).startswith(f"{tmp_path} is not a Docker root: looked for image/")


def test_a_root_from_before_1_10(tmp_path: Path) -> None:
    """The old layout is named; after its migration the root is like any other."""
    (tmp_path / "graph").mkdir()
    write(tmp_path / "repositories-aufs")
    (tmp_path / "containers").mkdir()
    (tmp_path / "volumes").mkdir()
    assert "layout of Docker before 1.10" in refusal(tmp_path)
    (tmp_path / "image/aufs/imagedb").mkdir(parents=True)
    assert layout(tmp_path).drivers == ("aufs",)


@pytest.mark.parametrize("part", ["image", "image/overlay2"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_something_else_in_place_of_a_store(tmp_path: Path, part: str, kind: str) -> None:
    """It is a root, and that its images are not looked into is a finding.

    Which driver has images is known all the same where only its own folder is no good.
    """
    plant(tmp_path / part, kind)
    assert found(layout(tmp_path).findings) == [("S1", None, part)]
    assert layout(tmp_path).drivers == (() if part == "image" else ("overlay2",))


def test_roots_of_user_namespaces(tmp_path: Path) -> None:
    """Roots below a root are named by user and group; not all folders of such a name are roots."""
    RootBuilder(tmp_path / "100000.100000")
    RootBuilder(tmp_path / "5.6.7")
    write(tmp_path / "231072.231072/engine-id", "id")
    write(tmp_path / "1.1/readme")
    write(tmp_path / "2.2")
    (tmp_path / "3.3").symlink_to("100000.100000")
    with opened(tmp_path) as root:
        assert sub_roots(root) == ("100000.100000", "231072.231072")


@pytest.mark.parametrize(
    ("data", "engine_id"),
    [("a-b-c", "a-b-c"), (" a-b\n", "a-b"), ("", None), (b"a\xff\x00", "a\ufffd\ufffd")],
)
def test_the_engines_id(tmp_path: Path, data: str | bytes, engine_id: str | None) -> None:
    """Any text is an ID, as the engine never checks it."""
    write(tmp_path / "engine-id", data)
    with opened(tmp_path) as root:
        assert read_engine_id(root) == (engine_id, ())


def test_no_engine_id(tmp_path: Path) -> None:
    """Engines before 23.0 wrote none."""
    with opened(tmp_path) as root:
        assert read_engine_id(root) == (None, ())


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "long"])
def test_an_engine_id_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    """It is unknown, and that is a finding."""
    if kind == "long":
        write(tmp_path / "engine-id", "x" * 5000)
    else:
        plant(tmp_path / "engine-id", kind)
    with opened(tmp_path) as root:
        engine_id, findings = read_engine_id(root)
    assert engine_id is None
    assert found(findings) == [("U2" if kind == "long" else "S1", None, "engine-id")]

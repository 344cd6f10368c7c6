"""Who may change what an engine trusts: owners and modes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from indexer.docker.root.permissions import check_ownership, check_tree
from tests.readers.reading import found, opened
from tests.requirements import need
from tests.rootbuilder import RootBuilder

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.rules.finding import Finding


@pytest.fixture
def root(tmp_path: Path) -> RootBuilder:
    """A root with an image and a container."""
    built = RootBuilder(tmp_path / "docker")
    built.container("web", built.image([b"base"], tag="base:1"))
    return built


def checked(root: RootBuilder) -> tuple[Finding, ...]:
    """The findings on the root."""
    with opened(root.path) as folder:
        return check_ownership(folder, ("overlay2",))


def test_what_the_engine_makes(root: RootBuilder) -> None:
    """Its own modes are no finding."""
    assert checked(root) == ()


@pytest.mark.parametrize("place", ["image", "image/overlay2/repositories.json", "containers"])
@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_what_others_may_write(root: RootBuilder, place: str, mode: int) -> None:
    """Whether it is the group or everyone, it is named."""
    (root.path / place).chmod(mode)
    assert found(checked(root)) == [("S1", None, place)]


def test_a_container_that_others_may_write(root: RootBuilder) -> None:
    """Each of a container's two files is looked at."""
    (config,) = root.path.glob("containers/*/hostconfig.json")
    config.chmod(0o666)
    container = config.parent.name
    assert found(checked(root)) == [("S1", container, f"containers/{container}/hostconfig.json")]


def test_a_file_of_another_user(root: RootBuilder) -> None:
    """Only the owner of the root and the superuser are trusted, and who root is in containers."""
    need(os.geteuid() == 0, "Only root can give files to another user.")
    names = root.path / "image/overlay2/repositories.json"
    os.chown(names, 4242, -1)
    assert found(checked(root)) == [("S1", None, "image/overlay2/repositories.json")]

    os.chown(root.path, -1, 4242)
    assert checked(root) == ()


def test_every_file_below_image(root: RootBuilder) -> None:
    """The thorough look finds what lies in the folders too, and follows no link."""
    (config,) = root.path.glob("image/overlay2/imagedb/content/sha256/*")
    config.chmod(0o602)
    (config.parent / "link").symlink_to("/")
    with opened(root.path) as folder:
        places = found(check_tree(folder))
    assert places == [("S1", None, str(config.relative_to(root.path)))]

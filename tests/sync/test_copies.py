"""Bad copies of roots, and roots of old engines: one cause gives at most one finding."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.rootbuilder import RootBuilder
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path

FOUND = "SELECT rule, severity, path, message FROM problems WHERE severity <> 'info'"


@pytest.fixture
def root(tmp_path: Path) -> RootBuilder:
    """A root with an image of 12 layers and 6 containers."""
    built = RootBuilder(tmp_path / "docker")
    image = built.image([f"layer {number}".encode() for number in range(12)], tag="app:1")
    for number in range(6):
        built.container(f"web-{number}", image)
    return built


def found(root: RootBuilder) -> list[tuple[str, ...]]:
    """Rule, severity, path and message of the problems worse than *info* in a new index."""
    index = root.path.parent / "index.db"
    index.unlink(missing_ok=True)
    sync_roots(index, root.path)
    return select(index, FOUND)


def test_a_copy_without_links(root: RootBuilder) -> None:
    """One finding counts the links that are missing."""
    assert found(root) == []
    links = list((root.path / "overlay2/l").iterdir())
    for link in links:
        link.unlink()
    ((rule, severity, path, message),) = found(root)
    assert (rule, severity, path) == ("G3", "error", "overlay2/l")
    assert message.startswith(f"It lacks {len(links)} links that directories name, such as ")


def test_a_copy_whose_links_were_followed(root: RootBuilder) -> None:
    """One finding counts what replaced the links, and no other one says that they are missing."""
    for link in (root.path / "overlay2/l").iterdir():
        link.unlink()
        link.mkdir()
    ((rule, severity, path, message),) = found(root)
    assert (rule, severity, path) == ("G3", "error", "overlay2/l")
    assert "entries that are no symbolic links" in message


def test_one_link_of_many(root: RootBuilder) -> None:
    """If one link is missing, the finding names it."""
    link = min((root.path / "overlay2/l").iterdir())
    link.unlink()
    ((rule, _, path, message),) = found(root)
    assert (rule, path) == ("G3", f"overlay2/l/{link.name}")
    assert message.startswith("It is missing, not to ")


def test_a_copy_without_modes(root: RootBuilder) -> None:
    """If others can write everything, that is one finding with a count."""
    for folder, folders, files in os.walk(root.path):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.chmod(path, 0o777)
    ((rule, severity, path, message),) = found(root)
    assert (rule, severity, path) == ("S1", "error", ".")
    # These are two files of each of the six containers, and the folders of the store.
    assert int(message.split()[0]) > 12


def test_one_file_of_others(root: RootBuilder) -> None:
    """If others can write one file, the finding names it."""
    path = min((root.path / "containers").iterdir()) / "config.v2.json"
    path.chmod(0o666)
    ((rule, _, named, _),) = found(root)
    assert (rule, named) == ("S1", str(path.relative_to(root.path)))


def test_mount_points_of_old_engines(root: RootBuilder) -> None:
    """Docker 1.12 to 17.11 creates `merged` in each directory that has a parent."""
    for lower in (root.path / "overlay2").glob("*/lower"):
        merged = lower.parent / "merged"
        merged.mkdir()
        made = lower.stat().st_mtime_ns
        os.utime(merged, ns=(made, made))
    assert found(root) == []
    left = min((root.path / "overlay2").glob("*-init")) / "merged"
    os.utime(left, (2**31, 2**31))
    ((rule, _, path, _),) = found(root)
    assert (rule, path) == ("G8", str(left.relative_to(root.path)))


def test_a_log_that_is_nowhere(root: RootBuilder) -> None:
    """Users who want no log make it a link to /dev/null, which the engine follows."""
    log = min((root.path / "containers").glob("*/*-json.log"))
    log.unlink()
    log.symlink_to("/dev/null")
    assert found(root) == []
    log.unlink()
    log.symlink_to("/etc/passwd")
    ((rule, _, _, _),) = found(root)
    assert rule == "S1"


@pytest.mark.parametrize("is_named", [True, False])
def test_a_damaged_layer(root: RootBuilder, is_named: bool) -> None:
    """The engine drops its images too. If it has none, it blocks every pull of the layer."""
    image = root.image([b"other"], tag="other:1")
    folder = root.store / "layerdb/sha256" / image.chain_ids[0].removeprefix("sha256:")
    if not is_named:
        kept = shutil.copytree(folder, folder.parent.parent / "kept")
        root.remove_image(image)
        shutil.rmtree(folder, ignore_errors=True)
        kept.rename(folder)
    (folder / "size").unlink()
    (message,) = (text for rule, _, _, text in found(root) if rule == "L2")
    in_the_way = "every pull, load or build of it fails with 'file exists' until this folder is"
    assert (in_the_way in message) is not is_named
    assert ("the engine drops this layer and every image on it" in message) is is_named

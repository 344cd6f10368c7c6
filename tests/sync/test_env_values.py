"""The index has values of environment variables only after `--env-values`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.rootbuilder import RootBuilder
from tests.rootbuilder.files import replace_file
from tests.sync.index_files import disk_contents, select, sync_roots
from tests.sync.operations import SETTLE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2-hunter2"
IMAGE = "SELECT name, value FROM image_env WHERE name <> 'PATH' ORDER BY name"
CONTAINER = "SELECT name, value FROM container_env WHERE name <> 'PATH' ORDER BY name"
MASKED = [("EMPTY", None), ("NAKED", None), ("TOKEN", None)]
KEPT = [("EMPTY", ""), ("NAKED", None), ("TOKEN", SECRET)]
HISTORY = {"history": [{"created_by": "COPY base"}, {"created_by": "ENV", "empty_layer": True}]}
VARIABLES = [f"TOKEN={SECRET}", "EMPTY=", "NAKED"]


@pytest.fixture
def root(tmp_path: Path) -> RootBuilder:
    """An unchanging root whose image and container have a secret."""
    built = RootBuilder(tmp_path / "docker")
    image = built.image([b"base"], env=VARIABLES, fields=HISTORY)
    container = built.container("web", image)
    path = container.directory / "config.v2.json"
    variables = ",".join(f'"{variable}"' for variable in VARIABLES)
    replace_file(path, path.read_bytes().replace(b'"Env":[', f'"Env":[{variables},'.encode()))
    time.sleep(SETTLE_SECONDS)
    return built


def holds_the_secret(index: Path) -> bool:
    """Whether the value is anywhere in the index file or in the files beside it."""
    files = index.parent.glob(f"{index.name}*")
    return any(SECRET.encode() in path.read_bytes() for path in files)


def test_values_are_masked(root: RootBuilder, tmp_path: Path) -> None:
    """The index has only the names. The secret is nowhere in the file."""
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    assert not holds_the_secret(index)
    assert select(index, IMAGE) == select(index, CONTAINER) == MASKED
    assert select(index, "SELECT env_values FROM roots") == [(0,)]


def test_values_are_kept_when_asked(root: RootBuilder, tmp_path: Path) -> None:
    """A name without a value has none, and an empty value stays empty."""
    index = tmp_path / "index.db"
    sync_roots(index, root.path, env_values=True)
    assert select(index, IMAGE) == select(index, CONTAINER) == KEPT
    assert select(index, "SELECT env_values FROM roots") == [(1,)]


def test_each_sync_decides_anew(root: RootBuilder, tmp_path: Path) -> None:
    """The values appear, stay and disappear by the option of each sync of the same disk."""
    index = tmp_path / "index.db"
    for env_values in (False, True, True, False, False, True):
        sync_roots(index, root.path, env_values=env_values)
        expected = KEPT if env_values else MASKED
        assert select(index, IMAGE) == select(index, CONTAINER) == expected
    assert select(index, "SELECT * FROM changes") == []
    flags = select(index, "SELECT env_values FROM syncs ORDER BY started_at")
    assert flags == [(0,), (1,), (1,), (0,), (0,), (1,)]


@pytest.mark.parametrize("env_values", [False, True])
def test_the_last_image_goes_as_values_are_asked_for(tmp_path: Path, env_values: bool) -> None:
    """An image that has to be read again for its values is found to be removed."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"base"], tag="app:1", env=VARIABLES)
    time.sleep(SETTLE_SECONDS)
    index = tmp_path / "index.db"
    sync_roots(index, root.path, env_values=not env_values)
    root.remove_image(image)
    sync_roots(index, root.path, env_values=env_values)
    sync_roots(tmp_path / "new.db", root.path, env_values=env_values)
    assert disk_contents(index) == disk_contents(tmp_path / "new.db")


def test_values_go_with_the_last_root_that_was_synced_with_them(tmp_path: Path) -> None:
    """Another root that has the image, but was synced without values, does not preserve them."""
    one, other = (RootBuilder(tmp_path / name / "docker", seed="same") for name in ("one", "other"))
    image = one.image([b"base"], tag="app:1", env=VARIABLES, fields=HISTORY)
    same = other.image([b"base"], tag="app:1", env=VARIABLES, fields=HISTORY)
    assert same.image_id == image.image_id
    other.image([b"other"], tag="other:1")
    time.sleep(SETTLE_SECONDS)
    index = tmp_path / "index.db"
    sync_roots(index, one.path)
    sync_roots(index, other.path, env_values=True)
    sync_roots(index, one.path)
    other.remove_image(image)
    sync_roots(index, other.path, env_values=True)
    assert select(index, IMAGE) == MASKED
    assert not holds_the_secret(index)

"""Nothing found is lost: whatever file is broken, it is named and all else is indexed."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.commands import dockidx, sync
from tests.examples import examples
from tests.readers.encodings.bolt_writer import bolt_file
from tests.readers.host.fake_system import unprivileged
from tests.readers.reading import plant
from tests.rootbuilder import MountSpec, RootBuilder
from tests.rootbuilder.files import go_json
from tests.sync.index_files import assert_sound, contents, select

STORE = "image/overlay2"

FILES = {
    "repositories.json": f"{STORE}/repositories.json",
    "config": f"{STORE}/imagedb/content/sha256/*",
    "parent of an image": f"{STORE}/imagedb/metadata/sha256/*/parent",
    "lastUpdated": f"{STORE}/imagedb/metadata/sha256/*/lastUpdated",
    "diff": f"{STORE}/layerdb/sha256/*/diff",
    "size": f"{STORE}/layerdb/sha256/*/size",
    "cache-id": f"{STORE}/layerdb/sha256/*/cache-id",
    "parent of a layer": f"{STORE}/layerdb/sha256/*/parent",
    "mount-id": f"{STORE}/layerdb/mounts/*/mount-id",
    "init-id": f"{STORE}/layerdb/mounts/*/init-id",
    "parent of a mount": f"{STORE}/layerdb/mounts/*/parent",
    "diffid-by-digest": f"{STORE}/distribution/diffid-by-digest/sha256/*",
    "v2metadata-by-diffid": f"{STORE}/distribution/v2metadata-by-diffid/sha256/*",
    "config.v2.json": "containers/*/config.v2.json",
    "hostconfig.json": "containers/*/hostconfig.json",
    "opts.json": "volumes/*/opts.json",
    "metadata.db": "volumes/metadata.db",
}
"""Every kind of file whose content is needed, by where it lies."""

FOLDERS = {
    "image": "image",
    "store": STORE,
    "content": f"{STORE}/imagedb/content/sha256",
    "metadata": f"{STORE}/imagedb/metadata/sha256",
    "layers": f"{STORE}/layerdb/sha256",
    "mounts": f"{STORE}/layerdb/mounts",
    "blobs": f"{STORE}/distribution/diffid-by-digest/sha256",
    "containers": "containers",
    "volumes": "volumes",
}
"""Every kind of folder that is listed."""

TABLES = ("tags", "store_images", "store_layers", "mounts", "digest_map", "containers", "volumes")


class Template(NamedTuple):
    """A root without problems, to be copied; how many things it holds; an index of nothing."""

    root: Path
    counts: dict[str, int]
    blank: Path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """What the tests of this module begin with."""
    folder = tmp_path_factory.mktemp("whole")
    root, index, blank = full_root(folder / "docker"), folder / "index.db", folder / "blank.db"
    sync(root, index)
    assert select(index, "SELECT * FROM problems") == []
    sync(RootBuilder(folder / "empty").path, blank)
    return Template(root, counts(index), blank)


@pytest.fixture
def root(template: Template, tmp_path: Path) -> Path:
    """A copy of the root, to be broken."""
    return Path(shutil.copytree(template.root, tmp_path / "docker", symlinks=True))


@pytest.fixture
def index(template: Template, tmp_path: Path) -> Path:
    """An index that is ready to take the root."""
    return Path(shutil.copy(template.blank, tmp_path / "index.db"))


def full_root(path: Path) -> Path:
    """A root that has every kind of file twice, so that one of each can break."""
    root = RootBuilder(path)
    root.engine_id()
    for name in ("a", "b"):
        base = root.image([name.encode()])
        child = root.image([b"child"], base=base, parent=base)
        root.tag(child, f"{name}:1")
        blob = f"sha256:{name * 64}"
        root.distribution(base.diff_ids[0], blob, f"docker.io/library/{name}")
        root.container(name, child, mounts=[MountSpec("/data", name=name)])
        root.volume(name, {"type": "tmpfs"})
    entries = {name: go_json({"Driver": "local", "Labels": {"l": "v"}}) for name in (b"a", b"b")}
    (path / "volumes/metadata.db").write_bytes(bolt_file({b"volumes": entries}))
    return path


def first(root: Path, pattern: str) -> Path:
    """The first path of a kind."""
    return min(root.glob(pattern))


def counts(index: Path) -> dict[str, int]:
    """How many rows each table of things on the disk has."""
    return {table: len(rows) for table, rows in contents(index).items() if table in TABLES}


def named_paths(index: Path) -> set[str]:
    """The paths that `dockidx query problems` names, as JSON."""
    done = dockidx("query", "problems", "--db", index, "--format", "json")
    found = json.loads(done.out)
    assert not any(row["message"].startswith(row["path"]) for row in found)
    assert all(re.fullmatch(r"[A-Z]\d+", row["rule"]) for row in found)
    return {row["path"] for row in found}


def assert_named(root: Path, index: Path, path: Path) -> None:
    """A sync works all the same and names `path` as a problem."""
    done = sync(root, index)
    assert (done.code, done.out) == (0, "")
    assert str(path.relative_to(root)) in named_paths(index)
    assert "`dockidx query problems` shows what is wrong." in done.err
    assert_sound(index)


@pytest.mark.parametrize("broken", ["garbage", "link"])
@pytest.mark.parametrize("kind", FILES)
def test_a_broken_file(template: Template, root: Path, index: Path, kind: str, broken: str) -> None:
    """Of each kind of file one may be broken in any way, and costs at most what it describes."""
    path = first(root, FILES[kind])
    path.unlink()
    if broken == "garbage":
        path.write_bytes(b"\xff\x00{garbage\n")
    else:
        plant(path, broken)
    assert_named(root, index, path)
    if kind != "repositories.json":
        assert sum(template.counts.values()) - sum(counts(index).values()) <= 1


@pytest.mark.parametrize("broken", ["link", "file"])
@pytest.mark.parametrize("kind", FOLDERS)
def test_a_broken_folder(root: Path, index: Path, kind: str, broken: str) -> None:
    """A folder that is none is named, and what does not lie in it is indexed."""
    path = first(root, FOLDERS[kind])
    shutil.rmtree(path)
    if broken == "file":
        path.write_bytes(b"")
    else:
        plant(path, broken)
    assert_named(root, index, path)
    assert sum(counts(index).values()) >= (4 if kind in ("image", "store") else 9)


@pytest.mark.parametrize("kind", [*FILES, *FOLDERS])
def test_what_may_not_be_read(template: Template, kind: str) -> None:
    """What a user may not read is named as such, and what the user may read is indexed."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(template.root, f"{folder}/docker", symlinks=True))
        for path in (Path(folder), root, *root.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        path = first(root, {**FILES, **FOLDERS}[kind])
        path.chmod(0)
        os.chmod(folder, 0o777)
        index = Path(shutil.copy(template.blank, folder))
        index.chmod(0o666)
        with unprivileged():
            done = sync(root, index)
        assert done.code == 0, done.err
        problems = select(index, "SELECT rule, path FROM problems")
        assert ("U1", str(path.relative_to(root))) in problems
        assert sum(counts(index).values()) >= (4 if kind in ("image", "store") else 9)


def test_a_plain_file_among_the_containers(root: Path, index: Path) -> None:
    """It is no container and no problem, for the engine neither."""
    (root / "containers/notes").write_text("x")
    assert sync(root, index).code == 0
    assert named_paths(index) == set()


@settings(max_examples=examples(12))
@given(
    which=st.integers(0, 10_000),
    at=st.integers(0, 5000),
    data=st.binary(min_size=1, max_size=20) | st.sampled_from([b'"', b"{", b"}", b"null", b"\0"]),
    cut=st.booleans(),
)
def test_any_damage_to_any_file(
    template: Template, which: int, at: int, data: bytes, cut: bool
) -> None:
    """Whatever bytes a file holds, a sync works and leaves a sound index."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(template.root, f"{folder}/docker", symlinks=True))
        files = sorted(path for path in root.glob("[!o]*/**/*") if path.is_file())
        path = files[which % len(files)]
        whole = path.read_bytes()
        at %= len(whole) + 1
        path.write_bytes(whole[:at] + data + (b"" if cut else whole[at + len(data) :]))
        index = Path(shutil.copy(template.blank, folder))
        assert sync(root, index).code == 0
        assert_sound(index)

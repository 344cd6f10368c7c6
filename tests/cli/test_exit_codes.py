"""Exit codes and sentences: each way not to get a result, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import as_nobody, dockidx, program, sync
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import change, select

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def root(tmp_path: Path) -> RootBuilder:
    """A root with one image."""
    built = RootBuilder(tmp_path / "docker")
    built.image([b"base"], tag="base:1")
    return built


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_a_sync_that_works(root: RootBuilder, tmp_path: Path) -> None:
    """Nothing goes to standard output; the summary is on standard error."""
    done = sync(root.path, tmp_path / "index.db")
    assert (done.code, done.out) == (0, "")
    counts = "1 images, 1 layers, 0 containers, 0 volumes, 0 changes, 0 problems"
    assert done.err.splitlines()[0] == f"{root.path} (overlay2): {counts}."
    assert done.err.splitlines()[1].startswith(f"Indexed host-a into {tmp_path}/index.db in ")


def test_no_docker_root(tmp_path: Path) -> None:
    """The sentence says what was looked for, and no index is made."""
    (tmp_path / "docker").mkdir()
    done = sync(tmp_path / "docker", tmp_path / "index.db")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"Error: {tmp_path}/docker is not a Docker root: looked for image/")
    assert done.err.count("\n") == 1
    assert not (tmp_path / "index.db").exists()


@pytest.mark.parametrize("kind", ["missing", "file", "dangling"])
def test_no_folder(tmp_path: Path, kind: str) -> None:
    """A path that leads to no folder is named."""
    path = tmp_path / "docker"
    if kind == "file":
        path.write_text("x")
    elif kind == "dangling":
        path.symlink_to("nowhere")
    done = sync(path, tmp_path / "index.db")
    assert done.code == 3
    assert ("is a file" if kind == "file" else "is not there or not a folder") in done.err


def test_a_root_from_before_1_10(tmp_path: Path) -> None:
    """The layout is named."""
    (tmp_path / "graph").mkdir()
    (tmp_path / "repositories-aufs").write_text("{}")
    done = sync(tmp_path, tmp_path / "index.db")
    assert done.code == 3
    assert "has the layout of Docker before 1.10" in done.err


def test_one_root_of_two(root: RootBuilder, tmp_path: Path) -> None:
    """The root that is one is indexed; the other is named, and the exit code says so."""
    empty = tmp_path / "empty"
    empty.mkdir()
    index = tmp_path / "index.db"
    done = dockidx("sync", "--root", empty, "--root", root.path, "--host", "h", "--db", index)
    assert done.code == 1
    assert f"Error: {empty}" in done.err
    assert select(index, "SELECT path FROM roots") == [(str(root.path),)]


def test_a_containerd_store_that_is_not_there(root: RootBuilder, tmp_path: Path) -> None:
    """It is said where it was looked for; containers and volumes are indexed."""
    image = root.load(next(iter(image_ids(root))))
    root.container("web", image, fields={"Driver": "overlayfs"})
    root.volume("data")
    shutil.rmtree(root.path / "image")
    index = tmp_path / "index.db"
    done = sync(root.path, index)
    assert done.code == 0
    beside = f"{root.path.parent}/containerd"
    looked_at = f"{root.path.parent}/desktop-containerd/daemon, {beside} and {beside}/root"
    told = f"no containerd was found at {root.path}/containerd/daemon, {looked_at}: name its root"
    assert told in done.err
    assert select(index, "SELECT name FROM containers") == [("web",)]
    assert select(index, "SELECT name FROM volumes") == [("data",)]


def image_ids(root: RootBuilder) -> list[str]:
    """The images of a root."""
    folder = root.store / "imagedb/content/sha256"
    return [f"sha256:{path.name}" for path in folder.iterdir()]


def test_a_root_of_another_user(shared: Path) -> None:
    """Permission denied is not an empty root, and the sentence says how to get the right."""
    RootBuilder(shared / "docker").image([b"base"])
    command = ["sync", "--root", shared / "docker", "--db", shared / "none.db"]
    done = program(*command, before=as_nobody(), cwd="/")
    assert done.code == 4
    denied = f"{shared}/docker cannot be read: permission denied; run with sudo."
    assert done.err == f"Error: {denied}\n"
    assert not (shared / "none.db").exists()


def test_an_index_of_another_user(shared: Path) -> None:
    """Neither reading nor writing it is allowed, and both say so."""
    RootBuilder(shared / "docker").image([b"base"])
    (shared / "docker").chmod(0o755)
    index = shared / "index.db"
    sync(shared / "docker", index)
    reading = program("query", "images", "--db", index, before=as_nobody(), cwd="/")
    assert reading.code == 2
    assert "permission denied; run with sudo." in reading.err
    command = ["sync", "--root", shared / "docker", "--db", index]
    writing = program(*command, before=as_nobody(), cwd="/")
    assert writing.code == 2
    assert "run with sudo or name another file with --db." in writing.err


@pytest.mark.parametrize("content", [b"text", b"\x00" * 5000, b"SQLite format 3\x00" + b"x" * 5000])
@pytest.mark.parametrize("command", ["sync", "query", "sql", "changes", "merge"])
def test_a_file_that_is_no_index(
    root: RootBuilder, tmp_path: Path, content: bytes, command: str
) -> None:
    """It is left as it is."""
    index = tmp_path / "file"
    index.write_bytes(content)
    done = run_on(command, index, root.path, tmp_path)
    assert done.code == 2
    assert f"Error: {index} is not an index or is damaged; move it away" in done.err
    assert index.read_bytes() == content


@pytest.mark.parametrize("command", ["sync", "query", "sql", "changes", "merge"])
def test_a_database_of_another_program(root: RootBuilder, tmp_path: Path, command: str) -> None:
    """It is left as it is, also where it has tables of the same names."""
    index = tmp_path / "other.db"
    with closing(sqlite3.connect(index)) as other:
        other.execute("CREATE TABLE images (image_id TEXT)")
        other.commit()
    before = index.read_bytes()
    done = run_on(command, index, root.path, tmp_path)
    assert done.code == 2
    assert "is a SQLite database of another program" in done.err
    assert index.read_bytes() == before


def run_on(command: str, index: Path, root: Path, folder: Path) -> tuple[int, str, str]:
    """Run any of the commands that use an index on `index`."""
    words: dict[str, list[str | Path]] = {
        "sync": ["sync", "--root", root, "--db", index],
        "query": ["query", "images", "--db", index],
        "sql": ["sql", "SELECT 1", "--db", index],
        "changes": ["changes", "--db", index],
        "merge": ["merge", "--into", folder / "into.db", index],
    }
    return dockidx(*words[command])


@pytest.mark.parametrize("command", ["query", "sql", "changes", "merge"])
def test_no_index(tmp_path: Path, command: str) -> None:
    """The sentence says how to get one, and none is made."""
    done = run_on(command, tmp_path / "missing.db", tmp_path, tmp_path)
    assert done.code == 2
    assert f"There is no index at {tmp_path}/missing.db; run `dockidx sync`" in done.err
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.parametrize("command", ["sync", "query", "changes", "merge"])
def test_an_index_of_a_newer_version(root: RootBuilder, tmp_path: Path, command: str) -> None:
    """It is neither read as something else nor changed."""
    index = tmp_path / "index.db"
    sync(root.path, index)
    change(index, "UPDATE alembic_version SET version_num = '9999'")
    before = select(index, "SELECT * FROM syncs")
    done = run_on(command, index, root.path, tmp_path)
    assert done.code == 2
    assert f"{index} was made by a newer dockidx (schema 9999); update dockidx." in done.err
    assert select(index, "SELECT * FROM syncs") == before


@pytest.mark.parametrize(
    "words",
    [
        ["sync", "--db"],
        ["sync", "--root"],
        ["sync", "--bogus"],
        ["sync", "extra"],
        ["query", "images", "--format", "xml"],
        ["sql"],
        ["merge", "a.db"],
        ["merge", "--into", "a.db"],
        ["serve", "--port", "70000"],
        ["bogus"],
        ["changes", "--since", "yesterday"],
        ["changes", "--since", "7x"],
        ["query", "images", "--db", "mysql://host/name"],
    ],
)
def test_wrong_usage(words: list[str]) -> None:
    """The error names the option or the word, and shows no traceback."""
    done = dockidx(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in done.err


@pytest.mark.parametrize("place", ["file/index.db", "folder"])
def test_a_place_where_no_index_can_be(root: RootBuilder, tmp_path: Path, place: str) -> None:
    """The reason is the system's own."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    done = sync(root.path, tmp_path / place)
    assert done.code == 2
    assert "name another file with --db." in done.err


def test_the_index_that_the_environment_names(root: RootBuilder, tmp_path: Path) -> None:
    """Without --db the index is the one that $DOCKIDX_DB names."""
    env = {"DOCKIDX_DB": str(tmp_path / "named.db")}
    assert dockidx("sync", "--root", root.path, env=env).code == 0
    done = dockidx("query", "tags", "--format", "csv", env=env)
    assert "docker.io/library/base,1" in done.out


def test_a_traceback_only_when_asked(tmp_path: Path) -> None:
    """With --debug the place of the error is shown before the sentence."""
    words = ["query", "images", "--db", tmp_path / "missing.db"]
    plain, debug = dockidx(*words), dockidx("--debug", *words)
    assert "Traceback" not in plain.err
    assert "Traceback" in debug.err
    assert debug.err.endswith(plain.err)
    assert debug.code == plain.code


@pytest.mark.parametrize("place", ["index.db", "new/index.db", "../docker/containers/index.db"])
def test_an_index_inside_the_root(root: RootBuilder, place: str) -> None:
    """Nothing is ever written into a Docker root, not even where that is asked for."""
    before = sorted(root.path.rglob("*"))
    done = sync(root.path, root.path / place)
    assert done.code == 2
    assert "where nothing is ever written; name another file with --db." in done.err
    assert sorted(root.path.rglob("*")) == before


def test_names_that_are_not_utf8(root: RootBuilder, tmp_path: Path) -> None:
    """Roots and indexes may lie in folders of any name, and a host may be called anything."""
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    root.path.rename(folder / "docker")
    words = ["sync", "--root", folder / "docker", "--db", folder / "index.db"]
    done = program(*words, "--host", os.fsdecode(b"h\xff"))
    assert done.code == 0, done.err
    assert "caf\\xe9/docker (overlay2): 1 images" in done.err
    rows = dockidx("sql", "SELECT host, path FROM roots", "--db", folder / "index.db")
    assert rows.code == 0, rows.err
    assert "h\\xff" in rows.out
    assert "caf\\xe9/docker" in rows.out


@pytest.mark.parametrize("command", ["query", "sql", "changes", "check", "merge", "serve"])
def test_an_index_in_a_closed_folder(shared: Path, root: RootBuilder, command: str) -> None:
    """What may not be looked up is not missing."""
    index = shared / "closed" / "index.db"
    index.parent.mkdir(mode=0o700)
    sync(root.path, index)
    words: dict[str, list[str | Path]] = {
        "query": ["query", "images", "--db", index],
        "sql": ["sql", "SELECT 1", "--db", index],
        "changes": ["changes", "--db", index],
        "check": ["check", "--db", index],
        "merge": ["merge", "--into", shared / "into.db", index],
        "serve": ["serve", index],
    }
    shared.chmod(0o777)
    done = program(*words[command], before=as_nobody(), cwd="/")
    denied = f"{index} cannot be looked up: permission denied; run with sudo."
    assert done == (2, "", f"Error: {denied}\n")
    assert not (shared / "into.db").exists()


@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_a_system_that_is_no_folder(tmp_path: Path, place: str) -> None:
    """It is wrong usage to look for roots there."""
    (tmp_path / "file").write_text("x")
    done = dockidx("roots", "--system", tmp_path / place)
    assert (done.code, done.out) == (2, "")
    said = "is a file" if place == "file" else "is not there or not a folder; name one"
    assert f"{tmp_path / place} {said}" in done.err


@pytest.mark.parametrize("closed", [".", "var/lib"])
def test_a_system_of_another_user(shared: Path, closed: str) -> None:
    """Where all that can be told is permission denied, it is not that there is no root."""
    (shared / "system/var/lib/docker").mkdir(parents=True)
    (shared / "system" / closed).chmod(0o700)
    done = program("roots", "--system", shared / "system", before=as_nobody(), cwd="/")
    assert (done.code, done.out) == (4, "")
    assert done.err.endswith(": permission denied; run with sudo.\n")


def test_a_system_without_docker(shared: Path) -> None:
    """No root is an answer too, with the places that were looked at."""
    done = dockidx("roots", "--system", shared)
    assert done.code == 0
    assert f"No Docker root was found: looked at {shared}/var/lib/docker, " in done.err

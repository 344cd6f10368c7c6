"""Whatever one file is damaged, no directory that had an owner is called a certain orphan."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.index.migration import upgrade
from indexer.index.place import create_file
from indexer.index.sqlite_file import writing_connection
from tests.roots import containerd_root, unpack
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

EXAMPLES: Final = int(os.environ.get("DOCKIDX_DAMAGES", "12"))
FOLDERS: Final = ("image", "containers", "buildkit")
DATABASES: Final = (
    "io.containerd.metadata.v1.bolt/meta.db",
    "io.containerd.snapshotter.v1.overlayfs/metadata.db",
)
OWNED: Final = "SELECT directory FROM directory_owners WHERE owner_kind <> 'orphan'"
CERTAIN: Final = """
    SELECT directory FROM directory_owners WHERE owner_kind = 'orphan' AND confidence = 'certain'
"""


class Healthy(NamedTuple):
    """A root nothing is wrong with, an empty index, what is owned, and files by their kind."""

    root: Path
    index: Path
    owned: frozenset[str]
    kinds: dict[str, list[Path]]


@pytest.fixture(scope="module", params=["26.1.5-overlay2", "28.5.2-c8d"])
def healthy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Healthy:
    """Give a root with most of its directories owned."""
    top = tmp_path_factory.mktemp("damaged")
    root = unpack(request.param, top)
    empty = top / "empty.db"
    create_file(str(empty))
    with writing_connection(str(empty)) as connection:
        upgrade(connection, str(empty))
    found = _answers(empty, root, OWNED)
    assert len(found) > 50
    return Healthy(root, empty, found, _kinds(root))


def _kinds(root: Path) -> dict[str, list[Path]]:
    """The files that may be damaged: those that name directories, by name, and all others."""
    kinds: dict[str, list[Path]] = {}
    paths = [path for name in FOLDERS for path in sorted((root / name).rglob("*"))]
    paths += [containerd_root(root) / name for name in DATABASES]
    for path in paths:
        if path.is_file() and not path.is_symlink():
            kind = path.name if path.suffix or "-" in path.name else path.parent.name
            kinds.setdefault(kind if len(kind) < 32 else "other", []).append(path)
    return kinds


def _answers(empty: Path, root: Path, question: str) -> frozenset[str]:
    index = empty.with_name("index.db")
    shutil.copyfile(empty, index)
    sync_roots(index, root, offline=True)
    return frozenset(row[0] for row in select(index, question))


def _flipped(data: st.DataObject, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        changed[place] ^= 1 << data.draw(st.integers(0, 7))
    return bytes(changed)


CONTENTS: Final[dict[str, Callable[[st.DataObject, bytes], bytes]]] = {
    "cut": lambda data, content: content[: data.draw(st.integers(0, len(content) - 1))],
    "zeroed": lambda _, content: bytes(len(content)),
    "garbage": lambda data, _: data.draw(st.binary(max_size=200)),
    "flipped": _flipped,
}
KINDS: Final = ("gone", "folder", "link", *CONTENTS)


@contextmanager
def _damaged(path: Path, how: str, data: st.DataObject) -> Iterator[None]:
    """Damage the file `path`, and put it back afterwards."""
    content = path.read_bytes()
    aside = next(it for it in path.parents if it.name == "docker").with_name("aside")
    os.rename(path, aside)
    try:
        if how == "folder":
            path.mkdir()
        elif how == "link":
            path.symlink_to("/etc/hostname")
        elif how in CONTENTS:
            path.write_bytes(CONTENTS[how](data, content) if content else b"x")
        yield
    finally:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        os.rename(aside, path)


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_what_had_an_owner_is_no_certain_orphan(healthy: Healthy, data: st.DataObject) -> None:
    """Any file of image/, containers/, buildkit/ or containerd's databases, damaged in any way."""
    kind = data.draw(st.sampled_from(sorted(healthy.kinds)))
    path = data.draw(st.sampled_from(healthy.kinds[kind]))
    with _damaged(path, data.draw(st.sampled_from(KINDS)), data):
        certain = _answers(healthy.index, healthy.root, CERTAIN)
    assert not certain & healthy.owned

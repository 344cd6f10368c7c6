"""A working copy of a real Docker root that takes damage and is mended again."""

from __future__ import annotations

import json
import os
import shutil
from itertools import count
from typing import TYPE_CHECKING, Any

from indexer.docker.encodings.bolt import read_snapshot
from tests.readers.encodings.bolt_writer import bolt_file
from tests.sync.index_files import Rows, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from indexer.docker.encodings.bolt import Bucket

Tree = dict[bytes, Any]


class Site:
    """The root at `path`, whose sound state the index `index` is of; `attic` is a folder beside it.

    Files are replaced as engines do it, by renaming, so that their folder changes too.
    """

    def __init__(self, path: Path, driver: str, index: Path, attic: Path) -> None:
        self.path = path
        self.driver = driver
        self.store = path / "image" / driver
        self.layers = self.store / "layerdb/sha256"
        self.mounts = self.store / "layerdb/mounts"
        self.home = path / (driver if driver == "overlay2" else f"{driver}/dir")
        self._index = index
        self._attic = attic
        self._numbers = count()
        self._undo: list[Callable[[], object]] = []

    def ask(self, sql: str) -> Rows:
        """Rows of the sound root's index."""
        found = select(self._index, sql)
        assert found, f"Nothing in this root is as the case needs it: {sql}"
        return found

    def one(self, sql: str) -> Any:
        """The first cell of the first row."""
        return self.ask(sql)[0][0]

    def remove(self, path: Path) -> None:
        """Take a file or folder away."""
        aside = self._attic / str(next(self._numbers))
        os.rename(path, aside)
        self._undo.append(lambda: os.rename(aside, path))

    def write(self, path: Path, content: str | bytes) -> None:
        """Put a file with `content` in its place, new or instead of another."""
        if path.exists() or path.is_symlink():
            self.remove(path)
        self._make_folders(path.parent)
        self._undo.append(path.unlink)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o600)

    def link(self, path: Path, target: str) -> None:
        """Put a symbolic link in its place, new or instead of another."""
        if path.exists() or path.is_symlink():
            self.remove(path)
        self._undo.append(path.unlink)
        path.symlink_to(target)

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        self._make_folders(path)

    def rename(self, path: Path, to: Path) -> None:
        """Give a file or folder another name."""
        os.rename(path, to)
        self._undo.append(lambda: os.rename(to, path))

    def set_mode(self, path: Path, mode: int) -> None:
        """Set permissions."""
        before = path.stat().st_mode & 0o7777
        self._undo.append(lambda: path.chmod(before))
        path.chmod(mode)

    def edit_json(self, path: Path, edit: Callable[[Any], object]) -> None:
        """Have `edit` change the document in a file."""
        document = json.loads(path.read_bytes())
        edit(document)
        self.write(path, json.dumps(document))

    def edit_bolt(self, path: Path, edit: Callable[[Tree], object]) -> None:
        """Have `edit` change the buckets of a database."""
        fd = os.open(path, os.O_RDONLY)
        try:
            tree = _tree(read_snapshot(fd).root)
        finally:
            os.close(fd)
        edit(tree)
        self.write(path, bolt_file(tree))

    def mend(self) -> None:
        """Undo all damage, the last first."""
        while self._undo:
            self._undo.pop()()

    def _make_folders(self, path: Path) -> None:
        if path.exists():
            return
        self._make_folders(path.parent)
        path.mkdir(mode=0o700)
        self._undo.append(lambda: shutil.rmtree(path))


def _tree(bucket: Bucket) -> Tree:
    tree: Tree = dict(bucket.items())
    for name, below in bucket.buckets():
        tree[name] = _tree(below)
    return tree

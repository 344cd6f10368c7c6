"""Links and special files in every place of a real root: none is followed, none is opened."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.requirements import need
from tests.roots import unpack
from tests.sync.index_files import assert_sound, select
from tests.trust.bounded import bounded_sync
from tests.trust.mutations import plant
from tests.trust.places import in_memory
from tests.trust.traces import DOCKIDX, Call, inside, traced

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN_ROOT = "26.1.5-overlay2"
IMAGES_DEPTH = 5
"""How deep the folder of the image configs lies."""


IMAGES = """
SELECT roots.path, COUNT(store_images.image_id)
FROM roots
LEFT JOIN stores USING (root_id)
LEFT JOIN store_images USING (store_id)
GROUP BY roots.path
"""
LINKS = """
SELECT roots.path, COUNT(*)
FROM roots
JOIN problems USING (root_id)
WHERE problems.rule IN ('S1', 'U4')
GROUP BY roots.path
"""


class Planted(NamedTuple):
    """Roots that are copies of `outside` with something else in the place of much of it.

    `links` have a link to the original: in the place of every file, and of every folder of one
    depth; `specials` have something that is no regular file in the place of every file.
    """

    outside: Path
    links: dict[str, Path]
    specials: dict[str, Path]
    places: int

    @property
    def roots(self) -> list[Path]:
        """All of them."""
        return [*self.links.values(), *self.specials.values()]


@pytest.fixture(scope="module")
def planted() -> Iterator[Planted]:
    """Such roots of a real one."""
    need(os.geteuid() == 0, "Only root can make device nodes.")
    with in_memory() as folder:
        outside = unpack(GOLDEN_ROOT, folder / "outside")
        everything = [path.relative_to(outside) for path in outside.rglob("*")]
        folders = [path for path in everything if kind(outside / path) == "folder"]
        files = {path for path in everything if kind(outside / path) == "file"}
        links = {"files": copy(outside, folder / "files", files, "link")}
        for depth in sorted({len(path.parts) for path in folders}):
            chosen = {path for path in folders if len(path.parts) == depth}
            links[f"folders {depth}"] = copy(outside, folder / f"depth{depth}", chosen, "link")
        specials = {
            special: copy(outside, folder / special, files, special)
            for special in ("fifo", "socket", "device", "sparse")
        }
        yield Planted(outside, links, specials, len(files) + len(folders))


def kind(path: Path) -> str:
    """What there is, as far as it can be planted on."""
    mode = path.lstat().st_mode
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"


def copy(outside: Path, root: Path, chosen: set[Path], what: str) -> Path:
    """A copy of `outside` with `what` in the places `chosen`; links lead to what was there."""
    root.mkdir()
    for name, folders, files in os.walk(outside):
        here = Path(name).relative_to(outside)
        for entry in (*folders, *files):
            path = here / entry
            if path in chosen:
                plant(str(root / path), what, str(outside / path), "")
            elif kind(outside / path) == "folder":
                (root / path).mkdir()
            elif kind(outside / path) == "file":
                os.link(outside / path, root / path)
            else:
                os.symlink(os.readlink(outside / path), root / path)
        folders[:] = [entry for entry in folders if here / entry not in chosen]
    return root


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the index of all these roots is, once they were synced."""
    return tmp_path_factory.mktemp("planted") / "index.db"


@pytest.fixture(scope="module")
def calls(planted: Planted, index: Path) -> list[Call]:
    """What one sync that measures all these roots asks of the kernel."""
    roots = [word for root in planted.roots for word in ("--root", str(root))]
    return traced(index.parent, [DOCKIDX, "sync", "--du", *roots, "--db", str(index)])


@pytest.mark.timeout(600)
def test_nothing_outside_is_opened(planted: Planted, calls: list[Call]) -> None:
    """Not one of the links led anywhere, and below the roots nothing may follow one."""
    opened = [call.opened for call in calls if call.opened is not None]
    within = [call for call in calls if inside(call.below, *planted.roots)]
    assert planted.places > 1000
    assert [path for path in opened if inside(path, planted.outside)] == []
    assert sum(inside(path, *planted.roots) for path in opened) > 1000
    assert [call for call in within if "openat" in call.name and "O_NOFOLLOW" not in call[1]] == []
    stats = [call for call in within if call.name in ("newfstatat", "statx", "fstatat64")]
    followed = [
        call
        for call in stats
        if not ("AT_SYMLINK_NOFOLLOW" in call.arguments or "AT_EMPTY_PATH" in call.arguments)
    ]
    assert followed == []


@pytest.mark.timeout(600)
def test_no_special_file_is_opened(planted: Planted, calls: list[Call]) -> None:
    """A pipe would block, a socket fail, and a device do who knows what."""
    opened = {call.opened for call in calls if inside(call.opened, *planted.specials.values())}
    special = [path for path in opened if path and kind(Path(path)) == "other"]
    assert len(opened) > 100
    assert special == []


@pytest.mark.timeout(600)
def test_what_is_there_instead_is_reported(
    planted: Planted, calls: list[Call], index: Path
) -> None:
    """Nothing of what the links lead to is in the index, but that they are links is."""
    assert calls
    assert_sound(index)
    images = dict(select(index, IMAGES))
    links = dict(select(index, LINKS))
    for name, root in planted.links.items():
        is_above = name == "files" or int(name.split()[1]) <= IMAGES_DEPTH
        assert (images[str(root)] == 0) == is_above, name
        assert links.get(str(root), 0) > 0 or not is_above, name


@pytest.mark.timeout(600)
def test_giants_take_no_memory(planted: Planted, tmp_path: Path) -> None:
    """Ten gigabytes in the place of every file are refused by their length."""
    said = bounded_sync(planted.specials["sparse"], tmp_path / "index.db", "--json")
    (root,) = json.loads(said)["roots"]
    assert root["images"] == 0
    assert root["problems"] > 50

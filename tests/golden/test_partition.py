"""Every byte of a root is in one row of disk-usage: together they are what `du` says."""

from __future__ import annotations

import errno
import os
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.engine.harness.index_answers import Index
from tests.roots import CAPTURED_ROOTS, CONTAINERD_ROOTS, containerd_root, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.harness.index_answers import Row

CATEGORIES = (
    "images",
    "containers",
    "volumes",
    "build-cache",
    "logs",
    "leaked-layers",
    "orphans",
    "removals",
    "crashed-writes",
    "cut-short-pulls",
    "hidden-stores",
    "other-namespaces",
    "plugins",
    "temporaries",
    "engine-metadata",
    "other",
)
MEGABYTE = bytes(1 << 20)
OVERLAY2 = "26.1.5-overlay2"
NO_CONTAINER = f"containers/{'8' * 64}"
IN_DOCKER_ROOT = {
    "tmp/GetImageBlob123": "temporaries",
    "tmp-old/docker-export-1/layer.tar": "temporaries",
    "buildkit/executor/resolv.conf": "temporaries",
    "plugins/tmp/cut": "plugins",
    f"plugins/{'5' * 64}/rootfs/program": "plugins",
    f"plugins/storage/blobs/sha256/{'6' * 64}": "plugins",
    f"{NO_CONTAINER}/.tmp-config.v2.json123": "crashed-writes",
    "image/overlay2/.tmp-repositories.json123": "crashed-writes",
    "image/overlay2/layerdb/tmp/write-set-9/tar-split.json.gz": "crashed-writes",
    f"image/overlay2/layerdb/sha256/{'7' * 64}-1-removing/tar-split.json.gz": "removals",
    f"{NO_CONTAINER}/{'8' * 64}-json.log": "logs",
    f"{NO_CONTAINER}/local-logs/container.log.1.gz": "logs",
    f"{NO_CONTAINER}/leftover": "other",
    "volumes/no-volume/file": "other",
    f"overlay2/{'9' * 64}/diff/file": "orphans",
    "buildkit/content/ingest/1/data": "cut-short-pulls",
    f"aufs/diff/{'4' * 64}/file": "hidden-stores",
    f"graph/{'3' * 64}/layer": "hidden-stores",
    "100000.100000/tmp/file": "hidden-stores",
    "swarm/raft/wal": "engine-metadata",
    "an-administrators/file": "other",
}
"""Files in places of every kind, and the category of each."""


@pytest.mark.parametrize("name", CAPTURED_ROOTS)
def test_all_rows_together_are_what_du_says(
    name: str, golden_root: Callable[[str], Path], tmp_path: Path
) -> None:
    """To the byte, with nothing that is not explained; a plain sync keeps what was measured."""
    root = golden_root(name)
    index = Index(tmp_path / "index.db", root)

    index.sync("--du")
    rows = index.query("disk-usage")
    index.sync()
    later = index.query("disk-usage")

    assert tuple(row["category"] for row in rows) == CATEGORIES
    assert sum(row["disk_bytes"] for row in rows) == disk_use(root, containerd_root(root))
    assert rows[-1]["disk_bytes"] == 0
    assert [told(row) for row in later] == [told(row) for row in rows]


def test_nothing_is_known_of_the_disk_until_it_was_measured(
    golden_index: Callable[[str], Index],
) -> None:
    """A plain sync says what frees each category, and not what it takes on the disk."""
    rows = golden_index(OVERLAY2).query("disk-usage")

    assert {(row["disk_bytes"], row["measured_at"]) for row in rows} == {(None, None)}
    assert all(row["freed_by"] for row in rows)


def test_each_place_has_its_category(tmp_path: Path) -> None:
    """A megabyte anywhere in a root is found in the row that says what frees it."""
    root = unpack(OVERLAY2, tmp_path / "root")
    index = Index(tmp_path / "index.db", root)

    assert grown_by(index, root, IN_DOCKER_ROOT) == counted(IN_DOCKER_ROOT)


def test_blobs_and_snapshots_that_containerd_does_not_know(tmp_path: Path) -> None:
    """Of a blob or a snapshot without a record, and of downloads and removals that were cut."""
    name = CONTAINERD_ROOTS[0]
    root = unpack(name, tmp_path / "root")
    store = containerd_root(root)
    index = Index(tmp_path / "index.db", root)
    places = {
        "io.containerd.content.v1.content/blobs/sha256/" + "5" * 64: "orphans",
        "io.containerd.snapshotter.v1.overlayfs/snapshots/99999/fs/file": "orphans",
        "io.containerd.snapshotter.v1.overlayfs/snapshots/rm-123/fs/file": "removals",
        "io.containerd.snapshotter.v1.overlayfs/snapshots/new-123/fs/file": "crashed-writes",
        "io.containerd.content.v1.content/ingest/" + "6" * 64 + "/data": "cut-short-pulls",
        "io.containerd.grpc.v1.cri/sandboxes/1/file": "other-namespaces",
    }

    assert grown_by(index, store, places, root) == counted(places)


def test_a_file_with_names_in_several_places_is_counted_once(tmp_path: Path) -> None:
    """It goes to the first category by precedence, whichever of its places is measured first."""
    root = unpack(OVERLAY2, tmp_path / "root")
    index = Index(tmp_path / "index.db", root)
    index.sync("--du")
    before = by_category(index)
    rows = index.query("directories")
    layer = next(row["directory"] for row in rows if row["owner_kind"] == "image-layer")
    written = next(row["directory"] for row in rows if row["owner_kind"] == "container-rw")
    (root / "overlay2" / written / "diff/one").write_bytes(MEGABYTE)
    for place in (f"overlay2/{layer}/diff/two", "overlay2/three", "tmp/four"):
        os.link(root / "overlay2" / written / "diff/one", root / place)
    fresh = Index(tmp_path / "fresh.db", root)

    fresh.sync("--du")
    after = by_category(fresh)

    assert sum(after.values()) == disk_use(root)
    grown = {key for key in CATEGORIES if after[key] - before[key] >= len(MEGABYTE)}
    assert grown == {"images"}


def test_a_root_of_userns_remap_is_counted_for_itself(tmp_path: Path) -> None:
    """The root around it leaves it out, and both together take what both take for du."""
    root = unpack(OVERLAY2, tmp_path / "outer")
    inner = unpack(OVERLAY2, tmp_path / "inner").rename(root / "100000.100000")
    index = Index(tmp_path / "index.db", root)

    index.sync("--du")
    rows = index.query("disk-usage")

    both = {path: of_root(rows, path) for path in (str(root), str(inner))}
    assert both == {
        str(root): disk_use(f"--exclude={inner}", root),
        str(inner): disk_use(inner),
    }


def test_a_log_that_is_gone_is_gone_with_the_next_measurement(tmp_path: Path) -> None:
    """What was measured before of things that are not there any more does not stay."""
    root = unpack(OVERLAY2, tmp_path / "root")
    index = Index(tmp_path / "index.db", root)
    index.sync("--du")
    for log in root.glob("containers/*/*-json.log"):
        log.unlink()
    for orphan in index.query("orphan-directories"):
        subprocess.run(["rm", "-r", root / "overlay2" / orphan["directory"]], check=True)

    index.sync("--du")
    after = by_category(index)

    assert sum(after.values()) == disk_use(root)
    assert after["orphans"] == 0


def test_what_could_not_be_read_is_unknown(
    golden_root: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A category is empty while any part of it was not measured, and the others are not."""
    index = Index(tmp_path / "index.db", golden_root(OVERLAY2))
    listdir = os.listdir

    def denied(fd: int) -> list[str]:
        if os.readlink(f"/proc/self/fd/{fd}").endswith("/docker/containers"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return listdir(fd)

    monkeypatch.setattr(os, "listdir", denied)
    index.sync("--du")

    unknown = {category for category, size in by_category(index).items() if size is None}
    assert unknown == {"containers", "logs", "other"}


def disk_use(*words: str | Path) -> int:
    """What `du` says that roots take together, each on its own file system."""
    command = ["du", "-sx", "-B1", *map(str, words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return sum(int(line.split()[0]) for line in done.stdout.splitlines())


def grown_by(index: Index, top: Path, places: dict[str, str], *roots: Path) -> dict[str, int]:
    """By how many megabytes each category grows with a megabyte at each of `places` in `top`.

    All rows together stay what `du` says of `top` and `roots`.
    """
    index.sync("--du")
    before = by_category(index)
    for place in places:
        file = top / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(MEGABYTE)
    index.sync("--du")
    after = by_category(index)
    assert sum(after.values()) == disk_use(top, *roots)
    grown = {key: (after[key] - before[key]) // len(MEGABYTE) for key in CATEGORIES}
    return {key: count for key, count in grown.items() if count}


def counted(places: dict[str, str]) -> dict[str, int]:
    """How many of `places` are of each category."""
    return dict(Counter(places.values()))


def by_category(index: Index) -> dict[str, int]:
    """The disk bytes of each category."""
    return {row["category"]: row["disk_bytes"] for row in index.query("disk-usage")}


def of_root(rows: list[Row], path: str) -> int:
    """The disk bytes of all categories of a root."""
    return sum(row["disk_bytes"] for row in rows if row["root_path"] == path)


def told(row: Row) -> tuple[object, ...]:
    """What a row says of the disk."""
    return row["category"], row["disk_bytes"], row["measured_at"]

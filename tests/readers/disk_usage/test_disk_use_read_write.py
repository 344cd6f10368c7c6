"""What a container wrote, where the driver keeps it apart and where it keeps a whole copy."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from indexer.docker.disk_usage.read_write_layer import rw_bytes
from indexer.docker.files.folder import Folder
from tests.readers.host.fake_system import NOBODY, unprivileged
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOUNT = "5" * 64
INIT = f"{MOUNT}-init"
SECOND = 1_000_000_000
SIZES = {"etc/passwd": 100, "bin/tool": 2000, "bin/same-tool": 2000, "etc/dev/file": 30}


@pytest.fixture
def root() -> Iterator[Path]:
    """A root that every user may enter, with a read-write layer of vfs equal to its init layer."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        init = Path(folder) / "vfs/dir" / INIT
        for name in ("etc/passwd", "bin/tool", "etc/dev/file"):
            (init / name).parent.mkdir(parents=True, exist_ok=True)
            (init / name).write_bytes(b"x" * SIZES[name])
            os.utime(init / name, ns=(7 * SECOND, 7 * SECOND + 500))
        os.link(init / "bin/tool", init / "bin/same-tool")
        (init / "bin/link").symlink_to("tool")
        _copy(init, Path(folder) / "vfs/dir" / MOUNT)
        yield Path(folder)


@pytest.fixture
def layer(root: Path) -> Path:
    return root / "vfs/dir" / MOUNT


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True)
    os.remove(target / "bin/same-tool")
    os.link(target / "bin/tool", target / "bin/same-tool")


def written(root: Path, driver: str = "vfs", parent: str | None = INIT) -> int | None:
    with Folder.of_root(str(root)) as folder:
        return rw_bytes(folder, driver, MOUNT, parent)


def test_untouched_copy_is_nothing(root: Path) -> None:
    """A container that wrote nothing has written nothing, whole copy or not."""
    assert written(root) == 0


def _add(layer: Path) -> None:
    (layer / "new/deep").mkdir(parents=True)
    (layer / "new/deep/file").write_bytes(b"x" * 11)


def _add_two_names(layer: Path) -> None:
    (layer / "one").write_bytes(b"x" * 11)
    os.link(layer / "one", layer / "etc/two")


def _add_link(layer: Path) -> None:
    (layer / "link").symlink_to("x" * 11)


def _append(layer: Path) -> None:
    with (layer / "etc/passwd").open("ab") as file:
        file.write(b"x" * 11)


def _append_in_secret(layer: Path) -> None:
    _append(layer)
    os.utime(layer / "etc/passwd", ns=(7 * SECOND, 7 * SECOND + 500))


def _overwrite(layer: Path) -> None:
    (layer / "etc/passwd").write_bytes(b"y" * SIZES["etc/passwd"])


def _overwrite_in_secret(layer: Path) -> None:
    _overwrite(layer)
    os.utime(layer / "etc/passwd", ns=(7 * SECOND, 7 * SECOND + 500))


def _touch_within_the_second(layer: Path) -> None:
    os.utime(layer / "etc/passwd", ns=(7 * SECOND, 7 * SECOND + 501))


def _cut_to_the_second(layer: Path) -> None:
    os.utime(layer / "etc/passwd", ns=(7 * SECOND, 7 * SECOND))


def _touch_a_second_later(layer: Path) -> None:
    os.utime(layer / "etc/passwd", ns=(8 * SECOND, 8 * SECOND))


def _change_mode(layer: Path) -> None:
    os.chmod(layer / "bin/tool", 0o4755)


def _change_folder(layer: Path) -> None:
    os.chmod(layer / "etc", 0o700)
    os.utime(layer / "etc", (1, 1))


def _remove(layer: Path) -> None:
    shutil.rmtree(layer / "etc")


def _replace_folder_by_file(layer: Path) -> None:
    shutil.rmtree(layer / "etc/dev")
    (layer / "etc/dev").write_bytes(b"x" * 11)


def _replace_file_by_folder(layer: Path) -> None:
    (layer / "etc/passwd").unlink()
    (layer / "etc/passwd").mkdir()
    (layer / "etc/passwd/file").write_bytes(b"x" * 11)


def _replace_folder_by_link(layer: Path) -> None:
    shutil.rmtree(layer / "etc")
    (layer / "etc").symlink_to("/etc")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_add, 11),
        (_add_two_names, 11),
        (_add_link, 11),
        (_append, 111),
        (_append_in_secret, 111),
        (_overwrite, 100),
        (_overwrite_in_secret, 0),
        (_touch_within_the_second, 100),
        (_cut_to_the_second, 0),
        (_touch_a_second_later, 100),
        (_change_mode, 2000),
        (_change_folder, 0),
        (_remove, 0),
        (_replace_folder_by_file, 11),
        (_replace_file_by_folder, 11),
        (_replace_folder_by_link, 4),
    ],
)
def test_change_in_a_copy(
    root: Path, layer: Path, change: Callable[[Path], None], expected: int
) -> None:
    """Of a whole copy that counts which was added or is not the same, at its size of now."""
    change(layer)
    assert written(root) == expected


def test_change_of_owner_in_a_copy(root: Path, layer: Path) -> None:
    """A file of another owner or group counts."""
    need(os.geteuid() == 0, "Giving files away needs root: run these tests as root.")
    os.chown(layer / "etc/passwd", NOBODY, -1)
    os.chown(layer / "etc/dev/file", -1, NOBODY)
    assert written(root) == 130


def test_device_in_a_copy(root: Path, layer: Path) -> None:
    """Devices and pipes are written without having a size."""
    need(os.geteuid() == 0, "Making devices needs root: run these tests as root.")
    os.mknod(layer / "null", 0o020666, os.makedev(1, 3))
    os.mkfifo(layer / "pipe")
    assert written(root) == 0


def test_capability_in_a_copy(root: Path, layer: Path) -> None:
    """A program that got a capability counts, as it works differently."""
    need(os.geteuid() == 0, "Giving capabilities needs root: run these tests as root.")
    net_raw = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)
    os.setxattr(layer / "bin/tool", "security.capability", net_raw)
    assert written(root) == 2000
    os.setxattr(root / "vfs/dir" / INIT / "bin/tool", "security.capability", net_raw)
    assert written(root) == 0


def test_copy_of_nothing(root: Path) -> None:
    """Without a layer below it everything was written by the container."""
    assert written(root, parent=None) == 100 + 2000 + 30 + len("tool")


@pytest.mark.parametrize(
    ("driver", "place"),
    [
        ("overlay2", f"overlay2/{MOUNT}/diff"),
        ("fuse-overlayfs", f"fuse-overlayfs/{MOUNT}/diff"),
        ("aufs", f"aufs/diff/{MOUNT}"),
    ],
)
def test_layer_of_its_own(root: Path, driver: str, place: str) -> None:
    """Where the driver keeps changes apart all of them count, and nothing beside them."""
    (root / place).mkdir(parents=True)
    (root / place / "file").write_bytes(b"x" * 11)
    os.link(root / place / "file", root / place / "again")
    (root / place / "link").symlink_to("file")
    (root / place).parent.joinpath("beside").write_bytes(b"x" * 1000)
    assert written(root, driver) == 11 + len("file")


@pytest.mark.parametrize(
    ("driver", "place"), [("btrfs", "btrfs/subvolumes/{}"), ("overlay", "overlay/{}/upper")]
)
def test_copy_of_another_driver(root: Path, driver: str, place: str) -> None:
    """Every driver that starts with a copy is compared, wherever it keeps it."""
    _copy(root / "vfs/dir" / INIT, root / place.format(INIT))
    _copy(root / "vfs/dir" / INIT, root / place.format(MOUNT))
    (root / place.format(MOUNT) / "new").write_bytes(b"x" * 11)
    assert written(root, driver) == 11


@pytest.mark.parametrize("driver", ["zfs", "devicemapper", "windowsfilter", "unheard-of"])
def test_driver_that_keeps_files_elsewhere(root: Path, driver: str) -> None:
    """Files that are not in the root have no size here."""
    assert written(root, driver) is None


@pytest.mark.parametrize("missing", [MOUNT, INIT])
def test_missing_layer_has_no_size(root: Path, missing: str) -> None:
    """Without one of the two there is nothing to compare, which is not the same as 0."""
    shutil.rmtree(root / "vfs/dir" / missing)
    assert written(root) is None
    assert written(root, "overlay2") is None


@pytest.mark.parametrize("mode", [0o000, 0o444])
@pytest.mark.parametrize("layer_id", [MOUNT, INIT])
def test_unreadable_part_has_no_size(root: Path, layer_id: str, mode: int) -> None:
    """A size that would be too low is not given."""
    os.chmod(root / "vfs/dir" / layer_id / "etc", mode)
    with unprivileged():
        assert written(root) is None


def test_unreadable_changes_have_no_size(root: Path) -> None:
    """Neither is one of changes that are kept apart."""
    (root / "overlay2" / MOUNT / "diff/secret").mkdir(parents=True, mode=0o700)
    with unprivileged():
        assert written(root, "overlay2") is None


def test_link_to_another_layer_is_not_followed(root: Path, layer: Path, tmp_path: Path) -> None:
    """A layer that is a link, as nobody but an attacker makes, has no size."""
    _copy(layer, tmp_path / "copy")
    shutil.rmtree(layer)
    layer.symlink_to(tmp_path / "copy")
    assert written(root) is None

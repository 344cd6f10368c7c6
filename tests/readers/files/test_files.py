"""The way into a root: only regular files are opened, and no link is followed."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from indexer.docker.files.folder import Entry, Folder, GoneError, UnreadableError, printable
from tests.readers.host.fake_system import unprivileged
from tests.readers.reading import opened, plant, write

if TYPE_CHECKING:
    from collections.abc import Iterator

LINK = "is a symbolic link, which is not followed"
SPECIAL = "is a special file, which is not opened"


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def refusal(folder: Folder, name: str, limit: int = 100) -> tuple[str, str]:
    """The rule and the reason with which `name` is not read."""
    with pytest.raises(UnreadableError) as caught:
        folder.read(name, limit)
    return caught.value.rule, str(caught.value)


def folder_refusal(folder: Folder, *names: str) -> tuple[str, str]:
    """The rule and the reason with which a folder is not opened."""
    with pytest.raises(UnreadableError) as caught, folder.descend(*names):
        pass
    return caught.value.rule, str(caught.value)


def test_files_and_folders_are_read(tmp_path: Path) -> None:
    """Contents, length, entries and relative paths are those on the disk."""
    write(tmp_path / "a/b/file", "text")
    with opened(tmp_path) as root, root.descend("a", "b") as folder:
        assert folder.path == "a/b"
        assert folder.join("file") == "a/b/file"
        assert folder.read("file", 4) == b"text"
        assert folder.size("file") == 4
        assert folder.has("file")
        assert not folder.has("other")
        assert root.names() == [Entry("a", "folder")]


@pytest.mark.parametrize("length", [0, 1, 65535, 65536, 65537, 3_000_000])
def test_the_limit_is_exact(tmp_path: Path, length: int) -> None:
    """A file may be as long as the limit and not a byte longer."""
    content = os.urandom(length)
    write(tmp_path / "file", content)
    with opened(tmp_path) as root:
        assert root.read("file", length) == content
        assert root.read("file", length + 70_000) == content
        if length:
            reason = f"is longer than the {length - 1} bytes that such a file may have"
            assert refusal(root, "file", length - 1) == ("U2", reason)


def test_a_sparse_giant_is_not_read_whole(tmp_path: Path) -> None:
    """A file far beyond its limit is refused after the limit's worth of reading."""
    with open(write(tmp_path / "file"), "wb") as file:
        file.truncate(1 << 40)
    with opened(tmp_path) as root:
        assert refusal(root, "file")[0] == "U2"


def test_what_is_not_there_is_gone(tmp_path: Path) -> None:
    """A missing file, folder, parent or root is distinguished from an unreadable one."""
    with pytest.raises(GoneError):
        Folder.of_root(str(tmp_path / "missing"))
    with opened(tmp_path) as root:
        for act in (root.folder, root.open, root.size, root.fingerprint):
            with pytest.raises(GoneError):
                act("missing")
        with pytest.raises(GoneError):
            root.descend("missing", "below")


def test_a_folder_removed_while_open(tmp_path: Path) -> None:
    """A folder that is removed while it is read is reported as gone."""
    (tmp_path / "a").mkdir()
    with opened(tmp_path) as root, root.folder("a") as folder:
        (tmp_path / "a").rmdir()
        assert folder.names() == []
        with pytest.raises(GoneError):
            folder.read("file", 10)


@pytest.mark.parametrize("kind", ["link", "dangling link"])
def test_a_link_is_not_followed(tmp_path: Path, kind: str) -> None:
    """A link in place of a file, folder or parent folder is refused, and the reason says so."""
    plant(tmp_path / "root/file", kind)
    (tmp_path / "outside-folder/below").mkdir(parents=True)
    (tmp_path / "root/folder").symlink_to(tmp_path / "outside-folder")
    with opened(tmp_path / "root") as root:
        assert refusal(root, "file") == ("S1", LINK)
        assert folder_refusal(root, "file") == ("S1", LINK)
        assert folder_refusal(root, "folder") == ("S1", LINK)
        assert folder_refusal(root, "folder", "below") == ("S1", LINK)
        assert dict(root.names())["file"] == "link"
        assert root.has("file")


def test_links_in_the_path_of_the_root_are_the_owners(tmp_path: Path) -> None:
    """The root itself may be reached by a link."""
    write(tmp_path / "disk/docker/file", "text")
    (tmp_path / "docker").symlink_to("disk/docker")
    with opened(tmp_path / "docker") as root:
        assert root.read("file", 10) == b"text"


def test_special_files_are_never_opened(tmp_path: Path) -> None:
    """A pipe without a writer does not block, and a socket or a device is left alone."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        names = ["pipe", "socket"]
        if os.geteuid() == 0:
            os.mknod(tmp_path / "device", stat.S_IFCHR | 0o600, os.makedev(1, 5))
            names.append("device")
        with opened(tmp_path) as root:
            for name in names:
                assert refusal(root, name) == ("S1", SPECIAL)
                assert folder_refusal(root, name) == ("S1", "is not a folder")
            assert root.names() == [Entry(name, "special") for name in sorted(names)]


def test_files_and_folders_in_each_others_place(tmp_path: Path) -> None:
    """A folder is not read as a file, and a file is not entered as a folder."""
    write(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    with opened(tmp_path) as root:
        assert refusal(root, "folder") == ("S1", "is a folder")
        assert folder_refusal(root, "file") == ("S1", "is not a folder")


def test_denied_access_is_said(shared: Path) -> None:
    """A file or folder of another user is there and cannot be read."""
    write(shared / "closed/file").chmod(0)
    (shared / "closed").chmod(0)
    write(shared / "file").chmod(0)
    denied = ("U1", "cannot be read: permission denied")
    with unprivileged(), opened(shared) as root:
        assert refusal(root, "file") == denied
        assert folder_refusal(root, "closed") == denied
        assert dict(root.names()) == {"closed": "folder", "file": "file"}
    (shared / "closed").chmod(0o311)
    with unprivileged(), opened(shared) as root:
        assert folder_refusal(root, "closed") == denied


def test_others_files_are_read_where_allowed(shared: Path) -> None:
    """A reader that is not allowed to use O_NOATIME can still read."""
    write(shared / "file", "text").chmod(0o644)
    with unprivileged(), opened(shared) as root:
        assert root.read("file", 10) == b"text"


def test_access_times_stay(tmp_path: Path) -> None:
    """Reading leaves no trace."""
    path = write(tmp_path / "folder/file", "text")
    for place in (path, path.parent, tmp_path):
        os.utime(place, ns=(10**18, 10**18))
    with opened(tmp_path) as root, root.folder("folder") as folder:
        folder.names()
        folder.read("file", 10)
        root.names()
    assert {place.stat().st_atime_ns for place in (path, path.parent, tmp_path)} == {10**18}


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    """A name that is not UTF-8 can be opened, and is shown with escapes."""
    name = os.fsdecode(b"caf\xe9")
    write(tmp_path / name, "text")
    with opened(tmp_path) as root:
        (entry,) = root.names()
        assert root.read(entry.name, 10) == b"text"
    assert printable(entry.name) == "caf\\xe9"
    assert printable("café \U0001f600") == "café \U0001f600"


def test_fingerprints_tell_a_change(tmp_path: Path) -> None:
    """Writing, replacing and changing the mode of a file give it another fingerprint."""
    path = write(tmp_path / "file", "a")
    with opened(tmp_path) as root:
        fingerprints = [root.fingerprint("file")]
        os.utime(path, ns=(0, 0))
        fingerprints.append(root.fingerprint("file"))
        os.replace(write(tmp_path / "new", "a"), path)
        fingerprints.append(root.fingerprint("file"))
        assert len(set(fingerprints)) == 3
        assert root.fingerprint("file") == fingerprints[-1]
        assert root.fingerprint().inode == tmp_path.stat().st_ino


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    """However a folder is read, refused or missing, its handle is closed."""
    write(tmp_path / "a/b/file", "text")
    plant(tmp_path / "a/link", "link")
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        with opened(tmp_path) as root:
            for names in (("a", "b"), ("a", "link"), ("a", "b", "file"), ("a", "no"), ("no",)):
                try:
                    with root.descend(*names) as folder:
                        folder.read("file", 10)
                        refusal(folder, "file", 1)
                except (GoneError, UnreadableError):
                    continue
    assert len(os.listdir("/proc/self/fd")) == len(before)

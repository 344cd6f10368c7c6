"""Whether an engine runs on a root, from the locks that the kernel lists."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from indexer.docker.files.folder import Folder
from indexer.docker.running_engine import Engine, engine_of
from tests.readers.drivers.driver_roots import write
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASES = (
    "volumes/metadata.db",
    "network/files/local-kv.db",
    "buildkit/snapshots.db",
    "buildkit/history.db",
)
STORES = (
    "io.containerd.metadata.v1.bolt/meta.db",
    "io.containerd.snapshotter.v1.overlayfs/metadata.db",
)
HOLD = """
import fcntl, sys
file = open(sys.argv[1], sys.argv[2])
fcntl.{call}(file, fcntl.{lock})
print("held", flush=True)
sys.stdin.read()
"""
NOT_RUNNING = Engine(False, None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a root with the databases of an engine."""
    for name in DATABASES:
        write(tmp_path / "docker" / name, b"database")
    return tmp_path / "docker"


@contextmanager
def held(path: Path, call: str = "flock", lock: str = "LOCK_EX", mode: str = "r+") -> Iterator[int]:
    """Make another process hold a lock on `path`, and return its ID."""
    command = [sys.executable, "-c", HOLD.format(call=call, lock=lock), str(path), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process.pid
        finally:
            process.kill()


def engine(root: Path, proc: Path | str = "/proc") -> Engine:
    with Folder.of_root(str(root)) as folder:
        return engine_of(folder, str(proc))


def engine_with(root: Path, containerd: Path, proc: Path | str = "/proc") -> Engine:
    with Folder.of_root(str(root)) as folder, Folder.of_root(str(containerd)) as store:
        return engine_of(folder, str(proc), store)


def require_whole_view() -> None:
    """Skip where processes of the host are hidden, so that nothing proves that none runs."""
    first = os.readlink("/proc/self/ns/pid") == "pid:[4026531836]"
    need(first, "The list of locks is whole in the first PID namespace only: run outside of one.")


class FakeProc:
    """A `/proc` with one lock and one process."""

    def __init__(self, top: Path, lock: str, *, namespace: str = "pid:[4026531836]") -> None:
        self.top = top
        write(top / "locks", f"1: POSIX  ADVISORY  READ 1 00:11:5 0 EOF\n2: {lock}\n")
        write(top / "stat", "cpu  1 2 3\nbtime 1700000000\nprocesses 9\n")
        (top / "self/ns").mkdir(parents=True)
        (top / "self/ns/pid").symlink_to(namespace)

    def process(self, pid: int, name: str, ticks: int) -> None:
        fields = ["S", *["0"] * 18, str(ticks), *["0"] * 20]
        write(self.top / str(pid) / "stat", f"{pid} ({name}) {' '.join(fields)}\n")


def place(path: Path) -> str:
    """Write the device and the inode of `path` as the list of locks does."""
    found = path.stat()
    return f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"


@pytest.mark.parametrize("name", DATABASES)
def test_a_locked_database_shows_a_running_engine(root: Path, name: str) -> None:
    """The start is that of the process with the lock, to a hundredth of a second."""
    before = datetime.now(UTC)
    with held(root / name):
        found = engine(root)
    assert found.running is True
    assert found.started_at is not None
    started = datetime.fromisoformat(found.started_at[:26]).replace(tzinfo=UTC)
    assert abs(started - before) < timedelta(seconds=5)


def test_a_lock_of_the_other_kind_counts_too(root: Path) -> None:
    """A database may be locked by a range of bytes, as where `flock` is emulated."""
    with held(root / DATABASES[0], call="lockf"):
        assert engine(root).running is True


def test_no_lock_means_no_engine(root: Path) -> None:
    """No engine runs without a lock, also right after one has ended."""
    require_whole_view()
    with held(root / DATABASES[0]):
        assert engine(root).running is True
    assert engine(root) == NOT_RUNNING


def test_a_shared_lock_is_not_an_engine(root: Path) -> None:
    """A shared lock, as readers take it, does not count."""
    require_whole_view()
    with held(root / DATABASES[0], lock="LOCK_SH", mode="r"):
        assert engine(root) == NOT_RUNNING


def test_a_copy_of_a_running_root_is_not_running(root: Path, tmp_path: Path) -> None:
    """Only the very files that are locked count."""
    require_whole_view()
    shutil.copytree(root, tmp_path / "copy")
    with held(root / DATABASES[0]):
        assert engine(tmp_path / "copy") == NOT_RUNNING


def test_looking_takes_no_lock(root: Path) -> None:
    """Looking for an engine never takes a lock: another process can always get it."""
    with open(root / DATABASES[0], "r+b") as database:
        for _ in range(20):
            engine(root)
            fcntl.flock(database, fcntl.LOCK_EX | fcntl.LOCK_NB)
            engine(root)
            fcntl.flock(database, fcntl.LOCK_UN)


def test_a_root_without_databases_is_not_running(tmp_path: Path) -> None:
    """An engine makes its databases before anything else can be done."""
    require_whole_view()
    assert engine(tmp_path) == NOT_RUNNING


def test_without_proc_it_is_unknown(root: Path, tmp_path: Path) -> None:
    """Without a list of locks the answer is unknown."""
    found = engine(root, tmp_path / "nothing")
    assert (found.running, found.started_at) == (None, None)
    assert found.doubt == f"{tmp_path}/nothing/locks, where an engine would be seen, cannot be read"


def test_in_a_container_no_lock_proves_nothing(root: Path, tmp_path: Path) -> None:
    """Only locks of visible processes are listed, so an engine may run unseen."""
    proc = FakeProc(tmp_path, "FLOCK  ADVISORY  WRITE 7 00:01:2 0 EOF", namespace="pid:[4026532]")
    unknown = engine(root, proc.top)
    assert unknown.running is None
    assert unknown.doubt is not None
    assert "process namespace" in unknown.doubt
    found = place(root / DATABASES[0])
    write(tmp_path / "locks", f"1: FLOCK  ADVISORY  WRITE 7 {found} 0 EOF\n")
    assert engine(root, proc.top).running is True


def test_a_database_that_cannot_be_looked_at_leaves_it_unknown(root: Path, tmp_path: Path) -> None:
    """Planted links in place of both files that an engine always holds are not followed."""
    for name in DATABASES[:2]:
        (root / name).unlink()
        (root / name).symlink_to(root / DATABASES[2])
    proc = FakeProc(tmp_path, "FLOCK  ADVISORY  WRITE 7 00:01:2 0 EOF")
    unknown = engine(root, proc.top)
    assert unknown.running is None
    assert unknown.doubt is not None
    assert "can be opened" in unknown.doubt
    found = place(root / DATABASES[2])
    write(tmp_path / "locks", f"1: FLOCK  ADVISORY  WRITE 7 {found} 0 EOF\n")
    assert engine(root, proc.top).running is True


@pytest.mark.parametrize("name", ["dockerd", "a) S 0 (b", "with space"])
def test_the_start_is_counted_from_the_boot(root: Path, tmp_path: Path, name: str) -> None:
    """The name of the process, which may hold anything, does not shift the fields."""
    lock = f"FLOCK  ADVISORY  WRITE 77 {place(root / DATABASES[1])} 0 EOF"
    proc = FakeProc(tmp_path, lock)
    proc.process(77, name, ticks=150 * os.sysconf("SC_CLK_TCK") // 100)
    assert engine(root, proc.top) == Engine(True, "2023-11-14T22:13:21.500000000Z")


@pytest.mark.parametrize(("kind", "pid"), [("OFDLCK", "-1"), ("POSIX ", "0"), ("FLOCK ", "4242")])
def test_an_engine_of_unknown_start_runs_all_the_same(
    root: Path, tmp_path: Path, kind: str, pid: str
) -> None:
    """The kernel may not tell the process, or it may have ended meanwhile."""
    found = place(root / DATABASES[0])
    proc = FakeProc(tmp_path, f"{kind} ADVISORY  WRITE {pid} {found} 0 EOF")
    assert engine(root, proc.top) == Engine(True, None)


def test_who_waits_for_a_lock_does_not_hold_it(root: Path, tmp_path: Path) -> None:
    """Processes that wait for a lock do not count."""
    found = place(root / DATABASES[0])
    proc = FakeProc(tmp_path, f"-> FLOCK  ADVISORY  WRITE 77 {found} 0 EOF")
    assert engine(root, proc.top) == NOT_RUNNING


def test_the_same_inode_on_another_device_is_another_file(root: Path, tmp_path: Path) -> None:
    """A copy of a whole disk has the same inodes."""
    inode = (root / DATABASES[0]).stat().st_ino
    proc = FakeProc(tmp_path, f"FLOCK  ADVISORY  WRITE 77 ff:ff:{inode} 0 EOF")
    assert engine(root, proc.top) == NOT_RUNNING


def test_the_device_of_the_mount_counts_as_well(root: Path, tmp_path: Path) -> None:
    """On btrfs a file's own device is its subvolume's, while locks are listed by the mount's."""
    inode = (root / DATABASES[0]).stat().st_ino
    proc = FakeProc(tmp_path, f"FLOCK  ADVISORY  WRITE 77 00:2a:{inode} 0 EOF")
    for fd in range(1024):
        write(tmp_path / "self/fdinfo" / str(fd), "pos:\t0\nflags:\t02\nmnt_id:\t29\nino:\t1\n")
    write(
        tmp_path / "self/mountinfo", "28 1 0:41 / / rw - ext4 x rw\n29 28 0:42 / /d rw - b b rw\n"
    )
    assert engine(root, proc.top).running is True


def test_lines_of_another_form_are_passed_over(root: Path, tmp_path: Path) -> None:
    """Leases and unknown kinds of lock do not count."""
    found = place(root / DATABASES[0])
    proc = FakeProc(tmp_path, f"LEASE  ACTIVE    WRITE 77 {found} 0 EOF\n\nnew \xff form")
    assert engine(root, proc.top) == NOT_RUNNING


def test_an_engine_that_just_ended_is_not_running(root: Path) -> None:
    """The kernel drops a lock with its process."""
    require_whole_view()
    with held(root / DATABASES[0]) as pid:
        os.kill(pid, 9)
        deadline = time.monotonic() + 5
        while engine(root).running and time.monotonic() < deadline:
            time.sleep(0.01)
        assert engine(root) == NOT_RUNNING


@pytest.mark.parametrize("name", STORES)
def test_a_running_containerd_counts_as_a_running_engine(root: Path, name: str) -> None:
    """A running containerd counts as an engine, since its garbage collector changes the images."""
    containerd = root.parent / "containerd"
    for path in STORES:
        write(containerd / path, b"database")
    with held(containerd / name):
        assert engine_with(root, containerd).running is True
        require_whole_view()
        assert engine(root) == NOT_RUNNING
    assert engine_with(root, containerd) == NOT_RUNNING


def test_the_engine_s_start_goes_before_that_of_containerd(root: Path, tmp_path: Path) -> None:
    """Whichever of both is the younger process: what a crash left is older than the engine."""
    containerd = tmp_path / "containerd"
    database, store = root / DATABASES[0], containerd / STORES[0]
    write(store, b"database")
    proc = FakeProc(tmp_path / "proc", f"FLOCK  ADVISORY  WRITE 70 {place(database)} 0 EOF")
    locks = (tmp_path / "proc/locks").read_text()
    write(tmp_path / "proc/locks", f"{locks}3: FLOCK  ADVISORY  WRITE 90 {place(store)} 0 EOF\n")
    ticks = os.sysconf("SC_CLK_TCK")
    proc.process(70, "dockerd", 100 * ticks)
    proc.process(90, "containerd", 200 * ticks)
    found = engine_with(root, containerd, proc.top)
    assert found == engine(root, proc.top)
    assert found.running is True
    write(tmp_path / "proc/locks", locks.replace(place(database), place(store)))
    assert engine_with(root, containerd, proc.top).running is True

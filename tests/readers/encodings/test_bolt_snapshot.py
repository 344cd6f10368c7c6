"""How a bbolt file is copied while its owner may be writing to it."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from indexer.docker.encodings.bolt import BoltError, read_snapshot, snapshot
from tests.readers.encodings.bolt_samples import CONTAINERD, content, real
from tests.readers.encodings.bolt_writer import BoltWriter, bolt_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_STATES = [{b"state": {b"number": b"%d" % number * 3000}} for number in range(20)]


class LiveFile:
    """A real file that its owner changes just before it is read from its start again.

    Each attempt reads the start three times: the meta pages, the whole file, the meta pages.
    """

    def __init__(self, path: Path) -> None:
        self._writer = BoltWriter()
        self.roots = [self._writer.tree(state) for state in _STATES]
        path.write_bytes(self._writer.file(self.roots[1], txid=1))
        self.fd = os.open(path, os.O_RDWR)
        self.txid = 1
        self.starts = 0
        self.before_start: dict[int, Callable[[], object]] = {}

    def commit(self) -> None:
        """Write the meta page of the next transaction."""
        self.txid += 1
        self._write_meta(self._meta())

    def tear(self) -> None:
        """Write half of the meta page of the next transaction."""
        self.txid += 1
        self._write_meta(self._meta()[:60])

    def finish_torn(self) -> None:
        """Write the meta page that `tear` left half-done."""
        self._write_meta(self._meta())

    def spoil(self) -> None:
        """Zero the checksum of the newest meta page."""
        os.pwrite(self.fd, bytes(8), self.txid % 2 * 4096 + 72)

    def destroy(self) -> None:
        """Overwrite the root pages of all states, and commit."""
        for root in self.roots:
            os.pwrite(self.fd, b"\xff" * 64, root * 4096)
        self.commit()

    def read_at(self, length: int, offset: int) -> bytes:
        """Read as `os.pread` does, after what was to happen before."""
        if offset == 0:
            self.starts += 1
            self.before_start.get(self.starts, lambda: None)()
        return os.pread(self.fd, length, offset)

    def _meta(self) -> bytes:
        return self._writer.meta(self.txid % 2, self.roots[self.txid], self.txid)

    def _write_meta(self, page: bytes) -> None:
        os.pwrite(self.fd, page, self.txid % 2 * 4096)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveFile]:
    """A file at transaction 1."""
    file = LiveFile(tmp_path / "live.db")
    yield file
    os.close(file.fd)


def test_a_quiet_file_is_read_once(live: LiveFile) -> None:
    """Three reads from the start are enough where nothing changes."""
    file = snapshot(live.read_at)
    assert (file.txid, file.consistent, live.starts) == (1, True, 3)
    assert content(file.root) == _STATES[1]


@pytest.mark.parametrize("start", [2, 3])
def test_a_commit_during_the_copy_leads_to_a_second_one(live: LiveFile, start: int) -> None:
    """A commit during the copy is noticed, and the next copy includes it."""
    live.before_start[start] = live.commit
    file = snapshot(live.read_at)
    assert (file.txid, file.consistent, live.starts) == (2, True, 6)
    assert content(file.root) == _STATES[2]


def test_a_torn_meta_page_is_read_again(live: LiveFile) -> None:
    """A meta page caught half-written counts as absent; once it is whole, the copy is redone."""
    live.before_start = {1: live.tear, 3: live.finish_torn}
    file = snapshot(live.read_at)
    assert (file.txid, file.consistent, live.starts) == (2, True, 6)


def test_a_transaction_that_comes_and_goes_is_noticed(live: LiveFile) -> None:
    """The copy itself has to be of the transaction that was newest before and after it."""
    live.before_start = {2: live.commit, 3: live.spoil}
    file = snapshot(live.read_at)
    assert (file.txid, file.consistent, live.starts) == (1, True, 6)


def test_a_file_that_is_not_there_yet_is_tried_again(live: LiveFile) -> None:
    """A file that its owner is just creating is read again."""
    whole = os.pread(live.fd, 1 << 20, 0)
    live.before_start = {
        1: lambda: os.ftruncate(live.fd, 0),
        2: lambda: os.pwrite(live.fd, whole, 0),
    }
    file = snapshot(live.read_at)
    assert (file.txid, file.consistent, live.starts) == (1, True, 4)


def test_a_busy_file_is_taken_with_less_confidence(live: LiveFile) -> None:
    """A file that changes during every attempt is taken when all of it can be walked."""
    live.before_start = dict.fromkeys((3, 6, 9), live.commit)
    file = snapshot(live.read_at, attempts=3)
    assert (file.txid, file.consistent, live.starts) == (3, False, 9)
    assert content(file.root) == _STATES[3]


def test_a_busy_file_that_cannot_be_walked_is_refused(live: LiveFile) -> None:
    """It is an error if pages were overwritten during the last copy."""
    live.before_start = {2: live.commit, 5: live.destroy}
    with pytest.raises(BoltError, match=r"^changed whenever .* is damaged: page \d+ says"):
        snapshot(live.read_at, attempts=2)


def test_a_file_cut_to_nothing_under_the_copy_is_refused(live: LiveFile) -> None:
    """A file that is emptied while it is read ends in an error, not in half of its content."""
    live.before_start[2] = lambda: os.ftruncate(live.fd, 0)
    with pytest.raises(BoltError, match=r"^is empty"):
        snapshot(live.read_at)


def test_a_short_read_is_continued() -> None:
    """Reading a few bytes at a time gives the same database."""
    data = real(CONTAINERD)
    slow = snapshot(lambda length, offset: data[offset : offset + min(length, 9999)])
    fast = snapshot(lambda length, offset: data[offset : offset + length])
    assert content(slow.root) == content(fast.root)


def test_no_lock_is_needed_or_left(tmp_path: Path) -> None:
    """The owner's exclusive lock does not stop the reader, nor the reader an owner."""
    path = tmp_path / "meta.db"
    path.write_bytes(real(CONTAINERD))
    with path.open("rb") as ours, path.open("r+b") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        file = read_snapshot(ours.fileno())
        fcntl.flock(owner, fcntl.LOCK_UN)
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert (ours.tell(), file.txid) == (0, 246)


def test_the_unused_end_of_a_file_is_not_read(tmp_path: Path) -> None:
    """Only the pages in use count towards the limit, so a file grown ahead of need passes it."""
    path = tmp_path / "grown.db"
    path.write_bytes(bolt_file({b"key": b"value"}))
    os.truncate(path, 1 << 40)
    with path.open("rb") as stream:
        assert read_snapshot(stream.fileno(), max_bytes=1 << 20).root.get(b"key") == b"value"


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    """More pages in use than the limit allows are an error that names the limit."""
    path = tmp_path / "long.db"
    path.write_bytes(bolt_file({b"key": b"x" * 300_000}))
    with path.open("rb") as stream:
        assert len(read_snapshot(stream.fileno(), max_bytes=400_000).root.get(b"key") or b"")
        with pytest.raises(BoltError, match=r"^is longer than the 200000 bytes"):
            read_snapshot(stream.fileno(), max_bytes=200_000)


def test_a_file_that_claims_to_be_longer_is_read() -> None:
    """A high-water mark beyond the limit is no reason to refuse a file that is shorter."""
    writer = BoltWriter()
    data = writer.file(writer.leaf([(b"key", b"value", 0)]), high_water=2**60)
    file = snapshot(lambda length, offset: data[offset : offset + length], max_bytes=100_000)
    assert file.root.get(b"key") == b"value"


def test_what_cannot_be_read_at_an_offset_is_refused(tmp_path: Path) -> None:
    """A folder and a pipe end in the error of this module, as an unreadable file does."""
    folder = os.open(tmp_path, os.O_RDONLY)
    ours, theirs = os.pipe()
    try:
        with pytest.raises(BoltError, match=r"^cannot be read: Is a directory"):
            read_snapshot(folder)
        with pytest.raises(BoltError, match=r"^cannot be read: Illegal seek"):
            read_snapshot(ours)
    finally:
        for fd in (folder, ours, theirs):
            os.close(fd)

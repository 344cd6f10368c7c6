"""Reads bbolt databases without a lock, from a consistent copy of the file in memory.

The engine, BuildKit and containerd keep their files locked while they run, and a lock of ours could
stop them from starting. Source: go.etcd.io/bbolt db.go, tx.go and bucket.go.
"""

from __future__ import annotations

import io
import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias

from indexer.docker.encodings.bolt_meta import META_AREA, BoltError, Meta, newest_meta
from indexer.docker.encodings.bolt_pages import Branch, Leaf, Link, Pages, Root, Value

__all__ = ["BoltError", "BoltFile", "Bucket", "ReadAt", "read_snapshot", "snapshot"]

ReadAt: TypeAlias = Callable[[int, int], bytes]
"""Reads up to so many bytes (first argument) from an offset (second); none beyond the end."""

# The copy is kept in memory, so that its size has to be limited.
_MAX_BYTES: Final = 1 << 30
_CHUNK_BYTES: Final = 64 << 20
_MAX_NESTING: Final = 64


class Bucket:
    """A bucket: keys in bytewise order, each with a value or with a nested bucket.

    Pages are decoded when they are needed, so every method raises `BoltError` when it reaches a
    damaged one. What it returned before that is sound.
    """

    __slots__ = ("_nesting", "_pages", "_root")

    def __init__(self, pages: Pages, root: Root, nesting: int) -> None:
        """Take the pages of the file, the bucket's root page, and its nesting depth."""
        self._pages = pages
        self._root = root
        self._nesting = nesting

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`; None if it is absent or is a bucket."""
        value = self._find(key)
        return None if value is None or value.is_bucket else self._bytes(value)

    def bucket(self, *path: bytes) -> Bucket | None:
        """The nested bucket at the keys `path`; None if one is absent or has a plain value."""
        current = self
        for key in path:
            value = current._find(key)
            if value is None or not value.is_bucket:
                return None
            current = current._open(value)
        return current

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Each key that has a plain value, with that value."""
        for key, value in self._elements():
            if not value.is_bucket:
                yield key, self._bytes(value)

    def keys(self) -> Iterator[bytes]:
        """Each key that has a plain value."""
        return (key for key, _ in self.items())

    def values(self) -> Iterator[bytes]:
        """Each plain value."""
        return (value for _, value in self.items())

    def buckets(self) -> Iterator[tuple[bytes, Bucket]]:
        """Each key that has a bucket, with that bucket."""
        for key, value in self._elements():
            if value.is_bucket:
                yield key, self._open(value)

    def _bytes(self, value: Value) -> bytes:
        return self._pages.data[value.start : value.end]

    def _open(self, value: Value) -> Bucket:
        if self._nesting == _MAX_NESTING:
            raise BoltError(f"is damaged: buckets are nested more than {_MAX_NESTING} deep")
        return Bucket(self._pages, self._pages.bucket(value), self._nesting + 1)

    def _elements(self) -> Iterator[tuple[bytes, Value]]:
        for leaf in self._leaves():
            yield from zip(leaf.keys, leaf.values, strict=True)

    def _leaves(self) -> Iterator[Leaf]:
        # A stack in place of recursion: a damaged file must not exhaust Python's stack.
        pending = [self._root]
        while pending:
            node = self._pages.node(pending.pop())
            if isinstance(node, Leaf):
                yield node
            else:
                pending.extend(reversed(node.children))

    def _find(self, key: bytes) -> Value | None:
        node = self._pages.node(self._root)
        while isinstance(node, Branch):
            index = bisect_right(node.keys, key) - 1
            if index < 0:
                return None
            node = self._pages.node(node.children[index])
        index = bisect_left(node.keys, key)
        return node.values[index] if node.keys[index : index + 1] == [key] else None


class BoltFile:
    """A bbolt database as of one transaction.

    `root` holds the top-level buckets and `txid` is the number of the transaction. `consistent` is
    False if the file changed during every attempt to copy it. All that is known of such a copy is
    that its structure is sound.
    """

    __slots__ = ("consistent", "root", "txid")

    def __init__(self, data: bytes, *, consistent: bool = True) -> None:
        """Take the bytes of the file. Raises `BoltError` if no meta page is valid."""
        pages = Pages(data)
        meta = pages.meta
        self.root = Bucket(pages, Link(meta.root, 0), 0)
        self.txid = meta.txid
        self.consistent = consistent

    def check(self) -> None:
        """Walk through every bucket. Raises `BoltError` if anything is damaged."""
        pending = [self.root]
        while pending:
            pending.extend(bucket for _, bucket in pending.pop().buckets())


def read_snapshot(fd: int, *, attempts: int = 5, max_bytes: int = _MAX_BYTES) -> BoltFile:
    """The database in the regular file that is open at `fd`; an engine may write it meanwhile.

    The descriptor stays open, and its position is neither used nor moved. Raises `BoltError`, as
    `snapshot` does.
    """
    return snapshot(partial(os.pread, fd), attempts=attempts, max_bytes=max_bytes)


def snapshot(read_at: ReadAt, *, attempts: int = 5, max_bytes: int = _MAX_BYTES) -> BoltFile:
    """The database that `read_at` reads, as of one transaction.

    A copy is consistent if the newest transaction is the same before and after copying. The pages
    that transaction N uses are overwritten by N+2 at the earliest, and by then N+1 is in a meta
    page (bbolt freelist.go). If every one of `attempts` copies is inconsistent, the last one is
    used, provided that all of it can be walked. Raises `BoltError` if the file is no database, is
    damaged or cut off, or is longer than `max_bytes`.
    """
    # An error of an early attempt is ignored too: a torn copy looks like a damaged file.
    for _ in range(attempts - 1):
        with suppress(BoltError):
            copy = _copy(read_at, max_bytes)
            if copy.consistent:
                return copy
    copy = _copy(read_at, max_bytes)
    if not copy.consistent:
        _check_unsteady(copy)
    return copy


def _check_unsteady(copy: BoltFile) -> None:
    try:
        copy.check()
    except BoltError as error:
        raise BoltError(f"changed whenever it was read, and the last copy {error}") from error


def _copy(read_at: ReadAt, max_bytes: int) -> BoltFile:
    before = newest_meta(_read(read_at, META_AREA))
    data = _read(read_at, _length(read_at, before, max_bytes))
    after = newest_meta(_read(read_at, META_AREA))
    return BoltFile(data, consistent=before == newest_meta(data) == after)


def _length(read_at: ReadAt, meta: Meta, max_bytes: int) -> int:
    """The bytes of the file that are in use; bbolt grows a file ahead of need.

    Raises `BoltError` if they are more than `max_bytes`.
    """
    # The copy needs both meta pages, whatever the page size, to be compared with the first look.
    used = max(meta.high_water * meta.page_size, META_AREA)
    if used > max_bytes and _read_part(read_at, 1, max_bytes):
        raise BoltError(f"is longer than the {max_bytes} bytes that are read of a bbolt database")
    return min(used, max_bytes)


def _read(read_at: ReadAt, length: int) -> bytes:
    buffer = io.BytesIO()
    while buffer.tell() < length:
        part = _read_part(read_at, min(length - buffer.tell(), _CHUNK_BYTES), buffer.tell())
        if not part:
            break
        buffer.write(part)
    return buffer.getvalue()


def _read_part(read_at: ReadAt, length: int, offset: int) -> bytes:
    try:
        return read_at(length, offset)
    except OSError as error:
        raise BoltError(f"cannot be read: {error.strerror}") from error

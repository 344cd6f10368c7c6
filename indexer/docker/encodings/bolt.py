"""bbolt databases, read without a lock: a consistent copy of the file, and the buckets in it.

The engine, BuildKit and containerd keep their files locked while they run, and a foreign lock can
stop them from starting, so none is taken. Source: go.etcd.io/bbolt db.go, tx.go and bucket.go.
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
"""Gives at most so many bytes (first argument) at an offset (second), none beyond the end."""

_MAX_BYTES: Final = 1 << 30
_CHUNK_BYTES: Final = 64 << 20
_MAX_NESTING: Final = 64


class Bucket:
    """A bucket: keys in bytewise order, each with a value or with a bucket of its own.

    Pages are read when they are needed, so every method raises `BoltError` where it comes upon a
    damaged one; what was given before that is sound.
    """

    __slots__ = ("_nesting", "_pages", "_root")

    def __init__(self, pages: Pages, root: Root, nesting: int) -> None:
        """Take the pages of the file, the bucket's root page and how deep the bucket is nested."""
        self._pages = pages
        self._root = root
        self._nesting = nesting

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`, None where it is absent or a bucket."""
        value = self._find(key)
        return None if value is None or value.is_bucket else self._bytes(value)

    def bucket(self, *path: bytes) -> Bucket | None:
        """The bucket reached by the keys in `path`, None where one is absent or a plain value."""
        current = self
        for key in path:
            value = current._find(key)
            if value is None or not value.is_bucket:
                return None
            current = current._open(value)
        return current

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Each key that has a plain value, and the value."""
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
        """Each key that has a bucket, and the bucket."""
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

    `root` holds the top-level buckets; `txid` is the transaction; `confident` is False where the
    file changed during every attempt to copy it, so that only its structure vouches for it.
    """

    __slots__ = ("confident", "root", "txid")

    def __init__(self, data: bytes, *, confident: bool = True) -> None:
        """Take the bytes of the file. Raises `BoltError` where no meta page is valid."""
        pages = Pages(data)
        meta = pages.meta
        self.root = Bucket(pages, Link(meta.root, 0), 0)
        self.txid = meta.txid
        self.confident = confident

    def check(self) -> None:
        """Walk every bucket, so that whatever is damaged is found. Raises `BoltError`."""
        pending = [self.root]
        while pending:
            pending.extend(bucket for _, bucket in pending.pop().buckets())


def read_snapshot(fd: int, *, attempts: int = 5, max_bytes: int = _MAX_BYTES) -> BoltFile:
    """The database in the regular file open at `fd`, which stays open and may be written meanwhile.

    Raises `BoltError`; see `snapshot`. The descriptor's position is neither used nor moved.
    """
    return snapshot(partial(os.pread, fd), attempts=attempts, max_bytes=max_bytes)


def snapshot(read_at: ReadAt, *, attempts: int = 5, max_bytes: int = _MAX_BYTES) -> BoltFile:
    """The database that `read_at` reads, as of one transaction.

    A copy is consistent when the newest transaction is the same before and after it was read: pages
    in use by transaction N are written again by N+2 at the earliest, after N+1 is in its meta page
    (bbolt freelist.go). Where that fails `attempts` times, the last copy is taken if all of it can
    be walked. Raises `BoltError` where there is no database, a damaged or cut off one, or one of
    more than `max_bytes`.
    """
    for _ in range(attempts - 1):
        with suppress(BoltError):
            copy = _copy(read_at, max_bytes)
            if copy.confident:
                return copy
    copy = _copy(read_at, max_bytes)
    if not copy.confident:
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
    return BoltFile(data, confident=before == newest_meta(data) == after)


def _length(read_at: ReadAt, meta: Meta, max_bytes: int) -> int:
    """How much of the file is in use; bbolt grows files ahead of need."""
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

"""Decodes the branch and leaf pages of a bbolt file, and checks every bound before using it.

bbolt itself trusts these bytes; a damaged file makes it crash. Here it must become a finding.
Source: go.etcd.io/bbolt internal/common/page.go, inode.go and bucket.go (format version 2).
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from indexer.docker.encodings.bolt_meta import BoltError, newest_meta

_HEADER_BYTES: Final = 16
_ELEMENT_BYTES: Final = 16
_BRANCH: Final = 0x01
_LEAF: Final = 0x02
_MAX_DEPTH: Final = 64


class Link(NamedTuple):
    """A reference to the page `page_id`, which stands at offset `source` of the file.

    The keys on and below the page are at least `low` and less than `high` (None: no limit). `depth`
    counts pages from the root page of the bucket, which has 1.
    """

    page_id: int
    source: int
    low: bytes = b""
    high: bytes | None = None
    depth: int = 1


class Inline(NamedTuple):
    """The only page of a small bucket, which lies in the bucket's value from `start` to `end`."""

    start: int
    end: int


class Value(NamedTuple):
    """The offsets of a value in the file; `is_bucket` says whether it is a bucket's header."""

    start: int
    end: int
    is_bucket: bool


class Branch(NamedTuple):
    """A branch page: its children, and for each the first key on or below it."""

    keys: list[bytes]
    children: list[Link]


class Leaf(NamedTuple):
    """A leaf page: its keys, and the value of each."""

    keys: list[bytes]
    values: list[Value]


Root: TypeAlias = Link | Inline


class Pages:
    """The branch and leaf pages in `data`, the bytes of a bbolt file from its start.

    A page may be referred to from one place only. This rules out cycles, and it keeps the work of
    walking a damaged file proportional to the file's length.
    """

    __slots__ = ("_branch", "_bucket", "_header", "_leaf", "_sources", "data", "meta")

    def __init__(self, data: bytes) -> None:
        """Take the bytes of the file. Raises `BoltError` if no meta page is valid."""
        self.data = data
        self.meta = newest_meta(data)
        order = self.meta.order
        self._header = struct.Struct(f"{order}QHHI")
        self._branch = struct.Struct(f"{order}IIQ")
        self._leaf = struct.Struct(f"{order}IIII")
        self._bucket = struct.Struct(f"{order}QQ")
        self._sources: dict[int, int] = {}

    def node(self, root: Root) -> Branch | Leaf:
        """The page at `root`. Raises `BoltError` if anything about it is wrong."""
        if isinstance(root, Inline):
            return self._inline(root)
        what = f"page {root.page_id}"
        if root.depth > _MAX_DEPTH:
            raise _damaged(f"{what} is more than {_MAX_DEPTH} pages below the root of its bucket")
        start = self._start(root.page_id)
        page_id, flags, count, overflow = self._header.unpack_from(self.data, start)
        if page_id != root.page_id:
            raise _damaged(f"{what} says that it is page {page_id}")
        end = self._end(root.page_id, overflow)
        self._claim(root, overflow)
        node: Branch | Leaf
        if flags == _LEAF:
            node = self._leaf_page(what, start, end, count)
        elif flags == _BRANCH:
            node = self._branch_page(what, root, end, count)
        else:
            raise _damaged(f"{what} has flags {flags:#x}, and is no branch or leaf page")
        _check_range(what, node.keys, root)
        return node

    def bucket(self, value: Value) -> Root:
        """The root page of the bucket whose header is `value`. Raises `BoltError`.

        A bucket that fits into a quarter of a page has page number 0 and follows its header.
        """
        if value.end - value.start < self._bucket.size:
            raise _damaged(f"the bucket header at byte {value.start} is too short")
        page_id, _ = self._bucket.unpack_from(self.data, value.start)
        if page_id:
            return Link(page_id, value.start)
        return Inline(value.start + self._bucket.size, value.end)

    def _start(self, page_id: int) -> int:
        # Pages 0 and 1 are the meta pages.
        if not 2 <= page_id < self.meta.high_water:
            raise _damaged(f"page {page_id} is not among the pages 2 to {self.meta.high_water - 1}")
        start: int = page_id * self.meta.page_size
        if start + _HEADER_BYTES > len(self.data):
            raise BoltError(f"is cut off: page {page_id} lies beyond its {len(self.data)} bytes")
        return start

    def _end(self, page_id: int, overflow: int) -> int:
        after = page_id + overflow + 1
        end = after * self.meta.page_size
        if after > self.meta.high_water:
            raise _damaged(f"page {page_id} claims {overflow} more pages than there are")
        if end > len(self.data):
            raise BoltError(f"is cut off: page {page_id} ends beyond its {len(self.data)} bytes")
        return end

    def _claim(self, link: Link, overflow: int) -> None:
        """Record that `link` owns its page and the `overflow` pages after it."""
        if self._sources.get(link.page_id) == link.source:
            return
        pages = range(link.page_id, link.page_id + overflow + 1)
        for page_id in pages:
            if page_id in self._sources:
                raise _damaged(f"page {page_id} is used twice")
        self._sources.update(dict.fromkeys(pages, link.source))

    def _inline(self, inline: Inline) -> Leaf:
        what = f"the inline bucket at byte {inline.start}"
        if inline.end - inline.start < _HEADER_BYTES:
            raise _damaged(f"{what} is too short for a page")
        _, flags, count, _ = self._header.unpack_from(self.data, inline.start)
        if flags != _LEAF:
            raise _damaged(f"{what} has flags {flags:#x}, and is no leaf page")
        leaf = self._leaf_page(what, inline.start, inline.end, count)
        if any(value.is_bucket for value in leaf.values):
            raise _damaged(f"{what} holds a bucket")
        return leaf

    def _leaf_page(self, what: str, start: int, end: int, count: int) -> Leaf:
        table, free = _table(what, start, end, count)
        leaf = Leaf([], [])
        for flags, position, key_bytes, value_bytes in self._leaf.iter_unpack(self.data[table]):
            key_at = start + _HEADER_BYTES + _ELEMENT_BYTES * len(leaf.keys) + position
            value_at = key_at + key_bytes
            if key_at < free or value_at + value_bytes > end or not key_bytes or flags > 1:
                raise _damaged(f"{what} has a broken element {len(leaf.keys)}")
            free = value_at + value_bytes
            leaf.keys.append(self.data[key_at:value_at])
            leaf.values.append(Value(value_at, free, flags == 1))
        _check_order(what, leaf.keys)
        return leaf

    def _branch_page(self, what: str, link: Link, end: int, count: int) -> Branch:
        start = link.page_id * self.meta.page_size
        table, free = _table(what, start, end, count)
        keys: list[bytes] = []
        page_ids: list[int] = []
        for position, key_bytes, page_id in self._branch.iter_unpack(self.data[table]):
            key_at = start + _HEADER_BYTES + _ELEMENT_BYTES * len(keys) + position
            free, floor = key_at + key_bytes, free
            if key_at < floor or free > end or not key_bytes:
                raise _damaged(f"{what} has a broken element {len(keys)}")
            keys.append(self.data[key_at:free])
            page_ids.append(page_id)
        if not keys:
            raise _damaged(f"{what} is a branch page without children")
        _check_order(what, keys)
        return Branch(keys, _children(link, start, keys, page_ids))


def _table(what: str, start: int, end: int, count: int) -> tuple[slice, int]:
    first = start + _HEADER_BYTES
    after = first + _ELEMENT_BYTES * count
    if after > end:
        raise _damaged(f"{what} has no room for its {count} elements")
    return slice(first, after), after


def _children(link: Link, start: int, keys: list[bytes], page_ids: list[int]) -> list[Link]:
    first = start + _HEADER_BYTES
    highs = [*keys[1:], link.high]
    return [
        Link(page_id, first + _ELEMENT_BYTES * index, low, high, link.depth + 1)
        for index, (page_id, low, high) in enumerate(zip(page_ids, keys, highs, strict=True))
    ]


def _check_order(what: str, keys: list[bytes]) -> None:
    for before, after in pairwise(keys):
        if before >= after:
            raise _damaged(f"{what} has keys out of order")


def _check_range(what: str, keys: list[bytes], link: Link) -> None:
    if keys and (keys[0] < link.low or (link.high is not None and keys[-1] >= link.high)):
        raise _damaged(f"{what} has keys that belong on another page")


def _damaged(reason: str) -> BoltError:
    return BoltError(f"is damaged: {reason}")

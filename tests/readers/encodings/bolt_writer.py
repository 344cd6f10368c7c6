"""Writes bbolt files page by page: sound ones and, where a test asks for it, impossible ones."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

Tree: TypeAlias = Mapping[bytes, "bytes | Tree"]
"""What a bucket holds: a value or a bucket for each key."""

Element: TypeAlias = tuple[bytes, bytes, int]
"""A leaf element: key, value and flags (1: the value is a bucket)."""

Item = TypeVar("Item")

BRANCH = 0x01
LEAF = 0x02
META = 0x04
FREELIST = 0x10


class BoltWriter:
    """A bbolt file in the making, of `page_size` bytes a page in the byte order `order`."""

    def __init__(self, page_size: int = 4096, order: str = "<") -> None:
        self.page_size = page_size
        self.order = order
        self.pages = [b""] * 2
        self.add(FREELIST, 0, b"")

    @property
    def next_page(self) -> int:
        """The id of the page that is added next."""
        return len(self.pages)

    def add(self, flags: int, count: int, body: bytes, page_id: int | None = None) -> int:
        """Append a page, with as many overflow pages as `body` needs, and give its id."""
        own_id = self.next_page
        extra = (16 + len(body) - 1) // self.page_size
        header = self.header(own_id if page_id is None else page_id, flags, count, extra)
        whole = (header + body).ljust((extra + 1) * self.page_size, b"\0")
        for start in range(0, len(whole), self.page_size):
            self.pages.append(whole[start : start + self.page_size])
        return own_id

    def header(self, page_id: int, flags: int, count: int, overflow: int = 0) -> bytes:
        """The first 16 bytes of a page."""
        return struct.pack(f"{self.order}QHHI", page_id, flags, count, overflow)

    def leaf(self, elements: Sequence[Element]) -> int:
        """Append a leaf page and give its id."""
        return self.add(LEAF, len(elements), self.leaf_body(elements))

    def branch(self, children: Sequence[tuple[bytes, int]]) -> int:
        """Append a branch page and give its id."""
        position = 16 * len(children)
        table = b""
        for index, (key, page_id) in enumerate(children):
            table += struct.pack(f"{self.order}IIQ", position - 16 * index, len(key), page_id)
            position += len(key)
        return self.add(BRANCH, len(children), table + b"".join(key for key, _ in children))

    def leaf_body(self, elements: Sequence[Element]) -> bytes:
        """A leaf page without its header."""
        position = 16 * len(elements)
        table = []
        for index, (key, value, flags) in enumerate(elements):
            sizes = (position - 16 * index, len(key), len(value))
            table.append(struct.pack(f"{self.order}IIII", flags, *sizes))
            position += len(key) + len(value)
        return b"".join([*table, *(key + value for key, value, _ in elements)])

    def bucket(self, root: int, sequence: int = 0) -> bytes:
        """The value of a bucket that has pages of its own."""
        return struct.pack(f"{self.order}QQ", root, sequence)

    def inline(self, elements: Sequence[Element], sequence: int = 0) -> bytes:
        """The value of a bucket that is held in its value."""
        header = self.header(0, LEAF, len(elements))
        return self.bucket(0, sequence) + header + self.leaf_body(elements)

    def tree(self, content: Tree, fan_out: int = 50) -> int:
        """Append the pages of a bucket, at most `fan_out` elements a page; its root page's id.

        Buckets of plain values below a quarter page are inline, as bbolt has it.
        """
        elements = [self._element(key, content[key], fan_out) for key in sorted(content)]
        level = [(part[0][0], self.leaf(part)) for part in _parts(elements, fan_out)]
        while len(level) > 1:
            level = [(part[0][0], self.branch(part)) for part in _parts(level, fan_out)]
        return level[0][1] if level else self.leaf([])

    def _element(self, key: bytes, content: bytes | Tree, fan_out: int) -> Element:
        if isinstance(content, bytes):
            return key, content, 0
        plain = [
            (name, item, 0) for name, item in sorted(content.items()) if isinstance(item, bytes)
        ]
        value = self.inline(plain)
        if len(plain) == len(content) and len(value) <= self.page_size // 4:
            return key, value, 1
        return key, self.bucket(self.tree(content, fan_out)), 1

    def meta(self, page_id: int, root: int, txid: int, **fields: int) -> bytes:
        """A meta page; `fields` replace version, page_size, sequence and high_water."""
        body = struct.pack(
            f"{self.order}IIIIQQQQQ",
            0xED0CDAED,
            fields.get("version", 2),
            fields.get("page_size", self.page_size),
            0,
            root,
            fields.get("sequence", 0),
            2,
            fields.get("high_water", self.next_page),
            txid,
        )
        checksum = struct.pack(f"{self.order}Q", _fnv1a_64(body))
        header = self.header(page_id, META, 0)
        return (header + body + checksum).ljust(self.page_size, b"\0")

    def file(self, root: int, txid: int = 7, **fields: int) -> bytes:
        """The file with `root` as of transaction `txid`, and without any bucket the one before."""
        before = self.leaf([])
        for number, page in ((txid - 1, before), (txid, root)):
            self.pages[number % 2] = self.meta(number % 2, page, number, **fields)
        return b"".join(self.pages)


def bolt_file(content: Tree, page_size: int = 4096, order: str = "<", fan_out: int = 50) -> bytes:
    """A sound bbolt file that holds `content`."""
    writer = BoltWriter(page_size, order)
    return writer.file(writer.tree(content, fan_out))


def _parts(items: Sequence[Item], size: int) -> Iterable[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _fnv1a_64(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value

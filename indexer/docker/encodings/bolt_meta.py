"""The two meta pages of a bbolt file, and which of them is valid and newer.

Each transaction overwrites the older one, so that a crash leaves one intact. Source:
go.etcd.io/bbolt internal/common/meta.go and db.go (format version 2).
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

META_AREA: Final = 65536 + 80
"""Bytes at the start of a file that hold both meta pages, whatever the page size."""

_MAGIC: Final = 0xED0CDAED
_VERSION: Final = 2
# bbolt takes the page size of the machine that creates the file: 4 KiB on most, up to 64 KiB.
_PAGE_SIZES: Final = tuple(1024 << shift for shift in range(7))
_HEADER_BYTES: Final = 16
_META_BYTES: Final = 64


class BoltError(Exception):
    """The bytes are not a bbolt database, or are a damaged one.

    The message is the reason, to be put after the path: `is damaged: page 7 is used twice`.
    """


class Meta(NamedTuple):
    """The fields of a valid meta page.

    `order` is the byte order of the machine that wrote the file, `<` or `>`. `page_size` is in
    bytes. `root` is the page of the root bucket. Pages from `high_water` on have never been used.
    `txid` is the number of the transaction.
    """

    order: str
    page_size: int
    root: int
    high_water: int
    txid: int


def newest_meta(head: bytes) -> Meta:
    """The valid meta page in `head` that has the higher transaction number.

    `head` is the file up to `META_AREA` or beyond. Only a valid first page tells the page size; if
    it is damaged, the second page is looked for at every possible size. Raises `BoltError` if
    neither is valid.
    """
    try:
        first = _meta_at(head, 0)
    except BoltError as error:
        return _probed_meta(head, error)
    try:
        second = _meta_at(head, first.page_size)
    except BoltError:
        return first
    return second if second.txid > first.txid else first


def _probed_meta(head: bytes, reason: BoltError) -> Meta:
    for page_size in _PAGE_SIZES:
        try:
            meta = _meta_at(head, page_size)
        except BoltError:
            continue
        if meta.page_size == page_size:
            return meta
    raise reason


def _meta_at(head: bytes, offset: int) -> Meta:
    start = offset + _HEADER_BYTES
    body = head[start : start + _META_BYTES]
    if not head:
        raise BoltError("is empty, so it holds no bbolt database")
    if len(body) < _META_BYTES:
        raise BoltError(f"is cut off: its {len(head)} bytes hold no whole meta page")
    order = _byte_order(body)
    fields = struct.unpack(f"{order}IIIIQQQQQQ", body)
    _, version, page_size, _, root, _, _, high_water, txid, checksum = fields
    if version != _VERSION:
        raise BoltError(f"has bbolt format version {version}, and only version 2 can be read")
    if checksum != _fnv1a_64(body[:-8]):
        raise BoltError("has no valid meta page: the checksum is wrong")
    if page_size not in _PAGE_SIZES:
        raise BoltError(f"has a page size of {page_size} bytes, which is not one of bbolt's")
    return Meta(order, page_size, root, high_water, txid)


def _byte_order(body: bytes) -> str:
    # bbolt writes numbers in the byte order of its machine; a disk may come from a big-endian one.
    for order in "<>":
        if struct.unpack_from(f"{order}I", body)[0] == _MAGIC:
            return order
    raise BoltError("is not a bbolt database: it has no meta page with bbolt's magic number")


def _fnv1a_64(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value

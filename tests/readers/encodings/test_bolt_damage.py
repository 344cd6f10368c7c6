"""The bbolt reader with damaged and hostile files: it names the damage and terminates."""

from __future__ import annotations

import re
import struct

import pytest

from indexer.docker.encodings.bolt import BoltError
from tests.readers.encodings.bolt_samples import read
from tests.readers.encodings.bolt_writer import BRANCH, FREELIST, LEAF, BoltWriter, bolt_file


def broken(data: bytes, reason: str) -> None:
    """Walking `data` fails for `reason`."""
    with pytest.raises(BoltError, match=re.escape(reason)):
        read(data).check()


def test_a_branch_that_leads_to_itself() -> None:
    """A page that is its own child is refused."""
    writer = BoltWriter()
    page = writer.next_page
    broken(writer.file(writer.branch([(b"a", page)])), f"is damaged: page {page} is used twice")


def test_a_bucket_that_holds_itself() -> None:
    """A bucket whose root page is the page that holds it is refused as soon as it is opened."""
    writer = BoltWriter()
    page = writer.next_page
    data = writer.file(writer.leaf([(b"self", writer.bucket(page), 1)]))
    inner = read(data).root.bucket(b"self")
    assert inner is not None
    with pytest.raises(BoltError, match=f"^is damaged: page {page} is used twice$"):
        inner.get(b"self")
    broken(data, f"page {page} is used twice")


def test_buckets_that_share_their_pages() -> None:
    """Thirty levels of two buckets on one page would be 2**30 walks; a repetition is refused."""
    writer = BoltWriter()
    page = writer.leaf([(b"end", b"", 0)])
    for _ in range(30):
        header = writer.bucket(page)
        page = writer.leaf([(b"a", header, 1), (b"b", header, 1)])
    broken(writer.file(page), "is used twice")


def test_pages_that_overlap() -> None:
    """A page inside the overflow of another one is not taken for a page of its own."""
    writer = BoltWriter()
    outer = writer.next_page
    inside = writer.header(outer + 1, LEAF, 0)
    value = b"x" * (4096 - 16 - 32 - 1 - 1) + inside
    writer.leaf([(b"a", value[:-16], 0), (b"b", value[-16:] + b"y" * 5000, 0)])
    root = writer.leaf([(b"1", writer.bucket(outer), 1), (b"2", writer.bucket(outer + 1), 1)])
    broken(writer.file(root), f"page {outer + 1} is used twice")


def test_branches_nested_without_end() -> None:
    """A tree of one bucket is at most 64 pages deep."""
    writer = BoltWriter(1024)
    page = writer.leaf([(b"a", b"", 0)])
    for _ in range(64):
        page = writer.branch([(b"a", page)])
    broken(writer.file(page), "is more than 64 pages below the root of its bucket")


def test_buckets_nested_without_end() -> None:
    """Buckets are nested at most 64 deep, so that a recursive caller is safe."""
    writer = BoltWriter(1024)
    page = writer.leaf([(b"a", b"", 0)])
    for _ in range(65):
        page = writer.leaf([(b"a", writer.bucket(page), 1)])
    broken(writer.file(page), "buckets are nested more than 64 deep")


def test_elements_that_share_their_bytes() -> None:
    """Many elements on the same long value would give far more than the file holds."""
    writer = BoltWriter()
    count, long_value = 5000, b"x" * 500_000
    key_at = 16 * count
    table = [
        struct.pack("<IIII", 0, key_at - 16 * index, 1, len(long_value)) for index in range(count)
    ]
    page = writer.add(LEAF, count, b"".join(table) + b"k" + long_value)
    broken(writer.file(page), f"page {page} has a broken element 1")


def test_a_damaged_bucket_leaves_the_others_readable() -> None:
    """The contents of sound pages are returned although another page is damaged."""
    writer = BoltWriter()
    bad = writer.add(FREELIST, 0, b"")
    good = writer.leaf([(b"key", b"value", 0)])
    root = writer.leaf([(b"bad", writer.bucket(bad), 1), (b"good", writer.bucket(good), 1)])
    found = read(writer.file(root)).root
    buckets = dict(found.buckets())
    assert buckets[b"good"].get(b"key") == b"value"
    with pytest.raises(BoltError, match=f"^is damaged: page {bad} has flags 0x10"):
        buckets[b"bad"].get(b"key")


def test_a_cut_off_file_says_so() -> None:
    """The error names the missing page and the length of the file."""
    writer = BoltWriter()
    long_page = writer.leaf([(b"long", b"x" * 9000, 0)])
    root = writer.leaf([(b"a", writer.bucket(long_page), 1)])
    data = writer.file(root)
    cut = root * 4096 + 8
    broken(data[:cut], f"is cut off: page {root} lies beyond its {cut} bytes")
    broken(data[: cut + 16], f"is cut off: page {root} ends beyond its {cut + 16} bytes")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"version": 3}, "has bbolt format version 3, and only version 2 can be read"),
        ({"page_size": 1000}, "has a page size of 1000 bytes, which is not one of bbolt's"),
        ({"high_water": 3}, "is damaged: page 3 is not among the pages 2 to 2"),
    ],
)
def test_meta_pages_that_promise_the_impossible(fields: dict[str, int], reason: str) -> None:
    """Version, page size and high-water mark are checked, whatever the checksum says."""
    writer = BoltWriter()
    broken(writer.file(writer.leaf([(b"a", b"", 0)]), **fields), reason)


def test_a_root_on_a_meta_page() -> None:
    """A link to a meta page is refused."""
    broken(BoltWriter().file(1), "is damaged: page 1 is not among the pages 2 to ")


def test_files_without_a_meta_page() -> None:
    """An empty file, a short one, another kind of file and a wrong checksum are told apart."""
    data = bytearray(bolt_file({}))
    data[70] ^= 1
    data[4096 + 70] ^= 1
    broken(bytes(data), "has no valid meta page: the checksum is wrong")
    broken(b"", "is empty, so it holds no bbolt database")
    broken(bytes(data[:50]), "is cut off: its 50 bytes hold no whole meta page")
    broken(b"SQLite format 3\0" * 1000, "is not a bbolt database: it has no meta page")


def test_elements_no_writer_makes() -> None:
    """Empty keys, unknown flags, keys out of order and elements beyond the page are refused."""
    for elements, reason in (
        ([(b"", b"", 0)], "has a broken element 0"),
        ([(b"a", b"", 2)], "has a broken element 0"),
        ([(b"b", b"", 0), (b"a", b"", 0)], "has keys out of order"),
        ([(b"a", b"", 0), (b"a", b"", 0)], "has keys out of order"),
    ):
        writer = BoltWriter()
        broken(writer.file(writer.leaf(elements)), reason)


@pytest.mark.parametrize(
    ("position", "key_bytes", "value_bytes"),
    [(0, 1, 0), (16, 0, 0), (16, 1, 4096), (16, 4096, 0), (4096, 1, 0), (2**32 - 1, 1, 0)],
)
def test_leaf_elements_outside_their_page(position: int, key_bytes: int, value_bytes: int) -> None:
    """A key in the table, an empty one, and what reaches beyond the page are refused."""
    writer = BoltWriter()
    element = struct.pack("<IIII", 0, position, key_bytes, value_bytes)
    page = writer.add(LEAF, 1, element)
    broken(writer.file(page), f"page {page} has a broken element 0")


@pytest.mark.parametrize(
    ("position", "key_bytes"), [(0, 1), (16, 0), (16, 4096), (4096, 1), (2**32 - 1, 1)]
)
def test_branch_elements_outside_their_page(position: int, key_bytes: int) -> None:
    """The same holds for the keys of branch pages."""
    writer = BoltWriter()
    leaf = writer.leaf([])
    page = writer.add(BRANCH, 1, struct.pack("<IIQ", position, key_bytes, leaf))
    broken(writer.file(page), f"page {page} has a broken element 0")


@pytest.mark.parametrize("flags", [BRANCH, LEAF])
def test_more_elements_than_a_page_has_room_for(flags: int) -> None:
    """A count beyond the page is refused before any element is read."""
    writer = BoltWriter()
    page = writer.add(flags, 60_000, b"")
    broken(writer.file(page), f"page {page} has no room for its 60000 elements")


def test_branches_no_writer_makes() -> None:
    """No children and children out of order are refused."""
    writer = BoltWriter()
    broken(writer.file(writer.branch([])), "is a branch page without children")
    writer = BoltWriter()
    children = [writer.leaf([(key, b"", 0)]) for key in (b"a", b"b")]
    broken(writer.file(writer.branch([(b"b", children[1]), (b"a", children[0])])), "out of order")


@pytest.mark.parametrize("keys", [(b"a", b"c"), (b"b", b"d"), (b"b", b"e")])
def test_children_with_keys_of_another(keys: tuple[bytes, bytes]) -> None:
    """Keys before those of the branch element, or from the next element's on, are refused."""
    writer = BoltWriter()
    first = writer.leaf([(key, b"", 0) for key in keys])
    second = writer.leaf([(b"d", b"", 0)])
    root = writer.branch([(b"b", first), (b"d", second)])
    broken(writer.file(root), f"page {first} has keys that belong on another page")


def test_inline_buckets_no_writer_makes() -> None:
    """Values too short for a bucket, inline branches and buckets inside inline ones are refused."""
    writer = BoltWriter()
    for value, reason in (
        (b"short", "is too short"),
        (writer.bucket(0), "is too short for a page"),
        (writer.bucket(0) + writer.header(0, BRANCH, 0), "is no leaf page"),
        (writer.bucket(0) + writer.header(0, LEAF, 9), "has no room for its 9 elements"),
        (writer.inline([(b"a", writer.inline([]), 1)]), "holds a bucket"),
    ):
        broken(writer.file(writer.leaf([(b"key", value, 1)])), reason)


def test_a_page_that_is_another_one() -> None:
    """A page whose header has another id was written over, and is refused."""
    writer = BoltWriter()
    page = writer.add(LEAF, 0, b"", page_id=99)
    broken(writer.file(page), f"page {page} says that it is page 99")


def test_overflow_beyond_the_last_page() -> None:
    """A page cannot claim more pages than were ever used."""
    writer = BoltWriter()
    page = writer.leaf([(b"a", b"x" * 9000, 0)])
    broken(
        writer.file(page, high_water=page + 2), f"page {page} claims 2 more pages than there are"
    )

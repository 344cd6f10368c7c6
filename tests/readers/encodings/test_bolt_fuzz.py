"""Whatever the bytes of a bbolt file are: data or one clear error, in bounded time."""

from __future__ import annotations

import struct
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.docker.encodings.bolt import BoltError, Bucket
from tests.examples import examples
from tests.readers.encodings.bolt_samples import REAL, content, length, read, real
from tests.readers.encodings.bolt_writer import BoltWriter, bolt_file

_BOUNDED = settings(max_examples=examples(150))

_BUILT = {
    f"built, {page_size} {order}": bolt_file(
        {
            b"branch": {b"%d" % number: b"v" * 30 for number in range(300)},
            b"long": b"x" * 3 * page_size,
            b"nested": {b"a": {b"b": {b"c": {b"d": b"e" * page_size}, b"inline": {b"k": b"v"}}}},
        },
        page_size,
        order,
        fan_out=8,
    )
    for page_size in (1024, 4096)
    for order in "<>"
}
_names = st.sampled_from([*REAL, *_BUILT])
_words = st.sampled_from([0, 1, 2, 3, 5, 16, 0xFFFF, 0xFFFFFFFF, 2**63, 2**64 - 1])
_numbers = _words | st.integers(0, 64) | st.integers(0, 2**64 - 1)


def sample(name: str) -> bytes:
    """The real or built file `name`."""
    return _BUILT.get(name) or real(name)


def assert_data_or_error(data: bytes) -> None:
    """Reading `data` in every way gives no more than it holds, or the one error with a reason."""
    with suppress(BoltError):
        file = read(data)
        assert length(content(file.root)) <= len(data)
        file.check()


@cache
def sound_content(name: str) -> dict[bytes, Any]:
    """What the file `name` holds while it is sound."""
    return content(read(sample(name)).root)


def assert_lookups_bounded(data: bytes, expected: dict[bytes, Any]) -> None:
    """Looking up what the sound file held gives a value, None, or the one error."""
    with suppress(BoltError):
        _look_up(read(data).root, expected)


def _look_up(bucket: Bucket, expected: dict[bytes, Any]) -> None:
    for key, value in expected.items():
        with suppress(BoltError):
            found = bucket.get(key)
            assert found is None or isinstance(found, bytes)
            inner = bucket.bucket(key)
            if inner is not None and isinstance(value, dict):
                _look_up(inner, value)


@_BOUNDED
@given(_names, st.lists(st.tuples(st.integers(0), st.binary(min_size=1, max_size=24)), min_size=1))
def test_any_bytes_overwritten(name: str, patches: list[tuple[int, bytes]]) -> None:
    """Random bytes at random places of any file."""
    data = bytearray(sample(name))
    for place, patch in patches:
        start = place % len(data)
        data[start : start + len(patch)] = patch
    assert_data_or_error(bytes(data))
    assert_lookups_bounded(bytes(data), sound_content(name))


@_BOUNDED
@given(
    _names,
    st.lists(
        st.tuples(st.integers(2, 80), st.integers(0, 40), st.sampled_from("HIQ"), _numbers),
        min_size=1,
        max_size=20,
    ),
)
def test_any_field_overwritten(name: str, patches: list[tuple[int, int, str, int]]) -> None:
    """Numbers such as small page ids and huge sizes in the headers and elements of pages."""
    data = bytearray(sample(name))
    for page, field, kind, number in patches:
        size = struct.calcsize(f"<{kind}")
        start = page * 1024 + field * size
        if start + size <= len(data):
            struct.pack_into(f"<{kind}", data, start, number % 2 ** (8 * size))
    assert_data_or_error(bytes(data))
    assert_lookups_bounded(bytes(data), sound_content(name))


@_BOUNDED
@given(_names, st.integers(0))
def test_cut_off_at_any_length(name: str, place: int) -> None:
    """What is left of a file cut at any byte gives what it holds, or says that it is cut off."""
    data = sample(name)
    assert_data_or_error(data[: place % len(data)])


@_BOUNDED
@given(st.binary(max_size=300))
def test_bytes_that_are_no_database(data: bytes) -> None:
    """Arbitrary bytes are refused with a reason."""
    with pytest.raises(BoltError, match=r"^(is|has) "):
        read(data)


@_BOUNDED
@given(_numbers, _numbers)
def test_any_root_and_high_water(root: int, high_water: int) -> None:
    """A meta page with a right checksum may still point anywhere."""
    writer = BoltWriter(1024)
    writer.tree({b"%d" % number: {b"key": b"value"} for number in range(200)}, fan_out=5)
    assert_data_or_error(writer.file(root, high_water=high_water))


@_BOUNDED
@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 12), max_size=6)), min_size=1))
def test_any_graph_of_pages(pages: list[tuple[bool, list[int]]]) -> None:
    """Branches and buckets that lead to any page, back, forth and to itself, come to an end."""
    writer = BoltWriter(1024)
    for is_branch, targets in pages:
        keys = [b"%d" % index for index in range(len(targets))]
        if is_branch:
            writer.branch(list(zip(keys, targets, strict=True)))
        else:
            headers = [writer.bucket(target) for target in targets]
            writer.leaf([(key, header, 1) for key, header in zip(keys, headers, strict=True)])
    assert_data_or_error(writer.file(3))

"""The bbolt reader with sound files: real ones of an engine, and ones built here."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers.encodings.bolt_samples import (
    CONTAINERD,
    OVERLAYFS,
    REAL,
    SNAPSHOTS,
    VOLUMES,
    content,
    read,
    real,
)
from tests.readers.encodings.bolt_writer import BoltWriter, bolt_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from indexer.docker.encodings.bolt import Bucket
    from tests.readers.encodings.bolt_writer import Tree

PAGE_SIZES = [1024 << shift for shift in range(7)]

_values = st.dictionaries(st.binary(min_size=1, max_size=8), st.binary(max_size=40), max_size=30)
_trees = st.recursive(
    _values,
    lambda inner: st.dictionaries(
        st.binary(min_size=1, max_size=8), st.binary(max_size=40) | inner, max_size=12
    ),
    max_leaves=8,
)


def inside(bucket: Bucket, *path: bytes) -> Bucket:
    """The bucket at `path`, which has to be there."""
    found = bucket.bucket(*path)
    assert found is not None
    return found


def test_volumes_of_a_real_engine() -> None:
    """The volumes the engine named are the keys of `volumes`; removed volumes are not."""
    volumes = inside(read(real(VOLUMES)).root, b"volumes")
    records = {name.decode(): json.loads(value) for name, value in volumes.items()}
    anonymous = [name for name in records if re.fullmatch("[0-9a-f]{64}", name)]
    assert sorted(set(records) - set(anonymous)) == ["lab-data", "lab-tmpfs", "lab-unused"]
    assert len(anonymous) == 5
    assert records["lab-tmpfs"] == {
        "Name": "lab-tmpfs",
        "Driver": "local",
        "Labels": None,
        "Options": {"device": "tmpfs", "o": "size=8m,uid=1000", "type": "tmpfs"},
    }


def test_build_cache_snapshots_of_a_real_engine() -> None:
    """A flat level of buckets on a branch page: active keys, committed names, chains, records."""
    root = read(real(SNAPSHOTS)).root
    buckets = {name.decode(): dict(bucket.items()) for name, bucket in root.buckets()}
    chains = [name for name, keys in buckets.items() if name.startswith("sha256:") and not keys]
    assert len(buckets) == 98
    assert len(chains) == 25
    assert buckets["0r22po39b3ldnsg77hyh11mlg"] == {
        b"iscommitted": b"",
        b"parent": b"od3knzwwx8t33gr4eknvukcrr",
    }
    assert inside(root, b"2gqi54o3qy7nykuvop49f94xp").get(b"committed") == (
        b"0r22po39b3ldnsg77hyh11mlg"
    )


def test_containerd_metadata_of_a_real_engine() -> None:
    """Version 3 as a zig-zag varint, and buckets down to the labels of a blob."""
    file = read(real(CONTAINERD))
    assert (file.txid, file.consistent) == (246, True)
    assert inside(file.root, b"v1").get(b"version") == b"\x06"
    moby = inside(file.root, b"v1", b"moby")
    assert [name for name, _ in moby.buckets()] == [b"containers", b"content", b"leases"]
    blobs = dict(inside(moby, b"content", b"blob").buckets())
    digest = b"sha256:81fd7984c88970ac705d417faf8f76bcc902b0ee9ad952bac0c566dfcc1804a8"
    assert len(blobs) == 9
    assert blobs[digest].get(b"size") == b"\xca\x13"
    assert list(inside(blobs[digest], b"labels").values()) == [b"team/wf"]


def test_containers_of_a_real_engine_fill_overflow_pages() -> None:
    """A container's OCI spec is longer than a page."""
    containers = inside(read(real(CONTAINERD)).root, b"v1", b"moby", b"containers")
    specs = [container.get(b"spec") or b"" for _, container in containers.buckets()]
    assert len(specs) == 9
    assert all(len(spec) > 4096 and b'"ociVersion":"1.2.0"' in spec for spec in specs)


def test_snapshotter_metadata_of_a_real_engine() -> None:
    """Snapshots of every kind."""
    snapshots = inside(read(real(OVERLAYFS)).root, b"v1", b"snapshots")
    kinds = [snapshot.get(b"kind") for _, snapshot in snapshots.buckets()]
    assert len(kinds) == 132
    assert set(kinds) <= {b"\x01", b"\x02", b"\x03"}


@pytest.mark.parametrize("name", REAL)
def test_real_files_pass_the_full_walk(name: str) -> None:
    """No real file is taken for damaged, and every key is also found by a lookup."""
    file = read(real(name))
    file.check()
    assert_found_one_by_one(file.root, content(file.root))


def assert_found_one_by_one(bucket: Bucket, expected: dict[bytes, Any]) -> None:
    """Each key of `expected` is a value or a bucket for `get` and `bucket` as well."""
    for key, value in expected.items():
        if isinstance(value, bytes):
            assert (bucket.get(key), bucket.bucket(key)) == (value, None)
        else:
            assert bucket.get(key) is None
            assert_found_one_by_one(inside(bucket, key), value)


@given(_trees, st.sampled_from(PAGE_SIZES), st.sampled_from("<>"), st.integers(2, 6))
def test_whatever_was_written_is_read(
    tree: dict[bytes, Any], page_size: int, order: str, fan_out: int
) -> None:
    """Any tree comes back, in either byte order, with any page size and any depth of branches."""
    file = read(bolt_file(tree, page_size, order, fan_out))
    file.check()
    assert content(file.root) == tree
    assert_found_one_by_one(file.root, tree)


def test_keys_come_in_order_and_absent_ones_are_none() -> None:
    """Iteration is bytewise across leaf pages; a key before, between or after them is absent."""
    tree = {b"%03d" % number: b"%d" % number for number in range(100, 900)}
    root = read(bolt_file(tree, fan_out=9)).root
    assert list(root.items()) == sorted(tree.items())
    assert list(root.keys()) == sorted(tree)
    assert list(root.values()) == [value for _, value in sorted(tree.items())]
    assert [root.get(key) for key in (b"", b"0", b"1000", b"500x", b"~")] == [None] * 5


def test_a_path_ends_at_an_absent_key_or_a_plain_value() -> None:
    """`bucket` is None for what is absent and for a value; no key at all is the bucket itself."""
    root = read(bolt_file({b"v1": {b"moby": {b"name": b"value"}}})).root
    assert inside(root, b"v1", b"moby").get(b"name") == b"value"
    assert root.bucket(b"v1", b"absent", b"name") is None
    assert root.bucket(b"v1", b"moby", b"name") is None
    assert root.bucket() is root


def test_values_and_buckets_are_kept_apart() -> None:
    """A bucket is not among the items, a value not among the buckets, an empty value is a value."""
    root = read(bolt_file({b"bucket": {}, b"empty": b"", b"value": b"1"})).root
    assert dict(root.items()) == {b"empty": b"", b"value": b"1"}
    assert [name for name, _ in root.buckets()] == [b"bucket"]
    assert root.get(b"empty") == b""


@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_a_value_spans_overflow_pages(page_size: int) -> None:
    """A value of several pages is read completely, and so is the page after it."""
    long_value = bytes(range(256)) * 1024
    tree: Tree = {b"long": long_value, b"next": {b"key": b"x" * page_size}}
    assert content(read(bolt_file(tree, page_size)).root) == tree


@pytest.mark.parametrize("txid", [8, 9])
def test_the_newest_meta_page_is_in_force(txid: int) -> None:
    """The root is that of the meta page with the higher transaction number."""
    writer = BoltWriter()
    file = read(writer.file(writer.tree({b"new": b"1"}), txid))
    assert (file.txid, content(file.root)) == (txid, {b"new": b"1"})


@pytest.mark.parametrize("txid", [8, 9])
def test_a_torn_meta_page_leaves_the_one_before(txid: int) -> None:
    """If the newest meta page fails its checksum, the transaction before it counts."""
    writer = BoltWriter()
    data = bytearray(writer.file(writer.tree({b"new": b"1"}), txid))
    data[txid % 2 * 4096 + 70] ^= 1
    file = read(bytes(data))
    assert (file.txid, content(file.root)) == (txid - 1, {})


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_the_second_meta_page_is_found_without_the_first(page_size: int, order: str) -> None:
    """Without a valid first meta page the page size is unknown, and every one is tried."""
    tree = {b"bucket": {b"key": b"value" * 5000}}
    data = bytearray(bolt_file(tree, page_size, order))
    data[:80] = bytes(80)
    assert content(read(bytes(data)).root) == tree


def test_a_meta_page_at_the_wrong_place_is_passed_over() -> None:
    """While page sizes are tried, a meta page only counts where its own page size puts it."""
    writer = BoltWriter()
    data = bytearray(writer.file(writer.tree({b"key": b"value"}), txid=9))
    data[:80] = bytes(80)
    data[1024 : 1024 + 80] = writer.meta(1, 3, txid=99)[:80]
    assert read(bytes(data)).txid == 9


def test_an_empty_database() -> None:
    """A file in which nothing was ever stored has a root bucket without keys."""
    file = read(bolt_file({}))
    file.check()
    assert content(file.root) == {}


@pytest.mark.parametrize("walk", [content, lambda root: root.get(b"k30000")])
def test_four_megabytes_take_well_under_a_second(walk: Callable[[Bucket], object]) -> None:
    """A walk costs in proportion to the file, and a lookup needs no walk."""
    tree = {b"k%05d" % number: b"v" * 64 for number in range(40_000)}
    file = read(bolt_file(tree))
    started = time.process_time()
    walk(file.root)
    assert time.process_time() - started < 1

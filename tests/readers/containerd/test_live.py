"""Stores that change while they are read, and how it is told that they did not."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.readers.containerd.reading import fingerprints, read, rules
from tests.rootbuilder.containerd import (
    CONTENT,
    METADATA,
    SNAPSHOTTERS,
    ContainerdBuilder,
    digest_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEB = "docker.io/library/web:1"


class Meanwhile:
    """What happens each time that the reader has looked at something, None for nothing."""

    def __init__(self, *events: Callable[[], object] | None) -> None:
        self.events = list(events)

    def __call__(self, _: int) -> None:
        event = self.events.pop(0) if self.events else None
        if event is not None:
            event()


def remove(store: ContainerdBuilder, name: str, target: str) -> None:
    """Remove an image as the engine does: first what names it, then its files."""
    del store.space("images")[name.encode()]
    digests = [target, store.config_of(target)]
    for digest in digests:
        store.forget(digest)
    store.write_metadata()
    for digest in digests:
        store.blob_path(digest).unlink()


@pytest.mark.parametrize("looks", range(4))
def test_an_image_that_is_removed_meanwhile_is_no_fault(
    docker: Path, store: ContainerdBuilder, looks: int
) -> None:
    """Before its blobs are listed, before they are read, or while they are."""
    kept, gone = (store.image(f"docker.io/library/{it}:1", [it.encode()]) for it in ("a", "b"))
    store.write()
    removal = partial(remove, store, "docker.io/library/b:1", gone)
    meanwhile = Meanwhile(*[None] * looks, removal)
    found = read(docker, meanwhile)
    assert meanwhile.events == []
    assert found.findings == ()
    assert kept in {it.engine_image_id for it in found.images}
    assert all(it.manifests[0].is_present for it in found.images)


def remove_snapshot(store: ContainerdBuilder, key: str) -> None:
    """Remove a snapshot as the engine does: first its names, then its directory."""
    name = store.space("snapshots", "overlayfs").pop(key.encode())[b"name"]
    store.write_metadata()
    del store.backends[name]
    store.write_backends()
    directory = store.snapshot_path(name.decode().split("/")[1])
    (directory / "fs").rmdir()
    directory.rmdir()


@pytest.mark.parametrize("looks", range(2))
def test_a_snapshot_that_is_removed_meanwhile_is_no_fault(
    docker: Path, store: ContainerdBuilder, looks: int
) -> None:
    store.snapshot("kept")
    store.snapshot("key")
    store.write()
    found = read(docker, Meanwhile(*[None] * looks, partial(remove_snapshot, store, "key")))
    assert found.findings == ()
    assert [it.key for it in found.snapshots] == ["kept"]


def test_a_store_that_never_rests_has_only_faults_that_last(
    docker: Path, store: ContainerdBuilder
) -> None:
    """Each reading sees a snapshot that is being removed, another one every time."""
    keys = [f"key-{number}" for number in range(9)]
    for key in ("lost", *keys):
        store.snapshot(key)
    store.write()
    (store.snapshot_path("1") / "fs").rmdir()
    store.snapshot_path("1").rmdir()
    meanwhile = Meanwhile(*(partial(remove_snapshot, store, key) for key in keys))
    found = read(docker, meanwhile)
    assert len(meanwhile.events) < len(keys) - 2
    assert rules(found) == [("K6", "lost")]


def test_what_is_missing_for_good_is_found_in_a_store_that_changes(
    docker: Path, store: ContainerdBuilder
) -> None:
    """Nothing else is, however often the store changes."""
    target = store.image(WEB, [b"web"])
    others = [(f"docker.io/library/web:{it}", [b"%d" % it]) for it in range(10, 20)]
    images = [(name, store.image(name, layers)) for name, layers in others]
    store.write()
    store.blob_path(target).unlink()

    def remove_next() -> None:
        name, gone = images.pop()
        remove(store, name, gone)

    found = read(docker, Meanwhile(*[remove_next] * 8))
    assert ("K2", target) in rules(found)
    assert [it for it in rules(found) if it[0] == "K2"] == [("K2", target)]


def test_a_blob_that_is_being_made_is_not_left_over(docker: Path, store: ContainerdBuilder) -> None:
    """Its file is there before it is noted."""
    store.image(WEB, [b"web"])
    store.write()
    late = store.blob_path(digest_of(b"late"))
    found = read(docker, Meanwhile(partial(late.write_bytes, b"late")))
    assert late.exists()
    assert found.unknown_blobs == ()
    assert [it.digest for it in read(docker).unknown_blobs] == [digest_of(b"late")]


def test_a_directory_that_is_being_made_is_not_left_over(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.image(WEB, [b"web"])
    store.write()
    found = read(docker, Meanwhile(store.snapshot_path("new-1").mkdir))
    assert [it.name for it in found.directories] == ["1"]
    assert [it.name for it in read(docker).directories] == ["1", "new-1"]


def changes(docker: Path, change: Callable[[], object]) -> bool:
    """Whether a fingerprint is another one after `change`, and none is for nothing."""
    before = fingerprints(docker)
    assert fingerprints(docker) == before
    change()
    return fingerprints(docker) != before


def test_every_change_shows_in_the_fingerprints(docker: Path, store: ContainerdBuilder) -> None:
    target = store.image(WEB, [b"web"])
    store.write()
    ingest = store.top / CONTENT / "ingest" / ("a" * 64)
    builds = docker / "buildkit/containerd-overlayfs"
    builds.mkdir(parents=True)

    def grow(path: Path) -> Callable[[], object]:
        def write() -> None:
            with path.open("ab") as file:
                file.write(b"x")

        return write

    os.chmod(store.blob_path(target), 0o444)
    for change in (
        grow(store.top / METADATA),
        grow(store.top / f"{SNAPSHOTTERS}overlayfs/metadata.db"),
        store.blob_path(target).unlink,
        lambda: store.blob_path(target).write_bytes(store.files[target]),
        grow(store.blob_path(target)),
        store.snapshot_path("77").mkdir,
        lambda: store.snapshot_path("77").rename(store.snapshot_path("78")),
        lambda: ingest.mkdir(parents=True),
        lambda: (ingest / "data").write_bytes(b"x"),
        grow(ingest / "data"),
        lambda: (builds / "metadata_v2.db").write_bytes(b"x"),
        grow(builds / "metadata_v2.db"),
    ):
        assert changes(docker, change)


def test_nothing_has_one_fingerprint_with_something_else(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.image(WEB, [b"web"])
    store.write()
    other = ContainerdBuilder(store.top, snapshotter="native")
    other.snapshot("key")
    other.files = {}
    before = len(fingerprints(docker))
    other.snapshot_path("1").mkdir(parents=True)
    other.write_backends()
    # Its directory has the name of one of the other snapshotter, and so has its database.
    assert len(fingerprints(docker)) == before + 2

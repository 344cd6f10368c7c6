"""What K11 says that nothing needs: containerd's own rules of what is collected, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.containerd.hosts import Host, Row
from tests.sync.index_files import select

if TYPE_CHECKING:
    from pathlib import Path

BASE = b"base"
WEB = "docker.io/library/web:1"
EXPIRE = "containerd.io/gc.expire"
ROOT = "containerd.io/gc.root"
BACK = "containerd.io/gc.bref."
OVER = "2020-01-01T00:00:00Z"
PRUNED = "moby/prune.images"
TO_COME = "2999-01-01T00:00:00Z"


def host_with_image(folder: Path) -> Host:
    host = Host(folder)
    host.containerd.image(WEB, [BASE])
    return host


def needless(host: Host) -> set[str]:
    """The blobs and snapshots that K11 names after a sync."""
    assert host.sync().code == 0
    query = "SELECT object_id FROM problems WHERE rule = 'K11' AND object_kind <> 'lease'"
    return {object_id for (object_id,) in select(host.index, query)}


def mark_snapshot(host: Host, key: str, label: str, value: str) -> None:
    bucket = host.containerd.space("snapshots", host.containerd.snapshotter)[key.encode()]
    bucket[b"labels"] = {label.encode(): value.encode()}


@pytest.mark.parametrize(
    ("labels", "kept"), [({}, True), ({EXPIRE: TO_COME}, True), ({EXPIRE: OVER}, False)]
)
def test_a_lease_keeps_until_it_is_over(tmp_path: Path, labels: dict[str, str], kept: bool) -> None:
    host = host_with_image(tmp_path)
    store = host.containerd
    blob = store.blob(b"leased")["digest"]
    store.snapshot("below")
    store.snapshot("leased", "below", "active")
    store.lease("123-abcd", content=[blob], snapshots=["leased"], labels=labels)
    assert needless(host) == (set() if kept else {blob, "leased", "below"})


@pytest.mark.parametrize(
    ("expiries", "kept"),
    [((OVER,), False), ((TO_COME,), True), ((OVER, TO_COME), True), ((OVER, None), True)],
)
def test_an_image_keeps_until_all_its_names_are_over(
    tmp_path: Path, expiries: tuple[str | None, ...], kept: bool
) -> None:
    host = host_with_image(tmp_path)
    store = host.containerd
    target = store.manifest([b"other"])
    for number, expiry in enumerate(expiries):
        labels = None if expiry is None else {EXPIRE: expiry}
        store.name(f"docker.io/library/other:{number}", target, labels=labels)
    digest = target["digest"]
    parts = {digest, store.config_of(digest), host.top_chain(digest)}
    assert needless(host) >= parts if not kept else needless(host) == set()


def test_what_is_marked_as_a_root_stays_with_what_is_below(tmp_path: Path) -> None:
    host = host_with_image(tmp_path)
    store = host.containerd
    store.blob(b"marked", labels={ROOT: "2020-01-01T00:00:00Z"})
    store.snapshot("below")
    store.snapshot("marked", "below", "active")
    mark_snapshot(host, "marked", ROOT, "2020-01-01T00:00:00Z")
    assert needless(host) == set()


@pytest.mark.parametrize("by", ["content", "image", "snapshot.overlayfs"])
def test_a_back_reference_keeps_while_what_it_names_is_kept(tmp_path: Path, by: str) -> None:
    """Of blobs and of snapshots; one that names what is gone, or what nothing needs, does not."""
    host = host_with_image(tmp_path)
    store = host.containerd
    (target,) = [it[b"target"][b"digest"].decode() for it in store.space("images").values()]
    named = {"content": target, "image": WEB, "snapshot.overlayfs": host.top_chain(target)}[by]
    store.blob(b"kept", labels={f"{BACK}{by}": named})
    store.snapshot("kept")
    mark_snapshot(host, "kept", f"{BACK}{by}", named)
    alone = store.blob(b"alone")["digest"]
    lost = store.blob(b"lost", labels={f"{BACK}content.0": alone})["digest"]
    gone = store.blob(b"gone", labels={f"{BACK}{by}": "none-such"})["digest"]
    assert needless(host) == {alone, lost, gone}


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("containerd.io/gc.cond.snapshot.overlayfs", "usedat>1764000000|kept"),
        ("containerd.io/gc.ref.snapshot.overlayfs/second", "kept"),
    ],
)
def test_a_label_of_a_blob_in_use_holds_a_snapshot(tmp_path: Path, label: str, value: str) -> None:
    """Whether a condition is met is not asked: it may be."""
    host = host_with_image(tmp_path)
    host.containerd.blob(b"root", labels={ROOT: OVER, label: value})
    host.containerd.snapshot("kept")
    assert needless(host) == set()


def test_what_a_container_of_containerd_holds_stays(tmp_path: Path) -> None:
    host = host_with_image(tmp_path)
    host.containerd.blob(b"checkpoint", labels={f"{BACK}container": "some-container"})
    host.containerd.snapshot("scratch")
    mark_snapshot(host, "scratch", f"{BACK}container", "some-container")
    assert needless(host) == set()


def test_a_label_for_another_snapshotter_holds_nothing_of_this_one(tmp_path: Path) -> None:
    host = host_with_image(tmp_path)
    host.containerd.blob(
        b"root", labels={ROOT: OVER, "containerd.io/gc.ref.snapshot.native": "free"}
    )
    host.containerd.snapshot("free")
    assert needless(host) == {"free"}


@pytest.mark.parametrize(
    ("expiry", "labels", "freed"),
    [
        (TO_COME, {PRUNED: "true"}, "docker image prune frees them"),
        (TO_COME, {}, "when it has ended"),
        (OVER, {}, "when it next collects"),
    ],
)
def test_a_lease_with_an_end_says_what_it_holds_and_what_frees_it(
    tmp_path: Path, expiry: str, labels: dict[str, str], freed: str
) -> None:
    """What an image has too is not counted."""
    host = host_with_image(tmp_path)
    store = host.containerd
    (target,) = [it[b"target"][b"digest"].decode() for it in store.space("images").values()]
    blobs = [store.blob(b"x" * size)["digest"] for size in (100, 23)]
    store.snapshot("unpacked", size=8192)
    store.lease(
        "123-abcd",
        content=[*blobs, target],
        snapshots=["unpacked"],
        labels={EXPIRE: expiry, **labels},
    )
    host.sync()
    query = "SELECT severity, message FROM problems WHERE rule = 'K11' AND object_kind = 'lease'"
    ((severity, message),) = select(host.index, query)
    assert severity == "info"
    assert "2 blobs and 1 snapshots of 8315 bytes" in message
    assert expiry[:19] in message
    assert freed in message


def test_a_lease_that_alone_holds_nothing_is_no_news(tmp_path: Path) -> None:
    host = host_with_image(tmp_path)
    (target,) = [
        it[b"target"][b"digest"].decode() for it in host.containerd.space("images").values()
    ]
    host.containerd.lease("123-abcd", content=[target], labels={EXPIRE: TO_COME})
    host.sync()
    assert select(host.index, "SELECT * FROM problems WHERE rule = 'K11'") == []


def test_what_a_back_reference_keeps_goes_with_the_image(tmp_path: Path) -> None:
    """It is freed with it."""
    host = host_with_image(tmp_path)
    (before,) = select_reclaim(host)
    extra = b"signature"
    host.containerd.blob(extra, labels={f"{BACK}image": WEB})
    (after,) = select_reclaim(host)
    assert after["freed_bytes"] == before["freed_bytes"] + len(extra)


def select_reclaim(host: Host) -> list[Row]:
    assert host.sync().code == 0
    return host.query("reclaim", images=WEB)


def test_what_a_lease_holds_that_is_over_goes_with_the_image(tmp_path: Path) -> None:
    host = host_with_image(tmp_path)
    store = host.containerd
    (target,) = [it[b"target"][b"digest"].decode() for it in store.space("images").values()]
    (free,) = select_reclaim(host)
    store.lease("over", content=[target], labels={EXPIRE: OVER})
    assert select_reclaim(host) == [free]
    store.lease("valid", content=[target], labels={EXPIRE: TO_COME})
    (held,) = select_reclaim(host)
    assert held["freed_bytes"] == 0

"""The captured roots of engines with containerd: what goes when images go, and what IDs mean."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.cli.commands import dockidx
from tests.roots import CONTAINERD_ROOTS
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Part = tuple[str, str]


class Store(NamedTuple):
    """The index of a captured root, and where that root lies."""

    index: Path
    root: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        return select(self.index, sql)

    def query(self, name: str, *words: str) -> list[dict[str, Any]]:
        """The rows of a canned query."""
        done = dockidx("query", name, *words, "--db", self.index, "--format", "json")
        rows: list[dict[str, Any]] = json.loads(done.out)
        return rows


@pytest.fixture(scope="module", params=CONTAINERD_ROOTS)
def store(
    request: pytest.FixtureRequest,
    golden_root: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Store:
    """Each captured root with its index."""
    root = golden_root(request.param)
    index = tmp_path_factory.mktemp("index") / "index.db"
    sync_roots(index, root)
    return Store(index, root)


class Graph:
    """What keeps what, as containerd's collector goes through it, told from the plain tables."""

    def __init__(self, store: Store) -> None:
        self.size: dict[Part, int] = {}
        self.edges: dict[Part, set[Part]] = {}
        for digest, size in store.rows("SELECT blob_digest, size_bytes FROM store_blobs"):
            self.size["blob", digest] = size
        snapshots = "SELECT snapshot_key, parent_key, size_bytes FROM snapshots"
        for key, _, size in store.rows(snapshots):
            self.size["snapshot", key] = size or 0
        for key, parent, _ in store.rows(snapshots):
            self._add(("snapshot", key), ("snapshot", parent))
        self._blobs("SELECT index_digest, manifest_digest FROM index_manifests", store)
        self._blobs("SELECT manifest_digest, config_digest FROM manifests", store)
        self._blobs("SELECT manifest_digest, blob_digest FROM manifest_layers", store)
        for image_id, chain_id in store.rows("SELECT image_id, top_chain_id FROM images"):
            self._add(("blob", image_id), ("snapshot", chain_id))
        self.leased = {
            ({"content": "blob"}.get(kind, kind), resource)
            for kind, resource in store.rows("SELECT kind, resource FROM lease_resources")
        }
        elsewhere = "SELECT blob_digest FROM store_blobs WHERE kept_elsewhere = 1"
        self.leased |= {("blob", digest) for (digest,) in store.rows(elsewhere)}

    def _blobs(self, sql: str, store: Store) -> None:
        for above, below in store.rows(sql):
            self._add(("blob", above), ("blob", below))

    def _add(self, above: Part, below: Part) -> None:
        self.edges.setdefault(above, set()).add(below)

    def reached(self, heads: set[Part]) -> set[Part]:
        """Everything that `heads` keep."""
        found: set[Part] = set()
        pending = list(heads)
        while pending:
            part = pending.pop()
            if part not in found:
                found.add(part)
                pending.extend(self.edges.get(part, ()))
        return found & self.size.keys()


def freed_by(store: Store, graph: Graph, going: set[str]) -> int:
    """Bytes that go with the images `going`, told by marking what is left and sweeping the rest."""
    images = dict(store.rows("SELECT engine_image_id, engine_parent_id FROM store_images"))
    named = {it for (it,) in store.rows("SELECT engine_image_id FROM repo_digests")}
    used = {it for (it,) in store.rows("SELECT engine_image_id FROM containers")}
    parents = set(images.values())
    # An untagged parent goes along with its last child, and stays with any that stays.
    pending = [
        it
        for it in images
        if it in used or (it not in going and (it in named or it not in parents))
    ]
    left: set[str] = set()
    while pending:
        image = pending.pop()
        if image in images and image not in left:
            left.add(image)
            pending.append(images[image])
    before = graph.reached({("blob", it) for it in images} | graph.leased)
    after = graph.reached({("blob", it) for it in left} | graph.leased)
    return sum(graph.size[part] for part in before - after)


def test_reclaim_is_what_a_sweep_frees(store: Store) -> None:
    """Of sets of every size, what the query says equals a mark and sweep of our own."""
    graph = Graph(store)
    images = sorted(it for (it,) in store.rows("SELECT engine_image_id FROM store_images"))
    chance = random.Random(4)
    sets = [chance.sample(images, chance.randint(1, 12)) for _ in range(12)]
    for going in [*sets, images, images[:1]]:
        (row,) = store.query("reclaim", "-p", f"images={' '.join(going)}")
        assert row["images"] == len(going)
        assert row["freed_bytes"] == freed_by(store, graph, set(going)), going


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("image", "SELECT image_id FROM image_manifests WHERE image_id IS NOT NULL"),
        ("image", "SELECT engine_image_id FROM store_images"),
        ("image", "SELECT manifest_digest FROM image_manifests WHERE image_id IS NOT NULL"),
        ("layer", "SELECT chain_id FROM store_layers"),
        ("layer", "SELECT cache_id FROM store_layers"),
        ("container", "SELECT container_id FROM containers"),
        ("container", "SELECT name FROM containers"),
        ("build-cache", "SELECT cache_id FROM build_records WHERE listed = 1"),
    ],
)
def test_trace_knows_every_id(store: Store, kind: str, sql: str) -> None:
    """A few of each kind are found as what they are, with a path that is on the disk."""
    names = sorted({it for (it,) in store.rows(sql)})
    for name in random.Random(9).sample(names, 3):
        done = dockidx("trace", name, "--db", store.index, "--format", "json")
        assert done.code == 0, done.err
        found = [it for it in json.loads(done.out) if it["kind"] == kind]
        assert found, (name, done.out[:300])


def test_paths_are_on_the_disk(store: Store) -> None:
    """Directories of layers, containers and build cache are where the queries say."""
    for row in store.query("directories"):
        assert store.root.joinpath(row["path"]).is_dir(), row
    for row in store.query("image-layers"):
        assert row["directory"] is None or store.root.joinpath(row["directory"]).is_dir()


def test_trace_takes_paths_of_containerd(store: Store) -> None:
    """The folder of a snapshot, a file in it, and the file of a blob."""
    layer = next(row for row in store.query("image-layers") if row["directory"])
    inside = f"{layer['directory']}/bin/sh"
    (found,) = json.loads(dockidx("trace", inside, "--db", store.index, "--format", "json").out)
    assert (found["kind"], found["id"]) == ("layer", layer["chain_id"])
    assert found["inner_path"] == "/bin/sh"
    blob = found["blobs"][0]["blob_digest"].removeprefix("sha256:")
    path = f"/x/io.containerd.content.v1.content/blobs/sha256/{blob}"
    kinds = json.loads(dockidx("trace", path, "--db", store.index, "--format", "json").out)
    assert "layer" in {it["kind"] for it in kinds}


def test_manifests_of_pulls_tell_the_diff_ids_of_blobs(
    golden_root: Callable[[str], Path], tmp_path: Path
) -> None:
    """With a graph driver they say the same as the `distribution` folder."""
    sync_roots(tmp_path / "index.db", golden_root("26.1.5-overlay2"))
    index = tmp_path / "index.db"
    pairs = "SELECT blob_digest, diff_id FROM digest_map WHERE source "
    told = set(select(index, f"{pairs} = 'manifest'"))
    noted = set(select(index, f"{pairs} <> 'manifest'"))
    assert told
    assert told <= noted
    manifests = set(select(index, "SELECT manifest_digest FROM image_manifests"))
    assert manifests == set(select(index, "SELECT manifest_digest FROM manifests"))
    unknown = (
        "SELECT 1 FROM image_manifests AS im LEFT JOIN store_images AS si "
        "ON si.store_id = im.store_id AND si.image_id = im.image_id WHERE si.image_id IS NULL"
    )
    assert select(index, unknown) == []

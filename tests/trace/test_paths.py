"""Paths, short links and beginnings of IDs, as they are copied from a terminal."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from indexer.trace.search_term import parse_search_term
from tests.cli.commands import dockidx, sync
from tests.rootbuilder import RootBuilder
from tests.roots import GOLDEN_ROOTS
from tests.trace.traced_root import ids, trace

if TYPE_CHECKING:
    from tests.trace.traced_root import Thing, TracedRoot

ENGINES_ROOT = "/var/lib/docker"
CRASHED = ("26.1.5-overlay2", "28.5.2-vfs")
OVERLAY2 = [name for name in GOLDEN_ROOTS if name.endswith("overlay2")]


def without_reason(thing: Thing) -> Thing:
    """A thing without what it was found by."""
    return {key: value for key, value in thing.items() if key != "matched_by"}


@pytest.mark.parametrize("traced", OVERLAY2, indirect=True)
def test_a_path_in_a_layer(traced: TracedRoot) -> None:
    """A path below a layer's files leads to the layer, and is given from the layer's own root."""
    for chain_id, files in sorted(traced.layers.items())[::3]:
        inside = f"/overlay2/{files['cache_id']}/diff/usr/bin/curl"
        for root in (ENGINES_ROOT, traced.root):
            thing = traced.one(f"{root}{inside}", "layer")
            assert (thing["id"], thing["inner_path"]) == (chain_id, "/usr/bin/curl")
        whole = traced.one(f"{ENGINES_ROOT}/overlay2/{files['cache_id']}", "layer")
        assert "inner_path" not in whole


def test_a_path_in_any_directory(traced: TracedRoot) -> None:
    """The path of each directory leads to what its name leads to."""
    for row in traced.rows("SELECT directory FROM directories ORDER BY directory")[::3]:
        name = row["directory"]
        found = traced.trace(traced.directory(name))
        assert len(found) == 1
        assert found == traced.trace(name)


@pytest.mark.parametrize("traced", OVERLAY2, indirect=True)
def test_short_links(traced: TracedRoot) -> None:
    """A short link, with or without what stands before it, leads to what the name leads to."""
    folder = traced.root / "overlay2" / "l"
    links = sorted(os.listdir(folder))
    assert links
    for link in links[::3]:
        name = os.readlink(folder / link).removeprefix("../").removesuffix("/diff")
        expected = [without_reason(thing) for thing in traced.trace(name)]
        assert len(expected) == 1
        for asked in (link, f"l/{link}", f"{ENGINES_ROOT}/overlay2/l/{link}"):
            assert [without_reason(thing) for thing in traced.trace(asked)] == expected, asked


@pytest.mark.parametrize("folder", ["imagedb/content/sha256", "imagedb/metadata/sha256"])
def test_a_path_in_the_image_store(traced: TracedRoot, folder: str) -> None:
    """The files of an image lead to the image."""
    for image_id in traced.answers.image_inspect:
        path = f"{ENGINES_ROOT}/image/{traced.driver}/{folder}/{image_id[7:]}/parent"
        assert traced.one(path, "image")["id"] == image_id


def test_a_path_in_the_layer_store(traced: TracedRoot) -> None:
    """The files of a layer lead to the layer, and those of a mount to its container."""
    layerdb = f"{ENGINES_ROOT}/image/{traced.driver}/layerdb"
    for chain_id in sorted(traced.layers)[::3]:
        path = f"{layerdb}/sha256/{chain_id[7:]}/cache-id"
        assert traced.one(path, "layer")["id"] == chain_id
    for container_id in traced.answers.container_inspect:
        path = f"{layerdb}/mounts/{container_id}/mount-id"
        assert traced.one(path, "container")["id"] == container_id


def test_a_path_from_the_root_on(traced: TracedRoot) -> None:
    """A path relative to the Docker root, as problems have it, leads where the whole one does."""
    chain_id, files = min(traced.layers.items())
    folder = Path(traced.directory(files["cache_id"])).relative_to(traced.root)
    for path in (str(folder), f"image/{traced.driver}/layerdb/sha256/{chain_id[7:]}/diff"):
        assert traced.one(path, "layer")["id"] == chain_id
    problems = traced.rows("SELECT DISTINCT path FROM problems WHERE path LIKE 'containers/%'")
    assert problems
    for row in problems:
        assert row["path"].split("/")[1] == traced.one(row["path"], "container")["id"]
    for row in traced.rows("SELECT directory FROM directory_owners WHERE owner_kind = 'orphan'"):
        path = Path(traced.directory(row["directory"])).relative_to(traced.root)
        assert traced.one(str(path), "directory")["id"] == row["directory"]


def test_an_image_that_looks_like_a_path(tmp_path: Path) -> None:
    """Where nothing is at the path, the image of that name is meant."""
    root = RootBuilder(tmp_path / "docker")
    image = root.image([b"app"], tag="volumes/app:1")
    root.volume("data")
    sync(root.path, tmp_path / "index.db")
    (found,) = trace(tmp_path / "index.db", "volumes/app:1")
    assert (found["kind"], found["id"]) == ("image", image.image_id)
    (found,) = trace(tmp_path / "index.db", "volumes/data/_data/x")
    assert (found["kind"], found["id"], found["inner_path"]) == ("volume", "data", "/x")


def test_the_path_in_the_help_can_be_traced() -> None:
    """It is whole, and not cut as no path is that anybody copies."""
    (example,) = re.findall(r"dockidx trace (/\S+)", dockidx("trace", "--help").out)
    asked = next(parse_search_term(example, ()))
    assert asked.names is not None
    assert (len(asked.names[0]), asked.inner_path) == (25, "/usr/bin/curl")


@pytest.mark.parametrize("traced", CRASHED, indirect=True)
def test_an_orphan(traced: TracedRoot) -> None:
    """An orphaned directory says that it is one, why, and how sure that is."""
    orphans = traced.rows("SELECT directory FROM directory_owners WHERE owner_kind = 'orphan'")
    assert len(orphans) >= 3
    for row in orphans:
        thing = traced.one(row["directory"][:12], "directory")
        assert (thing["owner_kind"], thing["confidence"]) == ("orphan", "certain")
        assert thing["reason"] == "no layer, mount, build cache or removal names it"
        assert (thing["images"], thing["containers"]) == ([], [])


def test_an_ambiguous_beginning_lists_candidates(traced: TracedRoot) -> None:
    """Of a beginning that several things have, all are given, and asked for more of it."""
    beginning = ambiguous(traced)
    found = traced.trace(beginning)
    assert len(ids(found, "id")) > 1
    for thing in found:
        assert any(id_.startswith(beginning) for id_ in own_ids(thing)), thing

    shown = dockidx("trace", beginning, "--db", traced.index)

    assert shown.code == 0
    assert shown.err == f"{beginning} can mean several things; give more of it.\n"
    assert all(thing["id"] in shown.out for thing in found)


def ambiguous(traced: TracedRoot) -> str:
    """A directory of a container with its -init has a name that begins as the other's does."""
    folders = (traced.store / "layerdb" / "mounts").iterdir()
    return min((folder / "mount-id").read_text() for folder in folders)[:8]


def own_ids(thing: Thing) -> list[str]:
    """The IDs by which a thing can be found, without their algorithm."""
    fields = ("id", "diff_id", "chain_id", "cache_id")
    found = [str(thing[field]) for field in fields if thing.get(field)]
    return [value.removeprefix("sha256:") for value in found]


def test_a_beginning_of_one_thing_is_not_ambiguous(traced: TracedRoot) -> None:
    """As many digits of an image's ID as tell it from all else are enough."""
    names = traced.rows("SELECT DISTINCT kind, id, name FROM known_names")
    starts = Counter(row["name"][:7] for row in names)
    for image_id in traced.answers.image_inspect:
        beginning = image_id[7:14]
        if starts[beginning] == 1:
            assert traced.one(beginning, "image")["id"] == image_id


def test_a_table_says_the_same(traced: TracedRoot) -> None:
    """Without --format the thing is drawn for people: its kind, its IDs and its paths."""
    chain_id, files = min(traced.layers.items())
    shown = dockidx("trace", chain_id, "--db", traced.index)

    assert (shown.code, shown.err) == (0, "")
    for value in (chain_id, *files.values(), traced.directory(files["cache_id"])):
        assert value in shown.out


def test_of_nothing_it_says_so(traced: TracedRoot) -> None:
    """What nothing goes by ends with exit code 1, nothing on the output and one sentence."""
    shown = dockidx("trace", "no-such-thing", "--db", traced.index)

    assert (shown.code, shown.out) == (1, "")
    assert shown.err.startswith("Nothing in the index goes by 'no-such-thing'; give an ID, ")
    assert shown.err.count("\n") == 1

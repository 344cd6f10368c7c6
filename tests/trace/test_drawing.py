"""What `dockidx trace` prints for people, of everything that the captured roots have."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import dockidx
from tests.roots import CAPTURED_ROOTS
from tests.sync.index_files import select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.harness.index_answers import Index


MOST_OF_A_KIND = 12


@pytest.fixture(scope="module", params=CAPTURED_ROOTS)
def index(request: pytest.FixtureRequest, golden_index: Callable[[str], Index]) -> Path:
    """The index of each captured root."""
    return golden_index(request.param).path


def test_every_kind_is_drawn(index: Path) -> None:
    """Things of every kind, from all over each store there is, are printed without failure."""
    kinds = defaultdict(list)
    query = "SELECT kind, MIN(name) FROM known_names GROUP BY kind, id ORDER BY kind, id"
    for kind, name in select(index, query):
        kinds[kind].append(name)
    assert kinds.keys() >= {"image", "layer", "container", "volume", "directory"}
    for kind, names in kinds.items():
        for name in names[:: len(names) // MOST_OF_A_KIND + 1]:
            shown = dockidx("trace", name, "--db", index)
            assert shown.code == 0, (kind, name, shown.err)
            assert kind in shown.out


def test_the_four_ids_of_a_layer(index: Path) -> None:
    """A layer has a path where its files are; that of its metadata only with a graph driver."""
    layers = select(
        index,
        "SELECT l.chain_id, l.diff_id, sl.cache_id, s.kind FROM store_layers AS sl"
        " JOIN layers AS l ON l.chain_id = sl.chain_id"
        " JOIN stores AS s ON s.store_id = sl.store_id",
    )
    assert layers
    for chain_id, diff_id, cache_id, kind in layers[::3]:
        shown = dockidx("trace", chain_id, "--db", index)
        assert shown.code == 0
        assert all(
            f"  {value}" in shown.out for value in (chain_id, diff_id or "not known", cache_id)
        )
        assert "None" not in shown.out
        assert (f"/layerdb/sha256/{chain_id[7:]}" in shown.out) == (kind == "graphdriver")
        assert "\n  driver  " in shown.out


def test_one_content_on_several_layers(index: Path) -> None:
    """Where no more of an ID can be given, all four IDs of each layer are shown."""
    shared = select(
        index,
        "SELECT l.diff_id, MIN(m.blob_digest) FROM store_layers AS sl"
        " JOIN layers AS l ON l.chain_id = sl.chain_id"
        " JOIN digest_map AS m ON m.store_id = sl.store_id AND m.diff_id = l.diff_id"
        " GROUP BY l.diff_id HAVING COUNT(DISTINCT l.chain_id) > 1",
    )
    for diff_id, blob_digest in shared:
        layers = select(
            index,
            "SELECT l.chain_id, sl.cache_id FROM store_layers AS sl"
            f" JOIN layers AS l ON l.chain_id = sl.chain_id WHERE l.diff_id = '{diff_id}'",
        )
        for asked in (diff_id, blob_digest, blob_digest[7:19]):
            shown = dockidx("trace", asked, "--db", index)
            assert shown.code == 0
            assert f"{asked} is one content in " in shown.err
            assert "trace a chain ID" in shown.err
            assert shown.out.count(f"  diff ID      {diff_id}") == len(layers)
            assert shown.out.count(f"  blob digest  {blob_digest}") == len(layers)
            for chain_id, cache_id in layers:
                assert f"  chain ID     {chain_id}" in shown.out
                assert f"  cache ID     {cache_id}\n" in shown.out

"""The plugin in a Datasette that someone else runs: at work on an index, silent elsewhere."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from datasette.app import Datasette
from datasette.plugins import pm

import indexer.web
from tests.web.site import close

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIGEST = f"sha256:{'ab' * 32}"
PAGES = ("/", "/other", "/other/images", "/other/images/1", "/other?sql=select+*+from+images")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A database of another program, with tables and columns named like ours."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE images (id INTEGER PRIMARY KEY, image_id, size_bytes, at)")
        row = (DIGEST, 123456789, "2026-11-24T08:00:00Z")
        connection.execute("INSERT INTO images VALUES (1, ?, ?, ?)", row)
    return path


@contextmanager
def plain(*paths: Path, metadata: dict[str, Any] | None = None) -> Iterator[Datasette]:
    """Datasette as its own command starts it."""
    opened = Datasette([str(path) for path in paths], metadata=metadata)
    yield opened
    close(opened)


def texts(datasette: Datasette, *paths: str) -> list[str]:
    """The pages, without the time they took."""

    async def read() -> list[str]:
        return [(await datasette.client.get(path)).text for path in paths]

    return [re.sub(r"Queries took [\d.]+ms", "", page) for page in asyncio.run(read())]


def test_the_plugin_is_found_by_its_entry_point() -> None:
    """Datasette has loaded it with all its hooks, whichever of the two was imported first."""
    hooks = {caller.name for caller in pm.get_hookcallers(indexer.web) or ()}

    assert hooks == {"get_metadata", "canned_queries", "render_cell", "extra_css_urls"}


def test_a_foreign_database_looks_as_without_the_plugin(foreign: Path) -> None:
    """Every page is the same to the letter, whether the plugin is there or not."""
    with plain(foreign) as datasette:
        with_plugin = texts(datasette, *PAGES)
    name = pm.get_name(indexer.web)
    pm.unregister(indexer.web)
    try:
        with plain(foreign) as datasette:
            without_plugin = texts(datasette, *PAGES)
    finally:
        pm.register(indexer.web, name=name)

    assert with_plugin == without_plugin
    assert DIGEST in with_plugin[2]


def test_an_index_in_a_plain_datasette_has_queries_labels_and_short_ids(
    index: Path, foreign: Path
) -> None:
    """The plugin works beside a foreign database, and on the index alone."""
    paths = ("/index", "/index/query-tags", "/index/images", "/other/images", "/-/metadata.json")
    with plain(index, foreign) as datasette:
        listing, query, images, other, metadata = texts(datasette, *paths)

    assert "/index/query-image-layers" in listing
    assert re.search(r'title="sha256:[0-9a-f]{64}">[0-9a-f]{12}</a>', query)
    assert "Digest of the image&#39;s config" in images
    assert f'<td class="col-image_id type-str">{DIGEST}</td>' in other
    assert '"other"' not in metadata


def test_what_a_user_says_of_an_index_comes_first(index: Path) -> None:
    """Metadata of one's own replaces ours, in that Datasette alone."""
    own = {"databases": {"index": {"tables": {"images": {"description": "My own words."}}}}}
    with plain(index, metadata=own) as datasette:
        (ours_changed,) = texts(datasette, "/index/images")
    with plain(index) as datasette:
        (ours,) = texts(datasette, "/index/images")

    assert "My own words." in ours_changed
    assert "My own words." not in ours

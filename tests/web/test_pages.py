"""Every table, view and canned query has a page, and says what it is."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from indexer.index.sqlite_file import reading_connection
from indexer.queries.catalogue import Query, catalogue
from indexer.queries.run import run_query
from indexer.schema import TABLES
from indexer.schema.views import VIEWS
from tests.cli.commands import dockidx
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import select, sync_roots
from tests.web.site import Site

if TYPE_CHECKING:
    from pathlib import Path

TABLE_NAMES = [table.name for table in TABLES]
QUERIES = list(catalogue().values())
VALUES = {
    "content": "app",
    "host": "web-1",
    "image": "app:1",
    "images": "app:1,base:1",
    "integer": "3",
    "source": "/srv",
    "text": "app:1",
    "time": "2026-11-24",
}


def escaped(text: str) -> str:
    """Give `text` as Datasette has it in a page."""
    return html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def one(index: Path, sql: str) -> str:
    """The first value that an SQL statement gives."""
    return str(select(index, sql)[0][0])


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_a_table_has_a_page_that_describes_it_and_its_columns(name: str, site: Site) -> None:
    """The comments of the schema are on the page, and the rows are there as JSON."""
    table = next(it for it in TABLES if it.name == name)

    page = site.get(f"/index/{name}")
    rows = site.get(f"/index/{name}.json?_shape=array")

    assert page.status == rows.status == 200
    assert escaped(table.comment) in page.text
    assert all(escaped(column.comment) in page.text for column in table.columns)
    assert all(row.keys() == {column.name for column in table.columns} for row in rows.json)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_has_a_page_that_describes_it(name: str, site: Site) -> None:
    """The head comment of the view is on its page."""
    page = site.get(f"/index/{name}")

    assert page.status == 200
    assert f"<h1>{name}: " in page.text
    assert '<div class="metadata-description">' in page.text


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
@pytest.mark.parametrize("given", [False, True], ids=["without values", "with values"])
def test_a_canned_query_gives_what_the_command_line_gives(
    query: Query, given: bool, site: Site, index: Path
) -> None:
    """Title and description of each are on its page, and its rows are those of `dockidx query`."""
    known = {**VALUES, "directory": one(index, "SELECT MIN(directory) FROM directories")}
    values = {each.name: known[each.type] for each in query.parameters} if given else {}
    with reading_connection(str(index)) as connection:
        result = run_query(connection, query, values)
        expected = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    search = urlencode(values)

    page = site.get(f"/index/query-{query.name}?{search}")
    rows = site.get(f"/index/query-{query.name}.json?_shape=array&{search}")

    assert page.status == 200
    assert f"<title>index: {escaped(query.title)}</title>" in page.text
    assert all(f"<code>{each.name}</code>" in page.text for each in query.parameters)
    assert all(f'name="{each.name}"' in page.text for each in query.parameters)
    assert rows.json == expected


@pytest.mark.parametrize(
    ("name", "parameter", "value", "sentence"),
    [
        ("image-layers", "image", "nothing", "Nothing in the index goes by image='nothing'"),
        ("hosts-with-image", "image", "ffff", "Nothing in the index goes by image='ffff'"),
        ("directory-owner", "directory", "nothing", "Nothing in the index goes by directory="),
        ("mount-users", "source", "nothing", "Nothing in the index goes by source='nothing'"),
        ("diff-hosts", "host_a", "web-3", "it has web-1, web-2."),
        ("largest-layers", "limit", "many", "takes a whole number"),
    ],
)
def test_a_value_that_names_nothing_is_refused_as_on_the_command_line(
    name: str, parameter: str, value: str, sentence: str, site: Site, index: Path
) -> None:
    """The page and its JSON have the sentence that the command prints."""
    search = urlencode({parameter: value})

    told = dockidx("query", name, "-p", f"{parameter}={value}", "--db", index).err
    rows = site.get(f"/index/query-{name}.json?{search}")

    assert sentence in told
    assert rows.status == 400
    assert rows.json["error"] == told.removeprefix("Error: ").rstrip("\n")


def test_rows_come_as_csv_too(site: Site, index: Path) -> None:
    """Values are as they are in the index, neither short nor linked."""
    lines = site.get("/index/query-tags.csv").text.splitlines()

    assert lines[0].startswith("host,repository,tag,image_id,")
    assert len(lines) == 1 + len(select(index, "SELECT 1 FROM tags"))
    assert all(re.match(r"web-\d,[^,]+,1,sha256:[0-9a-f]{64},", line) for line in lines[1:])


def test_a_query_hides_no_table_of_its_name(site: Site) -> None:
    """`images` is the table and `query-images` the query, and so for every name of both kinds."""
    both = set(TABLE_NAMES) & {query.name for query in QUERIES}

    assert {"images", "tags", "containers"} <= both
    for name in both:
        assert f"<h1>{name}</h1>" in site.get(f"/index/{name}").text
        assert f"<h1>{name}</h1>" not in site.get(f"/index/query-{name}").text


def test_the_front_page_leads_to_where_to_begin(site: Site) -> None:
    """The links of the front page exist and tell what they answer."""
    page = site.get("/").text

    for name in ("images", "containers", "image-layers", "disk-usage", "problems", "changes"):
        assert f'<a href="/index/query-{name}">' in page
        assert site.get(f"/index/query-{name}").status == 200


def test_the_page_of_an_index_lists_all_but_the_tables_of_the_program(site: Site) -> None:
    """Tables, views and queries are listed; `fingerprints` and `alembic_version` are hidden."""
    page = site.get("/index").text

    for name in (*TABLE_NAMES, *VIEWS, *(f"query-{query.name}" for query in QUERIES)):
        assert (f'href="/index/{name}"' in page) == (name != "fingerprints")
    assert "2 hidden tables" in page
    assert "alembic_version" not in page


def test_foreign_keys_are_shown_by_label(site: Site, index: Path) -> None:
    """A store shows as host, path and driver, a repository by its familiar name."""
    store_id, name = select(index, "SELECT store_id, name FROM stores")[0]

    page = site.get(f"/index/tags?store_id={store_id}").text

    assert f'<a href="/index/stores/{store_id}" title="{store_id}">{name}</a>' in page
    assert 'title="docker.io/library/app">app</a>' in page


def test_facets_and_order_come_with_the_table(site: Site) -> None:
    """Containers can be narrowed by state at once, and images begin with the newest."""
    facets = site.get("/index/containers.json").json["facet_results"]
    images = site.get("/index/images.json?_shape=array").json

    created = [row["created_at"] for row in images]
    assert {"running", "exited"} == {each["value"] for each in facets["state"]["results"]}
    assert created == sorted(created, reverse=True)
    assert len(set(created)) > 1


def test_the_page_of_an_image_shows_it_whole_and_leads_on(site: Site, index: Path) -> None:
    """Its ID is there in full, with the questions about it and the rows that name it."""
    image_id = one(index, "SELECT image_id FROM tags WHERE tag = '1'")
    quoted = image_id.replace(":", "%3A")

    page = site.get(f"/index/images/{image_id.replace(':', '~3A')}")
    question = f"/index/query-image-layers?image={quoted}"

    assert f'title="{image_id}">{image_id}</a>' in page.text
    assert f'href="{question}"' in page.text
    assert f'href="/index/tags?image_id={quoted}"' in page.text
    assert len(site.get(question.replace("?", ".json?_shape=array&")).json) >= 1


def test_the_page_of_a_container_leads_to_its_mounts(site: Site, index: Path) -> None:
    """Tables that name a container by root and ID are linked from its page."""
    root_id, container_id = select(
        index, "SELECT root_id, container_id FROM containers WHERE name = 'web'"
    )[0]

    page = site.get(f"/index/containers/{root_id},{container_id}").text
    mounts = f"/index/container_mounts?root_id={root_id}&amp;container_id={container_id}"

    assert f'href="{mounts}"' in page
    assert "containers: web</h1>" in page
    found = site.get(html.unescape(mounts).replace("?", ".json?_shape=array&")).json
    assert {"/data", "/etc/app"} == {row["destination"] for row in found}


def test_a_directory_leads_to_its_owner(site: Site, index: Path) -> None:
    """Its page asks whose it is, and the answer names the container."""
    store_id, mount_id = select(index, "SELECT store_id, mount_id FROM mounts LIMIT 1")[0]
    question = f"/index/query-directory-owner?directory={mount_id}"

    assert f'href="{question}"' in site.get("/index/mounts").text
    assert f'href="{question}"' in site.get(f"/index/directories/{store_id},{mount_id}").text
    answers = site.get(question.replace("?", ".json?_shape=array&")).json
    owners = {(answer["directory"], answer["owner_kind"]) for answer in answers}
    assert (mount_id, "container-rw") in owners


def test_an_open_page_shows_what_the_next_sync_finds(tmp_path: Path) -> None:
    """The server need not be started again after a sync."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"one"], tag="app:1")
    sync_roots(tmp_path / "index.db", root.path)
    with Site(tmp_path / "index.db") as site:
        before = site.get("/index/tags.json?_shape=array").json
        root.image([b"two"], tag="app:2")
        sync_roots(tmp_path / "index.db", root.path)
        after = site.get("/index/tags.json?_shape=array")

    assert [row["tag"] for row in before] == ["1"]
    assert [row["tag"] for row in after.json] == ["1", "2"]
    assert after.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["a?b#c", "100%41", "with space", "ünï"])
def test_an_odd_file_name_is_no_obstacle(name: str, tmp_path: Path) -> None:
    """The file is opened whatever its name means in a URI."""
    root = RootBuilder(tmp_path / "docker")
    root.image([b"one"], tag="app:1")
    path = tmp_path / f"{name}.db"
    sync_roots(path, root.path)
    with Site(path) as site:
        page = site.datasette.urls.database(name)
        assert site.get(f"{page}/tags").status == 200
        assert site.get(f"{page}/query-tags").status == 200
        assert f'<a href="{page}/query-images">' in site.get("/").text


def test_indexes_of_one_name_stand_side_by_side(tmp_path: Path) -> None:
    """Each file has its own page, as two hosts often call theirs `index.db`."""
    for host in ("a", "b"):
        root = RootBuilder(tmp_path / host / "docker")
        root.image([host.encode()], tag=f"{host}:1")
        sync_roots(tmp_path / host / "index.db", root.path, host=host)
    with Site(tmp_path / "a/index.db", tmp_path / "b/index.db") as site:
        hosts = [
            site.get(f"/{name}/hosts.json?_shape=array").json[0]["host"]
            for name in ("index", "index_2")
        ]
    assert hosts == ["a", "b"]

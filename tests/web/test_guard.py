"""Nothing can be written, no other file read, and no foreign page gets in."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest

from tests.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def remote(index: Path) -> Iterator[Site]:
    """The pages as they are for other machines."""
    with Site(index, hosts=None) as opened:
        yield opened


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8001", "127.0.0.1:9999", "[::1]:8001", "LOCALHOST:1"]
)
def test_this_machine_is_let_in_by_any_port(host: str, site: Site) -> None:
    """A forwarded port may differ from the one that is listened at."""
    assert site.get("/index", host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8001", "localhost.evil.example", "localhost:8001:1", "", None],
)
def test_another_host_name_is_refused(host: str | None, site: Site) -> None:
    """A web page whose name was pointed at this machine reads nothing."""
    answer = site.get("/index.json", host=host)

    assert answer.status == 403
    assert "localhost" in answer.text
    assert b"tables" not in answer.body


def test_a_remote_server_answers_to_any_name_but_takes_no_sql(remote: Site) -> None:
    """Whoever is let in from outside has the tables and canned queries alone."""
    assert remote.get("/index/images", host="docker-index.example").status == 200
    assert remote.get("/index/query-images", host="docker-index.example").status == 200
    assert remote.get("/index?sql=select+1").status == 403
    assert remote.get("/index/images.json?_where=1%3D1").status == 403
    assert "Custom SQL" not in remote.get("/index").text


@pytest.mark.parametrize("path", ["/", "/index", "/index/images", "/nowhere", "/-/static/app.css"])
def test_every_answer_has_the_protecting_headers(path: str, site: Site) -> None:
    """Also errors and static files."""
    headers = site.get(path).headers

    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path", ["/", "/index", "/index/images", "/index/query-images", "/index?sql=select+1"]
)
def test_the_scripts_of_a_page_are_those_that_its_policy_allows(path: str, site: Site) -> None:
    """Each inline script has its hash in the policy, which allows no other."""
    page = site.get(path)
    policy = dict(
        part.split(" ", 1) for part in page.headers["content-security-policy"].split("; ")
    )

    scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)

    assert scripts
    assert "unsafe-inline" not in policy["script-src"]
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy["script-src"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/index/query-images", "/index/tags", "/-/logout"])
def test_only_reading_is_allowed(method: str, path: str, site: Site) -> None:
    """Whatever the path, other methods are refused before Datasette sees them."""
    assert site.get(path, method=method).status == 405


@pytest.mark.parametrize(
    "statement",
    [
        "insert into hosts values ('x', null, 'now')",
        "delete from tags",
        "with x as (select 1) delete from tags",
        "with x as (select 1) insert into hosts select 'x', null, 'now'",
        "create table x (y)",
        "drop table tags",
        "attach database '{folder}/new.db' as other",
        "select 1; attach database '{folder}/new.db' as other",
        "vacuum into '{folder}/new.db'",
        "pragma writable_schema = 1",
        "select readfile('/etc/hostname')",
        "select writefile('{folder}/new.db', 'x')",
        "select load_extension('{folder}/new')",
    ],
)
def test_sql_can_only_read_the_index(
    statement: str, site: Site, index: Path, tmp_path: Path
) -> None:
    """A statement that writes, attaches or reads files is an error and leaves no trace."""
    before = index.read_bytes()

    answer = site.get(f"/index.json?sql={quote_plus(statement.format(folder=tmp_path))}")

    assert answer.status == 400
    assert answer.json["ok"] is False
    assert index.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "statement", ["ATTACH '{folder}/new.db' AS x", "DELETE FROM tags", "PRAGMA user_version = 9"]
)
def test_the_connections_themselves_can_only_read(
    statement: str, site: Site, tmp_path: Path
) -> None:
    """Not even code that runs inside the server, such as another plugin, can write or attach."""
    database = site.datasette.databases["index"]
    written = statement.format(folder=tmp_path)

    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|readonly"):
        site.run(database.execute_fn(lambda connection: connection.execute(written).fetchall()))
    with pytest.raises(PermissionError, match="read-only"):
        site.run(database.execute_write(written))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "path",
    [
        "/-/databases.json",
        "/-/metadata",
        "/-/settings",
        "/-/plugins",
        "/-/threads",
        "/-/permissions",
        "/-/messages",
        "/-/auth-token",
        "/-/static",
        "/-/",
    ],
)
def test_the_pages_about_the_server_are_not_there(path: str, site: Site) -> None:
    """They tell of paths and processes, and nobody needs them to read an index."""
    assert site.get(path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/-/static/../app.py",
        "/-/static/%2e%2e/app.py",
        "/-/static//etc/hostname",
        "/-/static-plugins/dockidx/../metadata.py",
        "/-/static-plugins/dockidx//etc/hostname",
        "/index.db",
        "/_internal",
        "/_internal/databases",
        "/_memory?sql=select+1",
        "/../index.db",
        "/~2e~2e/etc/hostname",
    ],
)
def test_no_other_file_can_be_read(path: str, site: Site) -> None:
    """Neither the index as a file nor what lies beside the static files."""
    assert site.get(path).status in (403, 404)


def test_the_style_sheet_is_there(site: Site) -> None:
    """The one static file of ours is served and linked from the pages of an index."""
    path = "/-/static-plugins/dockidx/dockidx.css"

    assert f'href="{path}"' in site.get("/index/images").text
    assert site.get(path).status == 200
    assert site.get(path, method="HEAD").status == 200

"""How values look: short with everything in reach, and never as markup of their own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from indexer.web.cells import cell, human_size
from tests.sync.index_files import select
from tests.web.conftest import HOSTILE, SETTINGS
from tests.web.test_pages import escaped

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.site import Site

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"


@pytest.mark.parametrize(
    ("column", "page"),
    [
        ("image_id", f"/x/images/sha256~3A{HEX}"),
        ("tag_image_id", f"/x/images/sha256~3A{HEX}"),
        ("parent_chain_id", f"/x/layers/sha256~3A{HEX}"),
        ("diff_id", f"/x/layers?diff_id=sha256%3A{HEX}"),
        ("blob_digest", f"/x/digest_map?blob_digest=sha256%3A{HEX}"),
        ("mount_id", f"/x/query-directory-owner?directory=sha256%3A{HEX}"),
    ],
)
def test_a_digest_is_short_and_leads_to_what_it_names(column: str, page: str) -> None:
    """Twelve digits as Docker prints them, the whole in the title."""
    assert cell(DIGEST, column, "/x") == f'<a href="{page}" title="{DIGEST}">{HEX[:12]}</a>'


@pytest.mark.parametrize(
    ("value", "shown"),
    [(HEX, HEX[:12]), (f"{HEX}-init", f"{HEX[:12]}-init"), (DIGEST, HEX[:12])],
)
def test_an_id_without_a_page_is_short_too(value: str, shown: str) -> None:
    """Cache IDs, mount IDs and what is in a column of any other name."""
    assert cell(value, "cache_id", "/x") == f'<span title="{value}">{shown}</span>'


def test_several_digests_in_a_cell_are_each_short() -> None:
    """Lists are separated by one space, and keep the names before the digests."""
    names = cell(f"app@{DIGEST} b/app@{DIGEST}", "digests", "/x")
    blobs = cell(f"{DIGEST} {DIGEST}", "blob_digests", "/x")

    assert names is not None
    assert names.striptags() == f"app@{HEX[:12]} b/app@{HEX[:12]}"
    assert blobs is not None
    assert blobs.count('<a href="/x/digest_map?blob_digest=') == 2


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0B"),
        (999, "999B"),
        (1000, "1kB"),
        (1_234_567, "1.23MB"),
        (999_499, "999kB"),
        (999_600, "1MB"),
        (187_500_000, "188MB"),
        (2**40, "1.1TB"),
        (2**62, "4612PB"),
    ],
)
def test_sizes_are_as_docker_prints_them(size: int, shown: str) -> None:
    """Decimal units and three digits; the title has every digit."""
    assert human_size(size) == shown
    assert cell(size, "size_bytes", "/x") == f'<span title="{size:,} bytes">{shown}</span>'


@pytest.mark.parametrize(
    ("value", "column"),
    [
        (None, "size_bytes"),
        (7, "exit_code"),
        ("", "image_id"),
        ("nginx:1.27", "tags"),
        ('["sh","-c","exec serve"]', "command"),
        ("x" * 200, "created_by"),
        ("[" * 150, "value"),
        (1.5, "size_bytes"),
        (b"\x00", "value"),
    ],
)
def test_everything_else_is_left_to_datasette(value: object, column: str) -> None:
    """None means that Datasette shows the value in its own way."""
    assert cell(value, column, "/x") is None


def test_a_time_is_shown_to_the_second() -> None:
    """The title keeps the nanoseconds."""
    time = "2026-11-24T08:24:58.602130679Z"

    assert cell(time, "at", "/x") == f'<span title="{time}">2026-11-24 08:24:58</span>'
    assert cell(time, "at", "/x", whole=True) is None


def test_long_json_is_folded_and_has_line_breaks() -> None:
    """It opens at a click, and is the same JSON."""
    shown = cell(SETTINGS, "value", "/x")

    assert shown is not None
    assert shown.startswith('<details class="fold"><summary>{')
    body = shown.unescape().partition("<pre>")[2].removesuffix("</pre></details>")
    assert body.count("\n") > 40
    assert json.loads(body) == json.loads(SETTINGS)


@pytest.mark.parametrize("value", ["word " * 50, "[" * 5000, "{" + "9" * 5000 + "}"])
def test_long_text_is_folded_as_it_stands(value: str) -> None:
    """So is what only begins like JSON, however deep."""
    shown = cell(value, "created_by", "/x")

    assert shown is not None
    assert f"<pre>{value}</pre>" in shown


@pytest.mark.parametrize("column", ["value", "host", "repository", "created_by", "blob_digests"])
@pytest.mark.parametrize("pad", ["", "long " * 60, "[1," + "2," * 60])
def test_hostile_text_is_never_markup(column: str, pad: str) -> None:
    """Neither as text, in a link or a title, nor folded."""
    for value in (pad + HOSTILE, {"value": HOSTILE, "label": HOSTILE}):
        shown = cell(value, column, "/x")
        tags = set(re.findall(r"<(\w+)", shown or ""))
        assert tags <= {"a", "details", "summary", "pre"}
        assert '="window' not in (shown or "")


def test_hostile_labels_stay_text_on_every_page(site: Site, index: Path) -> None:
    """Tables, facets, rows, queries and free SQL show the characters and nothing else."""
    keys = select(index, "SELECT image_id FROM image_labels WHERE value = ?", HOSTILE)
    image = keys[0][0].replace(":", "~3A")

    pages = [
        site.get("/index/image_labels"),
        site.get(f"/index/image_labels/{image},note"),
        site.get("/index?sql=select+*+from+image_labels"),
        site.get("/index/images?author__contains=script"),
        site.get("/index/image_labels?value__contains=%3Cscript%3E"),
    ]

    for page in pages:
        assert page.status == 200
        assert escaped(HOSTILE)[:30] in page.text
        assert "<script>window.hacked" not in page.text
        assert "<img" not in page.text

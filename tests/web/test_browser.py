"""The pages in a real browser: a way through them, without an error in the console."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.requirements import need
from tests.sync.index_files import select
from tests.web.conftest import HOSTILE
from tests.web.test_serve import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    need(os.path.exists(CHROMIUM), f"{CHROMIUM} is not there; install the package chromium.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def url(index: Path) -> Iterator[str]:
    """The address of a running `dockidx serve`."""
    with served(index) as (_, address):
        yield address


@contextmanager
def opened(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A new page, and what its console and its scripts complain of."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []

    def note(message: Any) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    try:
        yield page, complaints
    finally:
        page.close()


def test_from_the_front_page_to_an_image(
    browser: Browser, url: str, index: Path, tmp_path: Path
) -> None:
    """A newcomer finds a query, fills in an image, and follows its ID to what is known of it."""
    (image_id,) = select(index, "SELECT image_id FROM tags WHERE tag = '1' LIMIT 1")[0]
    with opened(browser) as (page, complaints):
        page.goto(url)
        page.get_by_role("link", name="Layers of an image").click()
        expect(page).to_have_title("index: Layers of an image")

        page.get_by_label("image", exact=True).fill(image_id[7:19])
        page.get_by_role("button", name="Run SQL").click()
        rows = page.locator("table.rows-and-columns tbody tr")
        expect(rows).to_have_count(2)

        rows.first.get_by_role("link", name=image_id[7:19]).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(image_id))
        page.get_by_role("link", name="History of an image").click()
        expect(page.get_by_label("image", exact=True)).to_have_value(image_id)
        expect(rows).not_to_have_count(0)

        picture = page.screenshot(path=tmp_path / "history.png")
        assert len(picture) > 10_000
        assert complaints == []


@pytest.mark.parametrize(
    "path", ["", "index", "index/images", "index/containers", "index?sql=select+*+from+tags"]
)
def test_no_kind_of_page_complains(path: str, browser: Browser, url: str) -> None:
    """Scripts, styles and pictures are all allowed and all there."""
    with opened(browser) as (page, complaints):
        page.goto(url + path)
        page.wait_for_load_state("networkidle")

        assert complaints == []


def test_the_scripts_of_datasette_work(browser: Browser, url: str) -> None:
    """The SQL editor and the menus of columns come up, in spite of the strict policy."""
    with opened(browser) as (page, _):
        page.goto(f"{url}index")
        expect(page.locator(".CodeMirror")).to_have_count(1)
        page.goto(f"{url}index/image_labels")
        page.locator("th[data-column=value] svg").click()
        expect(page.get_by_text("Sort ascending")).to_be_visible()


def test_a_hostile_label_is_read_not_run(browser: Browser, url: str) -> None:
    """Its markup stands on the page as text."""
    with opened(browser) as (page, complaints):
        page.goto(f"{url}index/image_labels")

        expect(page.get_by_text(HOSTILE, exact=True).first).to_be_visible()
        assert page.evaluate("window.hacked") is None
        assert complaints == []


def test_what_slips_into_a_page_does_not_run(browser: Browser, url: str) -> None:
    """Even markup that was not escaped would find its scripts forbidden."""
    with opened(browser) as (page, complaints):
        page.goto(f"{url}index/image_labels")
        page.evaluate("html => { document.body.insertAdjacentHTML('beforeend', html) }", HOSTILE)
        page.evaluate(
            "() => { const script = document.createElement('script');"
            " script.textContent = 'window.hacked = 2'; document.body.append(script) }"
        )
        page.wait_for_timeout(200)

        assert page.evaluate("window.hacked") is None
        assert any("Content Security Policy" in complaint for complaint in complaints)

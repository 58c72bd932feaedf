"""The documentation site on a small phone and on paper: every page of it, in a real browser, without a network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.reference.site import prepare
from tests.docs.reading import ROOT
from tests.docs.test_site import built

PHONE = 390
AROUND = (".md-header", ".md-sidebar--primary", ".md-sidebar--secondary")
"""What stands around a page on a desk."""
SEARCH = "button.md-search__button, [aria-label=Search], label[for=__search]"
BROKEN_NAMES = """() => [...document.querySelectorAll("td:first-child code")]
  .filter((name) => name.getClientRects().length > 1).map((name) => name.textContent)"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = built(prepare(ROOT, folder))
    assert done.returncode == 0, done.stdout
    return folder / "site"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that reaches files only."""
    context = browser.new_context()
    context.route("http*://**", lambda route: route.abort())
    yield context.new_page()
    context.close()


def test_no_page_scrolls_sideways_on_a_small_phone_and_no_name_in_a_table_is_torn(page: Page, site: Path) -> None:
    page.set_viewport_size({"width": PHONE, "height": 844})
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    wide, torn = [], {}
    for file in pages:
        page.goto(file.as_uri())
        if page.evaluate("document.documentElement.scrollWidth") > PHONE:
            wide.append(file.name)
        if names := page.evaluate(BROKEN_NAMES):
            torn[file.name] = names
    assert (wide, torn) == ([], {})


def test_on_paper_stands_the_page_alone(page: Page, site: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto((site / "watch.html").as_uri())
    for part in AROUND:
        expect(page.locator(part)).to_be_visible()
    page.emulate_media(media="print")
    for part in (*AROUND, ".md-footer", ".headerlink"):
        assert not any(one.is_visible() for one in page.locator(part).all()), part
    expect(page.get_by_role("heading", name="Watch", exact=True)).to_be_visible()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_word_is_found_on_a_small_phone(browser: Browser, site: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    here = f"http://127.0.0.1:{server.server_port}/"
    context = browser.new_context(viewport={"width": PHONE, "height": 844})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    try:
        page = context.new_page()
        page.goto(here + "index.html")
        page.locator(SEARCH).first.click()
        page.get_by_placeholder("Search").first.fill("deputies")
        expect(page.get_by_text("Joining, your side", exact=False).first).to_be_visible()
        assert [url for url in asked if not url.startswith(here)] == [], "nothing is fetched from elsewhere"
    finally:
        context.close()
        server.shutdown()
        thread.join()
        server.server_close()

"""A real browser for the tests beside this file.

Rules kept here:

* Without Chromium the tests are skipped and say why; where `CI` is set they fail, since CI must not skip them.
* A page that logs an error, throws one, or asks anything of another host fails its test.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from tests.browser.scripted_bot import Stage, open_stage

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Opener = Callable[..., Page]
SHOWN_WITHIN = 45_000
"""Milliseconds until a page shows what a test expects of it, on a machine that also does other things."""
PHONES_WITHIN = 60_000
"""Milliseconds until a page shows its first phone: those of the real room come when its bot has started."""


def _chromium() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return "/usr/bin/chromium" if Path("/usr/bin/chromium").is_file() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed behind these tests: while Playwright's synchronous door is open a loop runs in this thread, and
    `asyncio.run` refuses to begin another."""
    path = _chromium()
    if path is None:
        reason = "NO BROWSER: nothing looked at the rehearsal room's page; install Chromium (apt-get install chromium)."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=SHOWN_WITHIN)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield launched
        finally:
            launched.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


@pytest.fixture
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Opens an address in a page of its own: `opened(url, width=390, height=844, dark=True, touch=True)`.

    `expected` is a pattern of complaints that the test itself provokes.
    """
    if "stage" in request.fixturenames:
        request.getfixturevalue("stage")  # made first, so that its pages close before it does
    pages: list[Page] = []
    problems: list[str] = []

    def open_page(
        url: str,
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        touch: bool = False,
        scale: float = 1,
        expected: str | None = None,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            device_scale_factor=scale,
        )
        page = context.new_page()
        page.set_default_timeout(SHOWN_WITHIN)
        pages.append(page)

        def asked(request: Request) -> None:
            if not request.url.startswith((url, "data:")):
                problems.append(f"asked of another host: {request.url}")

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not (expected and re.search(expected, message.text)):
                problems.append(message.text)

        page.on("console", said)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", asked)
        page.goto(url)
        page.wait_for_selector("[data-phone]", timeout=PHONES_WITHIN)
        return page

    yield open_page
    for page in pages:
        with contextlib.suppress(Error):  # a test may have closed it
            page.context.close()
    assert problems == [], "the page complained"

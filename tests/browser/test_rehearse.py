"""What a newcomer sees after `make run`: the real room, the real bot, played through in a real browser.

`UPDATE_PICTURES=1` writes the pictures of `docs/pictures`, which the README shows.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener

pytestmark = pytest.mark.journey

FATMATA, ANNEKE, ISATU, MARIEKE = 101, 102, 103, 104
ADDRESS = re.compile(r"Rehearsal room: (http://127\.0\.0\.1:\d+/)")
OPENED_WITHIN = 90.0
"""Seconds until the seeded room is open: migrations, four people joining, a first check-in, on a busy machine."""
ANSWERED_WITHIN = 15_000
MOVED_WITHIN = 90_000
"""Milliseconds for one answer of the bot, and for a week with all that falls due in it."""
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`twinbot rehearse --fresh` in a folder of its own; gives the address that it prints."""
    folder = tmp_path_factory.mktemp("rehearsal")
    ours = ("TELEGRAM_", "DATABASE_", "PUBLIC_", "SECRET_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "rehearse", "--fresh", "--port", "0"],
        cwd=folder,
        env={**kept, "HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    )
    try:
        yield _address(process)
    finally:
        ended = process.poll()
        process.terminate()
        try:
            said, _ = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
    if ended is not None:
        pytest.fail(f"the room ended by itself ({ended}):\n{said}")


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said: list[str] = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        end = time.monotonic() + OPENED_WITHIN
        while time.monotonic() < end and selector.select(max(0.0, end - time.monotonic())):
            words = process.stdout.readline()
            if not words:
                break
            said.append(words)
            found = ADDRESS.search(words)
            if found:
                return found[1]
    pytest.fail("the room did not open:\n" + "".join(said))


def phone(page: Page, chat: int) -> Locator:
    return page.locator(f'[data-phone="{chat}"]')


def last(page: Page, chat: int) -> Locator:
    """The bot's last message on this phone."""
    return phone(page, chat).locator(".message.from-bot").last


def choose(page: Page, chat: int, words: str | re.Pattern[str], then: str | re.Pattern[str]) -> None:
    """Taps the newest button that says `words` and waits until the conversation says `then`."""
    phone(page, chat).get_by_role("button", name=words).last.click()
    expect(phone(page, chat).get_by_role("log")).to_contain_text(then, timeout=ANSWERED_WITHIN)


def picture(page: Page, name: str) -> None:
    if os.environ.get("UPDATE_PICTURES"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.mouse.move(640, 2)  # nothing looks hovered over
        page.wait_for_timeout(4000)  # toasts are gone
        page.screenshot(path=PICTURES / name)


def test_a_newcomer_plays_a_check_in_and_is_asked_again_a_week_later(opened: Opener, room: str) -> None:
    page = opened(room)  # while the cast still joins, through the same bot
    for chat in (FATMATA, ANNEKE, ISATU, MARIEKE):
        expect(phone(page, chat)).to_be_visible(timeout=ANSWERED_WITHIN)
    expect(page.locator("#bot-status")).to_contain_text("Bot running")
    question = phone(page, FATMATA).locator(".message.from-bot", has_text="Contact with Anneke since last time?")
    expect(question.last).to_be_visible(timeout=MOVED_WITHIN)
    expect(page.get_by_role("button", name="+1 week")).to_have_attribute("aria-disabled", "false", timeout=MOVED_WITHIN)
    asked = question.count()

    choose(page, FATMATA, "Real exchange", "Mostly I …")
    choose(page, FATMATA, re.compile("gave back"), "What kind?")
    picture(page, "rehearsal-wide.png")
    last(page, FATMATA).get_by_role("button").nth(1).click()
    expect(phone(page, FATMATA).get_by_role("log")).to_contain_text("How does it feel?", timeout=ANSWERED_WITHIN)
    last(page, FATMATA).get_by_role("button").nth(3).click()
    expect(phone(page, FATMATA).get_by_role("log")).to_contain_text("Done, thank you.", timeout=ANSWERED_WITHIN)

    page.get_by_role("button", name="+1 week").click()
    expect(question).to_have_count(asked + 1, timeout=MOVED_WITHIN)
    expect(page.get_by_role("button", name="+1 week")).to_have_attribute("aria-disabled", "false", timeout=MOVED_WITHIN)


def test_who_blocks_and_unblocks_can_go_on(opened: Opener, room: str) -> None:
    page = opened(room)
    phone(page, ANNEKE).get_by_role("button", name=re.compile("^Block")).click()
    expect(phone(page, ANNEKE)).to_contain_text("The bot is blocked.")
    phone(page, ANNEKE).get_by_role("button", name="Unblock", exact=True).click()
    before = phone(page, ANNEKE).locator(".message.from-bot").count()
    line = phone(page, ANNEKE).get_by_role("textbox")
    line.fill("/help")
    line.press("Enter")
    expect(phone(page, ANNEKE).locator(".message.from-bot")).not_to_have_count(before, timeout=ANSWERED_WITHIN)


def test_the_bot_is_killed_and_answers_all_the_same(opened: Opener, room: str) -> None:
    page = opened(room)
    before = phone(page, FATMATA).locator(".message.from-bot").count()
    page.get_by_role("button", name="Faults", exact=True).click()
    page.get_by_role("button", name="Kill the bot now").click()
    line = phone(page, FATMATA).get_by_role("textbox")
    line.fill("/help")
    line.press("Enter")
    expect(page.locator("#bot-status")).to_contain_text("restarted", timeout=ANSWERED_WITHIN)
    expect(phone(page, FATMATA).locator(".message.from-bot")).not_to_have_count(before, timeout=2 * ANSWERED_WITHIN)


def test_the_room_fits_a_small_phone(opened: Opener, room: str) -> None:
    page = opened(room, width=390, height=844, touch=True)
    expect(phone(page, FATMATA).locator(".message").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(f'[data-tab="{ANNEKE}"]').click()
    expect(page.locator(f'[data-tab="{ANNEKE}"]')).to_have_attribute("aria-current", "true")
    picture(page, "rehearsal-narrow.png")

"""What a newcomer sees after `make run`: the real room, the real bot, played through in a real browser.

`UPDATE_PICTURES=1` writes the pictures of `docs/pictures`, which the README shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.rooms import (
    ANNEKE,
    ANSWERED_WITHIN,
    FATMATA,
    ISATU,
    MARIEKE,
    MOVED_WITHIN,
    choose,
    last,
    move,
    phone,
    picture,
    rehearsal_room,
    still,
)

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rehearsal_room(tmp_path_factory.mktemp("rehearsal")) as address:
        yield address


def test_a_newcomer_plays_a_check_in_and_is_asked_again_a_week_later(opened: Opener, room: str) -> None:
    page = opened(room)  # while the cast still joins, through the same bot
    for chat in (FATMATA, ANNEKE, ISATU, MARIEKE):
        expect(phone(page, chat)).to_be_visible(timeout=ANSWERED_WITHIN)
    expect(page.locator("#bot-status")).to_contain_text("Bot running")
    question = phone(page, FATMATA).locator(".message.from-bot", has_text="Contact with Anneke since last time?")
    expect(question.last).to_be_visible(timeout=MOVED_WITHIN)
    still(page)
    asked = question.count()

    choose(page, FATMATA, "Real exchange", "Mostly I …")
    choose(page, FATMATA, re.compile("gave back"), "What kind?")
    picture(page, "rehearsal-wide.png")
    last(page, FATMATA).get_by_role("button").nth(1).click()
    expect(phone(page, FATMATA).get_by_role("log")).to_contain_text("How does it feel?", timeout=ANSWERED_WITHIN)
    last(page, FATMATA).get_by_role("button").nth(3).click()
    expect(phone(page, FATMATA).get_by_role("log")).to_contain_text("Done, thank you.", timeout=ANSWERED_WITHIN)

    move(page, "+1 week")
    expect(question).to_have_count(asked + 1, timeout=MOVED_WITHIN)


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

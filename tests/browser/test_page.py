"""What one sees and does on the rehearsal room's page, with the real room and a scripted bot."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import FloatRect, Locator, Page, expect

from bot.rehearsal.faults import Kind
from tests.browser.conftest import Opener
from tests.browser.scripted_bot import CHECK_IN, Stage, open_stage

ANNEKE, FATMATA, ISATU, MARIEKE = 101, 102, 103, 104


def phone(page: Page, chat: int) -> Locator:
    return page.locator(f'[data-phone="{chat}"]')


def line(page: Page, chat: int) -> Locator:
    return phone(page, chat).get_by_role("textbox")


def type_in(page: Page, chat: int, words: str) -> None:
    line(page, chat).fill(words)
    line(page, chat).press("Enter")


def traffic(page: Page, chat: int, part: str) -> Locator:
    return phone(page, chat).locator(f'[data-traffic="{part}"]')


def box(found: Locator) -> FloatRect:
    measured = found.bounding_box()
    assert measured is not None
    return measured


def test_four_phones_stand_side_by_side_within_a_wide_window(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    places = [box(phone(page, chat)) for chat in (ANNEKE, FATMATA, ISATU, MARIEKE)]
    assert [place["x"] for place in places] == sorted(place["x"] for place in places)
    assert len({place["y"] for place in places}) == 1
    assert places[-1]["x"] + places[-1]["width"] <= 1280
    expect(page.get_by_role("heading", name="Anneke")).to_be_visible()
    expect(phone(page, ANNEKE)).to_contain_text("twin · Utrecht")


def test_a_tap_is_shown_at_once_and_its_answer_as_a_toast(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    phone(page, ANNEKE).get_by_role("button", name="Start", exact=True).click()
    button = phone(page, ANNEKE).get_by_role("button", name="Short hello")
    stage.hold_answers()
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(traffic(page, ANNEKE, "taps")).to_have_text("1")
    expect(button).to_have_attribute("aria-busy", "true")  # still: nobody answered yet
    stage.answer()
    expect(phone(page, ANNEKE).get_by_role("status")).to_have_text("Short hello")
    expect(phone(page, ANNEKE).get_by_role("button", name="✓ Short hello")).to_be_visible()
    expect(phone(page, ANNEKE).locator("[aria-busy]")).to_have_count(0)
    expect(phone(page, ANNEKE).get_by_role("log")).to_contain_text("Done, thank you.")


def test_a_tap_that_the_room_refuses_is_taken_back_and_explained(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url, expected="ERR_FAILED")
    type_in(page, ANNEKE, "/start")
    button = phone(page, ANNEKE).get_by_role("button", name="Short hello")
    expect(button).to_be_visible()
    page.route("**/tap", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        button.click()
    expect(phone(page, ANNEKE).get_by_role("alert")).to_contain_text("Not tapped.")
    expect(phone(page, ANNEKE).locator("[aria-busy]")).to_have_count(0)


def test_a_reply_keyboard_types_its_words_and_goes_when_it_is_removed(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, FATMATA, "country")
    keyboard = phone(page, FATMATA).get_by_role("group", name=re.compile("Reply keyboard"))
    expect(keyboard.get_by_role("button")).to_have_count(3)
    toggle = phone(page, FATMATA).get_by_role("button", name="Reply keyboard")
    toggle.click()
    expect(keyboard).to_be_hidden()
    toggle.click()
    keyboard.get_by_role("button", name="Sierra Leone").click()
    expect(phone(page, FATMATA).locator(".from-person").last).to_contain_text("Sierra Leone")
    expect(keyboard).to_be_hidden()


def test_an_own_message_is_edited_from_its_menu_and_the_draft_comes_back(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, FATMATA, "helo")
    expect(phone(page, FATMATA).get_by_role("log")).to_contain_text("You said: helo")
    line(page, FATMATA).fill("a draft")
    own = phone(page, FATMATA).locator(".from-person")
    own.hover()
    own.get_by_role("button", name="Message menu").click()
    menu, screen = box(page.get_by_role("menu")), box(phone(page, FATMATA))
    assert menu["x"] >= screen["x"] and menu["x"] + menu["width"] <= screen["x"] + screen["width"], "on its own phone"
    page.get_by_role("menuitem", name="Edit").click()
    expect(line(page, FATMATA)).to_have_value("helo")
    type_in(page, FATMATA, "hello")
    expect(own.locator(".text")).to_have_text("hello")
    expect(own).to_contain_text("edited")
    expect(phone(page, FATMATA).get_by_role("log")).to_contain_text("Corrected: hello")
    expect(line(page, FATMATA)).to_have_value("a draft")


def test_blocking_closes_the_line_and_unblocking_opens_it(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, ANNEKE, "hello")
    phone(page, ANNEKE).get_by_role("button", name=re.compile("^Block")).click()
    expect(line(page, ANNEKE)).to_be_hidden()
    expect(phone(page, ANNEKE)).to_contain_text("The bot is blocked.")
    assert stage.room.phone(ANNEKE).blocked
    phone(page, ANNEKE).get_by_role("button", name="Unblock", exact=True).click()
    expect(line(page, ANNEKE)).to_be_visible()
    assert not stage.room.phone(ANNEKE).blocked


PLACES_OF_LETTERS = """(element) => [...element.textContent].map((_, place) => {
  const letter = document.createRange();
  letter.setStart(element.firstChild, place);
  letter.setEnd(element.firstChild, place + 1);
  return letter.getBoundingClientRect().left;
})"""


def test_arabic_runs_from_the_right(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, ISATU, "مرحبا")
    question = phone(page, ISATU).locator(".from-bot")
    expect(question.get_by_role("button")).to_have_count(4)
    text = question.locator(".text")
    assert text.evaluate("element => getComputedStyle(element).direction") == "rtl"
    own, asked = box(phone(page, ISATU).locator(".from-person")), box(question)
    assert asked["x"] + asked["width"] > own["x"] + own["width"], "the bot stands at the right, she at the left"
    aligned = phone(page, ISATU).locator(".caption").evaluate("element => getComputedStyle(element).textAlign")
    assert aligned == "right", "under her name, not across from it"
    first, second = (box(question.get_by_role("button").nth(n)) for n in (0, 1))
    assert first["x"] > second["x"], "the first button of a row stands at the right"
    type_in(page, ISATU, "لمعرفة المزيد /help")
    places = phone(page, ISATU).locator(".from-person .live").evaluate(PLACES_OF_LETTERS)
    assert places == sorted(places), "the slash of a command stands before it"
    type_in(page, ISATU, "plain English")
    english = phone(page, ISATU).locator(".from-person .text").last
    expect(english).to_have_text("plain English")
    assert english.evaluate("element => getComputedStyle(element).direction") == "ltr"


def test_traffic_counts_messages_taps_and_bytes(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, FATMATA, "één")
    expect(traffic(page, FATMATA, "sent")).to_have_text("1 message5 B")  # é is two bytes
    expect(traffic(page, FATMATA, "received")).to_have_text(f"1 message{len('You said: één'.encode())} B")
    expect(traffic(page, FATMATA, "taps")).to_have_text("0")


def test_the_clock_moves_a_week_and_the_next_question_stands_there(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, ANNEKE, "/start")
    expect(phone(page, ANNEKE).get_by_role("log")).to_contain_text(CHECK_IN)
    before = page.locator("#clock-time").get_attribute("datetime")
    page.get_by_role("button", name="+1 week").click()
    expect(phone(page, ANNEKE).get_by_role("log")).to_contain_text("Next week.")
    expect(page.get_by_role("button", name="+1 week")).to_have_attribute("aria-disabled", "false")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    after = page.locator("#clock-time").get_attribute("datetime")
    assert before is not None and after is not None and before[:10] < after[:10]
    expect(phone(page, ANNEKE).locator(".day")).to_have_count(2)


def test_faults_are_switched_on_and_off(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    page.get_by_role("button", name="Faults", exact=True).click()
    drawer = page.get_by_role("complementary", name="Faults")
    drawer.get_by_label("How many times").fill("3")
    drawer.get_by_label("On which call").select_option("editMessageText")
    drawer.get_by_role("button", name="Switch on: Server error").click()
    expect(drawer.locator('[data-on="server_error"]')).to_contain_text("3 to come on editMessageText")
    assert [fault.count for fault in stage.room.faults.active] == [3]
    expect(page.locator("#faults-count")).to_have_text("1")
    drawer.get_by_role("button", name="Switch off: Server error").click()
    expect(drawer.get_by_text("Nothing. The road is clear.")).to_be_visible()
    assert stage.room.faults.active == []
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("button", name="Faults", exact=True)).to_be_focused()


def test_every_fault_of_the_room_stands_in_the_drawer(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    shown = page.locator("[data-fault]").evaluate_all("rows => rows.map(row => row.dataset.fault)")
    assert sorted(shown) == sorted(kind.value for kind in Kind)


def test_commands_are_offered_while_typing_a_slash(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    expect(phone(page, FATMATA).get_by_role("button", name="Commands")).to_be_visible()
    line(page, FATMATA).press_sequentially("/nu")
    menu = phone(page, FATMATA).get_by_role("group", name="Commands")
    expect(menu.get_by_role("button")).to_have_count(1)
    line(page, FATMATA).press("ArrowDown")
    page.keyboard.press("Enter")
    expect(phone(page, FATMATA).get_by_role("log")).to_contain_text("You said: /numbers")
    expect(line(page, FATMATA)).to_have_value("")


def test_an_invitation_link_opens_the_chat_with_its_token(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, MARIEKE, "https://t.me/rehearsal_twinbot?start=q8Zr4tPw")
    phone(page, MARIEKE).locator(".from-person").get_by_role("button", name=re.compile("start=q8Zr")).click()
    expect(phone(page, MARIEKE).get_by_role("log")).to_contain_text("/start q8Zr4tPw")


def test_markup_in_what_people_write_stays_text(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    hostile = '<img src=x onerror="document.title=1"><b>bold</b>'
    type_in(page, FATMATA, hostile)
    expect(phone(page, FATMATA).locator(".from-person .text")).to_have_text(hostile)
    expect(phone(page, FATMATA).locator(".text img, .text b")).to_have_count(0)
    assert "Rehearsal room" in page.title()


def test_a_phone_can_be_added(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    page.get_by_role("button", name="Add a phone").click()
    dialog = page.get_by_role("dialog", name="Add a phone")
    dialog.get_by_label("Name on Telegram").fill("Mariama")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Mariama")).to_be_visible()
    expect(dialog).to_be_hidden()


SCROLLED_UP = """(log) => new Promise((heard) => {
  log.addEventListener("scroll", heard, { once: true });
  log.scrollTop = 100;
}).then(() => null)"""
"""The page hears of it before the test goes on: its own listener is the older one."""


def test_who_reads_further_up_stays_there_and_is_told_of_what_is_new(opened: Opener, stage: Stage) -> None:
    for number in range(40):
        stage.in_room(stage.room.write, FATMATA, "silence" if number % 2 else f"silence\n{number}")
    page = opened(stage.url)
    log = phone(page, FATMATA).get_by_role("log")
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 2, "it opens at the end"
    log.evaluate(SCROLLED_UP)
    stage.do(stage.bot.call("sendMessage", chat_id=FATMATA, text="Are you there?"))
    newer = phone(page, FATMATA).get_by_role("button", name="1 new message")
    expect(newer).to_be_visible()
    assert log.evaluate("log => log.scrollTop") == 100
    newer.click()
    expect(newer).to_be_hidden()
    page.wait_for_function("log => log.scrollHeight - log.scrollTop - log.clientHeight < 2", arg=log.element_handle())


def test_five_hundred_messages_cost_a_new_one_next_to_nothing(opened: Opener, stage: Stage) -> None:
    def fill() -> None:
        for number in range(499):
            stage.room.write(FATMATA, f"silence {number}")

    stage.in_room(fill)
    page = opened(stage.url)
    log = phone(page, FATMATA).get_by_role("log")
    expect(log.get_by_role("article")).to_have_count(499)
    page.evaluate(
        """() => {
          window.touched = 0;
          const log = document.querySelector('[data-phone="102"] [role="log"]');
          new MutationObserver(all => { for (const one of all) window.touched += one.addedNodes.length; })
            .observe(log, { childList: true, subtree: true });
        }"""
    )
    stage.do(stage.bot.call("sendMessage", chat_id=FATMATA, text="The newest"))
    expect(log).to_contain_text("The newest")
    assert page.evaluate("window.touched") < 5, "only the new message is drawn"


def test_a_lost_line_is_said_and_nothing_typed_is_lost(opened: Opener) -> None:
    with open_stage() as first:
        url = first.url
        page = opened(url, expected="ERR_(CONNECTION|INCOMPLETE|EMPTY)")
        page.evaluate("window.sameDocument = true")
        line(page, FATMATA).fill("half a sentence")
    expect(page.locator("#lost")).to_contain_text("The line to the rehearsal room is lost")
    expect(page.locator("#bot-status")).to_have_text("No line to the room")
    line(page, FATMATA).press("Enter")
    expect(phone(page, FATMATA).get_by_role("alert")).to_contain_text("Not sent, still here.")
    expect(line(page, FATMATA)).to_have_value("half a sentence")
    with open_stage(port=urlsplit(url).port or 0):
        expect(page.locator("#lost")).to_be_hidden()
        line(page, FATMATA).press("Enter")
        expect(phone(page, FATMATA).get_by_role("log")).to_contain_text("half a sentence")
        expect(line(page, FATMATA)).to_have_value("")
        assert page.evaluate("window.sameDocument"), "without a reload"
        page.context.close()

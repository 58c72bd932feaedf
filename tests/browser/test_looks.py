"""How the rehearsal room's page looks in windows of every size: what looking at its pictures has taught."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.scripted_bot import Stage
from tests.browser.test_page import ANNEKE, FATMATA, ISATU, MARIEKE, box, phone, type_in

CONTRASTS = Path(__file__).with_name("contrasts.js")


def test_each_phone_shows_its_own_local_time(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    for chat, zone in ((ANNEKE, "Europe/Amsterdam"), (FATMATA, "Africa/Freetown")):
        stage.in_room(stage.room.write, chat, "silence")
        sent = stage.room.phone(chat).last()
        assert sent is not None
        there = datetime.fromtimestamp(sent.at, UTC).astimezone(ZoneInfo(zone))
        expect(phone(page, chat).locator(".message time")).to_have_text(f"{there:%H:%M}")
        own = phone(page, chat).locator(".own-time")
        hour = int(own.inner_text().split(":")[0])
        assert hour in (there.hour, (there.hour + 1) % 24), "a minute may have passed since"
    amsterdam, freetown = (phone(page, chat).locator(".own-time").inner_text() for chat in (ANNEKE, FATMATA))
    assert amsterdam != freetown


def test_a_phone_is_added_with_its_time_zone(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url, expected="400")
    page.get_by_role("button", name="Add a phone").click()
    dialog = page.get_by_role("dialog", name="Add a phone")
    dialog.get_by_label("Name on Telegram").fill("Mariama")
    dialog.get_by_label("Time zone of the phone").fill("Nowhere")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("A time zone has a name like Europe/Amsterdam or Africa/Freetown.")
    dialog.get_by_label("Time zone of the phone").fill("Asia/Kathmandu")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    assert stage.room.phone(1001).zone == "Asia/Kathmandu"
    there = page.get_by_role("region", name="Mariama").locator(".own-time")
    minutes, utc = (
        int(words.split(":")[1]) for words in (there.inner_text(), page.locator("#clock-time").inner_text())
    )
    assert (minutes - utc) % 60 in (44, 45, 46), "three quarters of an hour ahead"


def test_english_words_of_the_page_keep_their_full_stop_on_a_phone_that_reads_from_the_right(
    opened: Opener, stage: Stage
) -> None:
    page = opened(stage.url)
    expect(phone(page, ISATU).locator(".screen")).to_have_attribute("dir", "rtl")
    for part in (".starter p:not(.about)", ".notice", ".blocked-bar p"):
        assert phone(page, ISATU).locator(part).evaluate("e => getComputedStyle(e).direction") == "ltr", part


@pytest.mark.parametrize("width", [1280, 320])
def test_a_face_and_its_tick_keep_to_one_line(opened: Opener, stage: Stage, width: int) -> None:
    page = opened(stage.url, width=width)
    type_in(page, ANNEKE, "faces")
    faces = phone(page, ANNEKE).locator(".inline-keyboard button")
    expect(faces).to_have_count(5)
    spans = [box(face.locator("span"))["height"] for face in faces.all()]
    assert max(spans) < 1.5 * min(spans)


def test_with_the_faults_open_every_phone_can_still_be_reached_by_its_name(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    names = page.get_by_role("navigation", name="Phones")
    expect(names).to_be_hidden()
    page.locator("#faults-button").click()
    expect(names).to_be_visible()
    names.get_by_role("button", name="Marieke").click()
    expect(page.locator(f'[data-tab="{MARIEKE}"]')).to_have_attribute("aria-current", "true")
    edge = box(page.locator("#faults"))["x"] + 1
    page.wait_for_function(
        "([phone, edge]) => phone.getBoundingClientRect().right <= edge",  # it comes into view smoothly
        arg=[phone(page, MARIEKE).element_handle(), edge],
    )
    page.keyboard.press("Escape")
    expect(names).to_be_hidden()


def test_what_is_switched_on_stays_in_view_and_says_what_it_does(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url, height=600)
    page.locator("#faults-button").click()
    stage.in_room(stage.room.faults.add, "drop")
    last = page.locator("[data-fault] button").last
    last.scroll_into_view_if_needed()
    last.focus()
    on = page.locator("#on-now li")
    expect(on).to_contain_text("Line breaks, yet accepted")
    expect(on).to_be_in_viewport(ratio=0.9)
    kills = page.locator('[data-fault^="kill_"] strong').all_inner_texts()
    assert all(words.startswith("Killed ") for words in kills), "names stand alone in the list of what is on"


@pytest.mark.parametrize("width", [390, 320])
def test_a_narrow_window_shows_one_phone_at_a_time_and_never_scrolls_sideways(
    opened: Opener, stage: Stage, width: int
) -> None:
    stage.in_room(lambda: stage.room.faults.add("drop", method="sendPhoto"))  # its count stands in the console too
    page = opened(stage.url, width=width, height=844, touch=True)
    expect(page.locator("#faults-count")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for element in page.locator(".console button:visible").all():
        place = box(element)
        assert place["x"] >= 0 and place["x"] + place["width"] <= width
    page.get_by_role("navigation", name="Phones").get_by_role("button", name="Fatmata").click()
    expect(page.locator('[data-tab="102"]')).to_have_attribute("aria-current", "true")
    expect(page.locator('[data-tab="101"]')).to_have_attribute("aria-current", "false")
    stage.in_room(stage.room.write, ANNEKE, "hello")
    expect(page.locator('[data-tab="101"] .badge')).to_have_text("1")
    page.locator('[data-tab="101"]').click()
    expect(page.locator('[data-tab="101"] .badge')).to_be_hidden()


def test_who_swipes_to_a_phone_finds_its_name_in_the_row_of_names(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url, width=320, height=640, touch=True)
    expect(page.locator(f'[data-tab="{MARIEKE}"]')).not_to_be_in_viewport(ratio=0.9)
    page.locator("#stage").evaluate("stage => stage.scrollTo({ left: stage.scrollWidth })")
    expect(page.locator(f'[data-tab="{MARIEKE}"]')).to_have_attribute("aria-current", "true")
    expect(page.locator(f'[data-tab="{MARIEKE}"]')).to_be_in_viewport(ratio=0.9)


def test_a_phone_held_sideways_leaves_room_for_the_conversation(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url, width=844, height=390, touch=True)
    type_in(page, ANNEKE, "/start")
    expect(phone(page, ANNEKE).get_by_role("button", name="Real exchange")).to_be_attached()
    assert box(phone(page, ANNEKE).get_by_role("log"))["height"] > 150
    page.locator("#faults-button").click()
    page.locator('[data-fault="disorder_updates"] button').click()
    expect(page.locator("#faults-count")).to_have_text("1")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_stand_out_enough_from_what_is_behind_them(opened: Opener, stage: Stage, dark: bool) -> None:
    page = opened(stage.url, dark=dark)
    type_in(page, ANNEKE, "/start")
    type_in(page, FATMATA, "country")
    expect(phone(page, FATMATA).get_by_role("button", name="Netherlands")).to_be_visible()
    expect(phone(page, ANNEKE).get_by_role("button", name="Real exchange")).to_be_visible()
    page.get_by_role("button", name="Faults", exact=True).click()
    pale = page.evaluate(CONTRASTS.read_text(encoding="utf-8"))
    assert pale == [], "contrast below 4.5 to 1"

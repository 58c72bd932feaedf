"""Voice notes, documents, protected and reworded messages on the page, and the buttons that play for a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.scripted_bot import CHECK_IN, CHOICES, Stage, inline
from tests.browser.test_page import ANNEKE, FATMATA, box, line, phone, type_in

CONTRASTS = Path(__file__).with_name("contrasts.js")


def test_a_voice_note_is_sent_from_an_empty_line_and_played_on_the_other_phone(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, FATMATA, "silence")
    microphone = phone(page, ANNEKE).get_by_role("button", name="Send a voice note")
    microphone.focus()
    page.keyboard.press("Enter")
    expect(phone(page, ANNEKE).locator(".from-person")).to_contain_text("Voice note")
    expect(phone(page, ANNEKE).locator(".from-person")).to_contain_text("0:03")
    expect(microphone).to_be_focused()
    heard = phone(page, FATMATA).locator(".from-bot")
    expect(heard).to_contain_text("A voice note from Anneke.")
    expect(heard).to_contain_text("protected")
    expect(heard.get_by_role("link")).to_have_count(0)
    player = heard.get_by_role("button", name="Play the voice note of 3 seconds")
    player.click()
    expect(player).to_have_attribute("aria-pressed", "true")
    expect(player).to_have_attribute("aria-pressed", "false")  # it came to its end


def test_who_types_sees_send_in_the_place_of_the_microphone(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    microphone = phone(page, ANNEKE).get_by_role("button", name="Send a voice note")
    sender = phone(page, ANNEKE).get_by_role("button", name="Send", exact=True)
    expect(sender).to_be_hidden()
    line(page, ANNEKE).fill("hello")
    expect(microphone).to_be_hidden()
    sender.click()
    expect(line(page, ANNEKE)).to_be_focused()
    expect(microphone).to_be_visible()


def test_a_document_shows_its_name_and_size_and_can_be_taken_along(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, ANNEKE, "silence")
    stage.do(stage.bot.document(ANNEKE, "my-data.json", b"{}" * 700, "All that is kept about you."))
    shown = phone(page, ANNEKE).locator(".from-bot")
    expect(shown).to_contain_text("my-data.json")
    expect(shown).to_contain_text("1.4 kB")
    expect(shown).to_contain_text("All that is kept about you.")
    with page.expect_download() as taken:
        shown.get_by_role("link", name="Download my-data.json, 1.4 kB").click()
    assert taken.value.suggested_filename == "my-data.json"
    assert taken.value.path().read_bytes() == b"{}" * 700


def test_a_message_that_was_reworded_shows_its_new_words_and_says_so(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, ANNEKE, "silence")
    sent = stage.do(stage.bot.call("sendMessage", chat_id=ANNEKE, text="I learned to ask first.", protect_content=True))
    shown = phone(page, ANNEKE).locator(".from-bot")
    expect(shown).to_contain_text("protected")
    expect(shown).not_to_contain_text("edited")
    number = sent["message_id"]
    stage.do(stage.bot.call("editMessageText", chat_id=ANNEKE, message_id=number, text="Fatmata has taken this back."))
    expect(shown.locator(".text")).to_have_text("Fatmata has taken this back.")
    expect(shown).to_contain_text("edited")
    label = shown.get_attribute("aria-label")
    assert label is not None and label.endswith(", edited, protected")


def test_a_button_that_is_marked_does_not_make_its_message_an_edited_one(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, ANNEKE, "/start")
    phone(page, ANNEKE).get_by_role("button", name="Short hello").click()
    expect(phone(page, ANNEKE).get_by_role("button", name="✓ Short hello")).to_be_visible()
    expect(phone(page, ANNEKE).locator(".edited")).to_have_count(0)


def test_play_this_for_me_answers_one_question_a_press_and_says_what_it_did(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    once = phone(page, ANNEKE).get_by_role("button", name="Play this for Anneke: answer one question")
    toast = phone(page, ANNEKE).get_by_role("status")
    once.click()
    expect(toast).to_have_text("Nothing is open on this phone.")
    type_in(page, ANNEKE, "/start")
    expect(phone(page, ANNEKE).get_by_role("button", name="Real exchange")).to_be_visible()
    stage.hold_answers()
    once.click()
    expect(toast).to_have_text("Tapped: Real exchange")
    stage.answer()
    expect(phone(page, ANNEKE).get_by_role("button", name="✓ Real exchange")).to_be_visible()
    expect(phone(page, ANNEKE).get_by_role("log")).to_contain_text("Done, thank you.")
    once.click()
    expect(toast).to_contain_text("Typed: ")
    expect(phone(page, ANNEKE).locator(".from-person")).to_have_count(2)


def test_playing_to_the_end_can_be_stopped(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, FATMATA, "/start")
    end = phone(page, FATMATA).locator(".to-end")
    expect(end).to_have_accessible_name("Play for Fatmata to the end")
    expect(phone(page, FATMATA).get_by_role("button", name="Real exchange")).to_be_visible()
    end.click()
    expect(phone(page, FATMATA).get_by_role("status")).to_have_text("2 answers. Nothing is open on this phone.")
    stage.do(stage.bot.call("sendMessage", chat_id=FATMATA, text=CHECK_IN, reply_markup=inline(*CHOICES)))
    stage.hold_answers()
    end.click()
    expect(end).to_have_accessible_name("Stop playing for Fatmata")
    end.click()
    expect(end).to_have_accessible_name("Play for Fatmata to the end")
    stage.answer()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_files_and_players_stand_out_and_fit_a_small_phone(opened: Opener, stage: Stage, dark: bool) -> None:
    page = opened(stage.url, width=320, height=640, touch=True, dark=dark)
    for chat in (ANNEKE, FATMATA):
        stage.in_room(stage.room.write, chat, "silence")
    name = "a-very-long-name-of-a-file-that-nobody-would-choose-by-herself.json"
    stage.do(stage.bot.document(ANNEKE, name, b"{}", "Kept about you."))
    stage.in_room(stage.room.send_voice, ANNEKE)
    expect(phone(page, ANNEKE).locator(".document")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for button in phone(page, ANNEKE).locator(".player button, .document a, .composer button:visible").all():
        place = box(button)
        assert place["x"] >= 0 and place["x"] + place["width"] <= 320
        assert place["height"] >= 34
    assert page.evaluate(CONTRASTS.read_text(encoding="utf-8")) == []


def test_a_file_that_is_dropped_onto_a_phone_is_sent(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, FATMATA, "silence")
    carried = page.evaluate_handle(
        "() => { const it = new DataTransfer(); it.items.add(new File(['goal = 1'], 'our_story.toml')); return it; }"
    )
    screen = phone(page, FATMATA).locator(".screen")
    screen.dispatch_event("dragover", {"dataTransfer": carried})
    assert screen.evaluate("one => getComputedStyle(one, '::after').borderTopStyle") == "dashed"
    screen.dispatch_event("dragleave", {"dataTransfer": carried})
    assert screen.evaluate("one => getComputedStyle(one, '::after').borderTopStyle") == "none"
    screen.dispatch_event("dragover", {"dataTransfer": carried})
    screen.dispatch_event("drop", {"dataTransfer": carried})
    assert screen.evaluate("one => getComputedStyle(one, '::after').borderTopStyle") == "none"
    expect(phone(page, FATMATA).locator(".from-person").last).to_contain_text("our_story.toml")


def test_a_file_that_is_pasted_into_the_line_is_sent_and_words_stay_words(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url)
    type_in(page, FATMATA, "silence")
    paste = """(line) => {
      const it = new DataTransfer(); it.items.add(new File(['goal = 1'], 'our_story.toml'));
      line.dispatchEvent(new ClipboardEvent('paste', { clipboardData: it, bubbles: true, cancelable: true }));
    }"""
    line(page, FATMATA).evaluate(paste)
    expect(phone(page, FATMATA).locator(".from-person").last).to_contain_text("our_story.toml")
    expect(line(page, FATMATA)).to_have_value("")


def test_on_a_touch_screen_a_file_is_chosen_and_the_same_one_can_be_sent_again(opened: Opener, stage: Stage) -> None:
    page = opened(stage.url, width=320, height=640, touch=True)
    stage.in_room(stage.room.write, ANNEKE, "silence")
    attach = phone(page, ANNEKE).get_by_role("button", name="Send a photo or a file")
    for sent in (1, 2):
        attach.tap()
        with page.expect_file_chooser() as asked:
            page.get_by_role("menuitem", name="A file…").tap()
        asked.value.set_files({"name": "our_story.toml", "mimeType": "text/plain", "buffer": b"goal = 1"})
        expect(phone(page, ANNEKE).locator(".from-person", has_text="our_story.toml")).to_have_count(sent)
    attach.tap()
    page.get_by_role("menuitem", name="A photo").tap()
    expect(phone(page, ANNEKE).locator(".from-person").last).to_contain_text("Photo")
    assert page.evaluate("document.documentElement.scrollWidth") == 320

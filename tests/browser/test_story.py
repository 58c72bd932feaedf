"""The first weeks of two twins and their coordinators, played through the page: the real room and the real bot.

Each test is a chapter and goes on where the one before it ended. `UPDATE_PICTURES=1` writes the pictures of
`docs/pictures/handbook`, which the coordinator's handbook and the twins' help show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.rooms import (
    ANNEKE,
    ANSWERED_WITHIN,
    FATMATA,
    ISATU,
    MARIEKE,
    MOVED_WITHIN,
    choose,
    choose_each,
    hears,
    latest,
    move,
    phone,
    picture,
    rehearsal_room,
    write,
)

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rehearsal_room(tmp_path_factory.mktemp("story"), "--unpaired") as address:
        yield address


@pytest.fixture
def page(opened: Opener, room: str) -> Page:
    shown = opened(room, width=1280, height=830, scale=1.5)
    for chat in (FATMATA, ANNEKE, ISATU, MARIEKE):
        expect(phone(shown, chat)).to_be_visible(timeout=ANSWERED_WITHIN)
    return shown


def play_to_the_end(page: Page, chat: int) -> None:
    end = phone(page, chat).locator(".to-end")
    end.click()
    expect(end).to_contain_text("To the end", timeout=MOVED_WITHIN)


def test_a_coordinator_proposes_two_twins_by_buttons_and_both_say_yes(page: Page) -> None:
    for chat, words in ((ISATU, "You are in, Isatu"), (MARIEKE, "Je doet mee, Marieke")):
        expect(phone(page, chat).get_by_role("log")).to_contain_text(words, timeout=MOVED_WITHIN)
    for chat, words in ((FATMATA, "You are in, Fatmata"), (ANNEKE, "Je doet mee, Anneke")):
        expect(phone(page, chat).get_by_role("log")).to_contain_text(words, timeout=MOVED_WITHIN)
    write(page, ISATU, "/pair", "Which twin of Freetown?")
    choose(page, ISATU, re.compile("^Fatmata"), "And which twin of the other side for Fatmata?")
    choose(page, ISATU, re.compile("^Anneke"), "Shall I ask both whether they want to be twins?")
    choose(page, ISATU, "Yes, ask both", "Until both have said yes it can be undone")
    hears(page, MARIEKE, "Isatu stelt Fatmata en Anneke als twins voor")
    picture(page, "handbook/pairing.png", ISATU, MARIEKE)
    hears(page, FATMATA, "your coordinators propose you a twin: Anneke of Utrecht, Netherlands.")
    hears(page, ANNEKE, "je coördinatoren stellen je een twin voor: Fatmata van Freetown, Sierra Leone.")
    picture(page, "handbook/proposal.png", FATMATA, ANNEKE)
    choose(page, FATMATA, "Yes, gladly", "As soon as Anneke says yes too")
    choose(page, ANNEKE, "Ja, graag", "Je hebt een twin: Fatmata!")
    hears(page, FATMATA, "You have a twin: Anneke!")
    hears(page, ISATU, "they are twins now")
    hears(page, MARIEKE, "ze zijn nu twins")


def test_they_name_each_other_and_agree_how_to_keep_in_touch(page: Page) -> None:
    choose(page, FATMATA, "Begin", "What may Anneke call you?")
    write(page, FATMATA, "Fatu", "What does it mean to you to be a twin?")
    write(page, FATMATA, "Somebody far away who knows my nights", "What do you promise Anneke?")
    choose_each(
        page,
        FATMATA,
        ("I answer, even if it is short", "In your own words, if you like."),
        ("Skip", "How often do you want to write or talk?"),
        ("Every week", "Where? Tap all that suit you"),
        ("Written messages", None),
        ("Voice notes", None),
        ("Done", "When does it suit you best?"),
        ("In the evening", "In which language?"),
        ("English", "after how many days may a coordinator step in?"),
        ("21 days", "Do you need support with data or airtime"),
        ("No", "Requests for money, gifts, visas or jobs"),
        ("We talk about it openly", "Passed on to Anneke, to agree or to change:"),
    )
    play_to_the_end(page, ANNEKE)
    hears(page, ANNEKE, "Fatmata schreef je:")
    hears(page, ANNEKE, "Somebody far away who knows my nights")
    hears(page, ANNEKE, "hebben afgesproken:")
    hears(page, FATMATA, "You and Anneke agree:")
    hears(page, FATMATA, "A coordinator may step in after 21 quiet days")
    picture(page, "handbook/agreement.png", FATMATA, ANNEKE)


def test_a_week_later_both_answer_the_check_in_by_taps_and_in_one_line(page: Page) -> None:
    move(page, "+1 week")
    hears(page, FATMATA, "Hello Fatmata. Contact with Anneke since last time?")
    hears(page, ANNEKE, "Had je contact met Fatmata sinds de vorige keer?")
    choose_each(
        page,
        FATMATA,
        ("Real exchange", "Mostly I …"),
        ("gave and received", "What kind?"),
        ("Knowledge", "How does it feel?"),
        ("🙂", "Done, thank you. One line more?"),
    )
    write(page, ANNEKE, "1 5 2 4", "Klaar, dank je wel.")
    picture(page, "handbook/check-in.png", FATMATA, ANNEKE)


def test_something_given_is_noted_and_shared_and_taken_back_again(page: Page) -> None:
    write(page, FATMATA, "/gave", "You gave something. What kind?")
    choose(page, FATMATA, "Skill", "Professional or personal?")
    choose(page, FATMATA, "Professional", "And to whom?")
    choose(page, FATMATA, "Anneke", "One line more, or a voice note?")
    write(page, FATMATA, "we drew the chart together", "Kept, and only you can see it.")
    choose(page, FATMATA, "Share with Anneke", "Shared with your twin.")
    shared = phone(page, ANNEKE).locator(".message.from-bot", has_text="we drew the chart together")
    expect(shared).to_be_visible(timeout=ANSWERED_WITHIN)
    expect(shared).to_contain_text("protected")
    picture(page, "handbook/sharing.png", FATMATA, ANNEKE)
    since = latest(page, FATMATA)
    choose(page, ANNEKE, "Dank je wel", None)
    hears(page, FATMATA, re.compile("Anneke says to what you shared of .*: “Thank you”"), since)
    number = shared.get_attribute("data-message")
    write(page, FATMATA, "/reflections", "we drew the chart together")
    choose(page, FATMATA, "1", "we drew the chart together")
    choose(page, FATMATA, "Change who reads it", "Now:")
    choose(page, FATMATA, "Keep it private", "nly you can see it")
    rewritten = phone(page, ANNEKE).locator(f'[data-message="{number}"]')
    expect(rewritten).to_contain_text("teruggenomen", timeout=ANSWERED_WITHIN)
    expect(rewritten).to_contain_text("edited")
    expect(shared).to_have_count(0)


def test_the_balance_stands_in_words(page: Page) -> None:
    write(page, ANNEKE, "/balance", "Het is te vroeg om te zeggen")
    picture(page, "handbook/balance.png", ANNEKE)


def test_a_note_and_a_voice_note_go_from_twin_to_twin(page: Page) -> None:
    write(page, FATMATA, "/twin", "Anneke (Utrecht) will read this.")
    write(page, FATMATA, "Good morning! How was your week?", "On its way to Anneke.")
    hears(page, ANNEKE, "Good morning! How was your week?")
    choose(page, ANNEKE, "Antwoorden", "Typ je bericht, of stuur een spraakbericht")
    phone(page, ANNEKE).get_by_role("button", name="Send a voice note").click()
    player = phone(page, FATMATA).locator(".from-bot").get_by_role("button", name=re.compile("Play the voice note"))
    expect(player).to_be_visible(timeout=ANSWERED_WITHIN)
    hears(page, ANNEKE, "Fatmata heeft je bericht.")
    picture(page, "handbook/note.png", FATMATA, ANNEKE)


def test_coordinators_see_every_pair_and_write_to_all_in_both_languages(page: Page) -> None:
    write(page, MARIEKE, "/pairs", "Fatmata & Anneke")
    write(page, ISATU, "/pairs", re.compile(r"Fatmata & Anneke · \w+"))
    picture(page, "handbook/pairs.png", ISATU, MARIEKE)
    write(page, ISATU, "/broadcast", "Who is it for?")
    choose(page, ISATU, "Every side", "All of them, or the twins only?")
    choose(page, ISATU, "All", "Now write it in English.")
    write(page, ISATU, "The next call is in two weeks. Bring one story.", "Now write it in Nederlands.")
    write(page, ISATU, "Over twee weken bellen we weer. Neem een verhaal mee.", "Shall I send it?")
    picture(page, "handbook/broadcast.png", ISATU)
    choose(page, ISATU, "Send", "It goes out now.")
    hears(page, FATMATA, "Bring one story.\n\n— Isatu, Midwives")
    hears(page, ANNEKE, "Neem een verhaal mee.\n\n— Isatu, Midwives")
    hears(page, ISATU, "Your broadcast to")


def test_a_coordinator_tries_a_conversation_as_a_twin_sees_it(page: Page) -> None:
    write(page, ISATU, "/try check-in", "In which language?")
    choose(page, ISATU, "English", "Contact with Anneke since last time?")
    choose(page, ISATU, "Short hello", "Mostly I …")
    picture(page, "handbook/trying.png", ISATU)
    write(page, ISATU, "/leave", "The trial is over. Nothing of it was kept.")


def test_somebody_takes_all_her_data_along(page: Page) -> None:
    write(page, ANNEKE, "/mydata", "Hetzelfde voor een machine")
    with page.expect_download() as taken:
        phone(page, ANNEKE).get_by_role("link", name=re.compile(r"Download .*\.json")).last.click()
    held = json.loads(taken.value.path().read_text(encoding="utf-8"))
    assert "Anneke" in json.dumps(held)
    picture(page, "handbook/my-data.png", ANNEKE)


def test_on_monday_both_coordinators_read_the_same_digest(page: Page) -> None:
    since = {chat: latest(page, chat) for chat in (ISATU, MARIEKE)}
    move(page, "+1 week")
    hears(page, ISATU, "Midwives, this Monday:", since[ISATU])
    hears(page, MARIEKE, "Midwives, deze maandag:", since[MARIEKE])
    picture(page, "handbook/digest.png", ISATU, MARIEKE)


def test_who_blocks_the_bot_is_missed_and_welcomed_back(page: Page) -> None:
    since = {chat: latest(page, chat) for chat in (FATMATA, ANNEKE, ISATU, MARIEKE)}
    phone(page, ANNEKE).get_by_role("button", name=re.compile("^Block")).click()
    expect(phone(page, ANNEKE)).to_contain_text("The bot is blocked.")
    hears(page, MARIEKE, "Anneke", since[MARIEKE])
    write(page, FATMATA, "/twin", "Anneke (Utrecht) will read this.")
    write(page, FATMATA, "I hope all is well with you.", "can not be reached")
    picture(page, "handbook/unreachable.png", FATMATA, ANNEKE, ISATU, MARIEKE)
    since[MARIEKE] = latest(page, MARIEKE)
    phone(page, ANNEKE).get_by_role("button", name="Unblock", exact=True).click()
    hears(page, MARIEKE, "Anneke", since[MARIEKE])
    hears(page, ANNEKE, "I hope all is well with you.", since[ANNEKE])
    hears(page, FATMATA, re.compile("Anneke has your note"), since[FATMATA])


def test_a_coordinator_ends_the_pair_and_another_one_takes_that_back(page: Page) -> None:
    since = {chat: latest(page, chat) for chat in (FATMATA, ANNEKE, ISATU, MARIEKE)}
    write(page, ISATU, "/unpair", "Which pair is to end?")
    choose(page, ISATU, re.compile("^Fatmata & Anneke"), "End this pair?")
    choose(page, ISATU, "Yes, end this pair", "For two days it can be undone")
    hears(page, MARIEKE, "Isatu heeft het koppel van Fatmata en Anneke beëindigd", since[MARIEKE])
    hears(page, FATMATA, "Your coordinators have ended the pair of you and Anneke.", since[FATMATA])
    hears(page, ANNEKE, "Je coördinatoren hebben het koppel van jou en Fatmata beëindigd.", since[ANNEKE])
    hears(page, FATMATA, "what is the main reason?", since[FATMATA])
    hears(page, ANNEKE, "wat is de belangrijkste reden?", since[ANNEKE])
    picture(page, "handbook/unpairing.png", FATMATA, ANNEKE, ISATU, MARIEKE)
    choose(page, FATMATA, "I did not feel safe", "Would you like to write to the people who are there for this?")
    choose(page, MARIEKE, "Ongedaan maken", "Fatmata en Anneke zijn twins zoals voorheen")
    hears(page, ANNEKE, "zijn twins zoals voorheen", since[ANNEKE])
    hears(page, FATMATA, "are twins as before", since[FATMATA])
    hears(page, ISATU, "Marieke has undone the end of the pair", since[ISATU])
    choose(page, FATMATA, "Yes, I write to them", "will read it and nobody else")

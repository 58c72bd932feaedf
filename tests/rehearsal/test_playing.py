"""Answers for a person: what is tapped and typed, what never is, and that playing always ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from bot.rehearsal.keyboards import Button, Rows
from bot.rehearsal.phones import Phone, PhoneMessage
from bot.rehearsal.player import LONGEST, SAME_QUESTION, Patience, Player
from bot.rehearsal.playing import SENTENCES, Tap, Why, Write, avoided, next_move
from flows.rules.confidentiality import might_identify

from .line import AMINATA, Line, keyboard, play


def rows(*labels: str) -> Rows:
    return tuple((Button(label, data=label),) for label in labels)


def phone(*messages: PhoneMessage, language: str = "en") -> Phone:
    made = Phone(AMINATA, "Aminata", language, started=True)
    for message in messages:
        made.keep(message)
    return made


def bot(number: int, text: str, *labels: str, answered: int = 0) -> PhoneMessage:
    return PhoneMessage(number, "bot", text, 0.0, buttons=rows(*labels), answered=answered)


def person(number: int, text: str) -> PhoneMessage:
    return PhoneMessage(number, "person", text, 0.0)


def tapped(*messages: PhoneMessage) -> str | Why:
    move = next_move(phone(*messages))
    return move.label if isinstance(move, Tap) else move.words if isinstance(move, Write) else move


def test_the_first_button_that_ends_nothing_is_tapped() -> None:
    assert tapped(bot(1, "Contact?", "Real exchange", "Short hello", "No")) == "Real exchange"
    assert tapped(bot(1, "A note came.", "No more notes", "Thank you")) == "Thank you"


@pytest.mark.parametrize(
    "label",
    ["No", "Nee", "Leave", "Skip", "Overslaan", "Stop", "Delete everything", "Rather not", "Liever niet", "Undo",
     "Ongedaan maken", "Report it", "Melden", "Pause 2 weeks", "Later", "Throw it away", "I write it anew", "More …",
     "Suite…", "Je le réécris", "Más tarde", "Escribirlo de nuevo", "Retirarlo", "Something else", "Another time",
     "Take it back", "لا", "احذف"],
)  # fmt: skip
def test_a_button_that_ends_skips_or_puts_off_is_never_tapped(label: str) -> None:
    assert avoided(label)
    assert tapped(bot(1, "And now?", label)) != label
    assert tapped(bot(1, "And now?", label, "Yes")) == "Yes"


def test_words_that_only_hold_such_a_word_are_tapped() -> None:
    assert not any(
        map(avoided, ("Knowledge", "Notes by voice", "Weekend", "In de middag", "Nooitgedacht", "Tell me more", "🙂"))
    )


def test_of_faces_a_glad_one_is_tapped() -> None:
    assert tapped(bot(1, "How does it feel?", "😞", "🙁", "😐", "🙂", "😄")) == "🙂"


def test_a_question_whether_to_delete_is_left_to_a_person() -> None:
    asked = bot(1, "This can not be undone. Shall I delete all of it?", "Yes", "All of it")
    assert tapped(asked) is Why.YOURS
    told = bot(1, "You can delete it whenever you like. Shall we begin?", "Begin", "No")
    assert tapped(told) == "Begin"
    assert tapped(bot(1, "It can be undone:", "Undo", "Later")) is Why.YOURS


def test_the_newest_open_question_is_answered_and_nothing_before_her_last_answer() -> None:
    old, new = bot(1, "Old?", "Yes"), bot(3, "New?", "Gladly")
    assert tapped(old, new) == "Gladly"
    assert tapped(old, bot(2, "New?", "✓ Gladly")) is Why.NOTHING_OPEN
    assert tapped(old, bot(2, "New?", "Gladly", answered=1)) is Why.NOTHING_OPEN
    assert tapped(old, person(2, "hello"), new, bot(4, "By the way.")) == "Gladly"


def test_buttons_that_nobody_touched_are_still_open_after_a_word_in_between() -> None:
    asked, said = bot(1, "Contact?", "Yes"), person(2, "/help")
    assert tapped(asked, said, bot(3, "This is what I can do.")) == "Yes"
    assert tapped(bot(1, "What does it mean to you?", "Skip"), said) is Why.NOTHING_OPEN
    assert tapped(asked, bot(2, "And then?", "✓ Yes"), person(3, "/help")) is Why.NOTHING_OPEN
    assert tapped(bot(1, "Shall I delete it?", "Yes"), said) is Why.NOTHING_OPEN


def test_of_several_choices_one_is_made_and_then_it_is_done() -> None:
    assert tapped(bot(1, "Where?", "Written", "Voice notes")) == "Written"
    assert tapped(bot(1, "Where?", "✓ Written", "Voice notes", "Done", answered=1)) == "Done"
    assert tapped(bot(1, "Waar?", "✓ Berichten", "Bellen", "Klaar", answered=1)) == "Klaar"
    assert tapped(bot(1, "Where?", "✓ Written", "Voice notes", answered=2)) is Why.NOTHING_OPEN


def test_a_question_for_words_gets_a_sentence_in_the_language_of_the_phone() -> None:
    asked = bot(1, "What does it mean to you?", "Skip")
    for language, sentences in SENTENCES.items():
        assert next_move(phone(asked, language=language)) == Write(1, sentences[0])
    assert next_move(phone(asked, language="de")) == Write(1, SENTENCES["en"][0])
    assert tapped(bot(1, "One line more? Just type it.")) == SENTENCES["en"][0]
    assert tapped(bot(1, "Thank you. Kept.")) is Why.NOTHING_OPEN
    assert tapped(bot(1, "In your own words, if you like.", "Overslaan")) == SENTENCES["en"][0]
    assert tapped(bot(1, "Both are asked. Until then it can be taken back:", "Undo")) is Why.YOURS


def test_who_is_asked_for_a_name_gives_the_one_of_the_phone() -> None:
    assert tapped(bot(1, "What may Bintu call you?")) == "Aminata"
    assert tapped(bot(1, "Hoe heet je?")) == "Aminata"


def test_sentences_differ_from_one_question_to_the_next_and_look_like_nobody() -> None:
    first = next_move(phone(bot(1, "What?")))
    second = next_move(phone(person(1, "x"), bot(2, "What?")))
    assert isinstance(first, Write) and isinstance(second, Write)
    assert first.words != second.words
    assert [words for sentences in SENTENCES.values() for words in sentences if might_identify(words)] == []


def test_a_reply_keyboard_is_typed_from() -> None:
    made = phone(bot(1, "Which country?"))
    made.reply_keyboard = (("Another country",), ("Sierra Leone",))
    assert next_move(made) == Write(1, "Sierra Leone")


def test_a_phone_that_is_cut_off_plays_nothing() -> None:
    made = phone(bot(1, "Contact?", "Yes"))
    made.blocked = True
    assert next_move(made) is Why.CUT


# -- over HTTP -------------------------------------------------------------------------------------------------------

PLAY = f"/room/phones/{AMINATA}/play"
Answer = Callable[[int], Awaitable[None]]


async def with_bot(line: Line, answer: Answer) -> None:
    """A bot that hears every update and answers it; `answer` gets how many it has heard."""
    heard = offset = 0
    while True:
        for update in await line.ok("getUpdates", offset=offset, timeout=5):
            offset = update["update_id"] + 1
            if "callback_query" in update:
                await line.ok("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="ok")
            await answer(heard)
            heard += 1
            line.jump(2)


async def asked_beside(line: Line, answer: Answer, body: object) -> tuple[int, dict[str, object]]:
    running = asyncio.create_task(with_bot(line, answer))
    try:
        return await line.ask("POST", PLAY, body)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def test_one_press_answers_one_question_and_a_second_one_waits_for_the_bot() -> None:
    async def scene(line: Line) -> None:
        assert await line.ask("POST", PLAY) == (
            200, {"did": None, "words": None, "why": "Nothing is open on this phone."}
        )  # fmt: skip
        await line.send("Contact?", reply_markup=keyboard(("Yes", "No")))
        assert await line.ask("POST", PLAY) == (200, {"did": "tap", "words": "Yes", "why": None})
        assert (await line.ask("POST", PLAY))[1]["why"] == "The bot has not answered yet."
        assert len(await line.ok("getUpdates")) == 1
        assert (await line.ask("POST", "/room/phones/999/play"))[0] == 404

    play(scene)


def test_to_the_end_answers_all_and_says_how_often() -> None:
    async def scene(line: Line) -> None:
        async def answer(heard: int) -> None:
            if heard == 0:
                await line.send("What does it mean to you?", reply_markup=keyboard(("Skip",)))
            elif heard == 1:
                await asyncio.sleep(0.4)  # later than the answer to a tap
                await line.send("How does it feel?", reply_markup=keyboard(("🙂", "😞")))
            else:
                await line.send("Thank you.")

        await line.send("Contact?", reply_markup=keyboard(("Yes", "No")))
        status, told = await asked_beside(line, answer, {"to_the_end": True})
        assert (status, told) == (200, {"moves": 3, "why": "Nothing is open on this phone."})

    play(scene)


def test_a_bot_that_asks_the_same_for_ever_is_answered_twice() -> None:
    async def scene(line: Line) -> None:
        async def answer(_heard: int) -> None:
            await line.send("Please tap a button.", reply_markup=keyboard(("Yes", "No")))

        await answer(0)
        _, told = await asked_beside(line, answer, {"to_the_end": True})
        assert told == {"moves": SAME_QUESTION, "why": "The bot asks the same again; please answer yourself."}

    play(scene)


def test_a_bot_that_never_stops_asking_is_left_after_forty_answers() -> None:
    async def scene(line: Line) -> None:
        async def answer(heard: int) -> None:
            await line.send(f"Question {heard}", reply_markup=keyboard(("Yes",)))

        await answer(-1)
        running = asyncio.create_task(with_bot(line, answer))
        told = await Player(line.room, line.now, Patience(settled=0.0)).play_to_the_end(AMINATA)
        running.cancel()
        assert told == {"moves": LONGEST, "why": "That is enough for one go; press again to go on."}

    play(scene)


def test_a_silent_bot_is_not_waited_for_in_eternity() -> None:
    async def scene(line: Line) -> None:
        await line.send("Contact?", reply_markup=keyboard(("Yes",)))
        told = await Player(line.room, line.now, Patience(silence=0.2)).play_to_the_end(AMINATA)
        assert told == {"moves": 1, "why": "The bot does not answer."}

    play(scene)

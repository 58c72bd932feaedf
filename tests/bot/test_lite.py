"""Lite mode: fewer and lighter messages, and nothing else that is different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import packaged_catalogue
from bot.lite import lightened
from flows.card import PROMPT_LIMIT, under
from flows.effects import (
    AcknowledgeTap,
    Button,
    ChangePerson,
    Effect,
    ErasePerson,
    Lane,
    MarkChosen,
    Receipt,
    SaveAnswer,
    Say,
    SetTimer,
    WithdrawPrompts,
)
from flows.in_words import IN_WORDS
from flows.people import PersonId
from flows.values import Chart, Listed, Text, Value
from tests.speaking import the_speech

CATALOGUE = packaged_catalogue()
SPEECH = the_speech()
LATER = datetime(2026, 12, 1, tzinfo=UTC)
YES = (Button("Yes", 1),)


def said(text: Text) -> str:
    return SPEECH.text(text, "en", "UTC")


def say(words: str, **more: object) -> Say:
    return replace(Say(Text("topics.for_both", {"card": words})), **more)  # type: ignore[arg-type]


def light(*effects: Effect) -> tuple[Effect, ...]:
    return lightened(effects, said)


def words_of(effects: Sequence[Effect]) -> list[str]:
    return [said(one.text) for one in effects if isinstance(one, Say)]


def test_what_is_said_at_once_is_one_message_with_the_buttons_of_the_last() -> None:
    timer = SetTimer("reminder", "1", LATER)
    first, then = say("one"), say("two", buttons=YES, session=3, step="ask")
    joined = light(first, timer, then)
    assert words_of(joined) == ["\n\n".join(words_of([first, then]))]
    assert joined == (timer, replace(then, text=Text("engine.again", {"hint": first.text, "question": then.text})))


def test_three_are_one_too() -> None:
    assert len(light(say("one"), say("two"), say("three"))) == 1


def test_what_stands_under_buttons_stays_a_message_of_its_own() -> None:
    assert len(light(say("one", buttons=YES, session=3, step="ask"), say("two"))) == 2


@pytest.mark.parametrize(
    "alone",
    [
        {"anchor": "p1/s2"},
        {"voice": "file"},
        {"receipt": Receipt(PersonId(1), 2)},
        {"protected": True},
        {"lane": Lane.PROMPT, "valid_until": LATER},
    ],
)
def test_what_has_a_name_a_file_a_receipt_or_another_lane_stays_a_message_of_its_own(alone: dict[str, object]) -> None:
    assert len(light(say("one"), say("two", **alone), say("three"))) == 3


def test_a_prompt_that_is_reported_takes_in_what_stands_before_it_and_nothing_after() -> None:
    lane = {"lane": Lane.PROMPT, "valid_until": LATER}
    prompt = say("two", report_delivery=True, session=4, step="ask", **lane)
    [joined, after] = light(say("one", **lane), prompt, say("three", **lane))
    assert isinstance(joined, Say)
    assert (joined.report_delivery, joined.session, joined.step) == (True, 4, "ask")
    assert words_of([after]) == words_of([say("three")])


def test_what_is_longer_than_the_platform_takes_is_not_joined() -> None:
    half = "😀" * 1020  # two units each
    assert len(light(say(half), say(half))) == 2
    assert len(light(say(half[:900]), say(half[:900]))) == 1


@pytest.mark.parametrize("between", [WithdrawPrompts(), ErasePerson()])
def test_what_was_said_before_something_is_taken_back_does_not_outlive_it(between: Effect) -> None:
    assert len(light(say("one"), between, say("two"))) == 3


def test_it_makes_a_sound_when_one_of_both_does() -> None:
    [both] = light(say("one", silent=True), say("two", silent=True))
    [one] = light(say("one"), say("two", silent=True))
    assert isinstance(both, Say)
    assert isinstance(one, Say)
    assert (both.silent, one.silent) == (True, False)


def test_faces_are_words_wherever_they_stand() -> None:
    face = Text("choices.five_faces.good", version="v")
    button = Button(face, 4, chosen=True)
    effects = light(
        AcknowledgeTap(face),
        MarkChosen(1, "ask_feeling", (button,)),
        Say(Text("engine.understood", {"understood": Listed((face, "x"), " · "), "closing": face}), (button,), 1, "s"),
    )
    spoken = str(effects)
    assert "five_faces" not in spoken
    assert spoken.count("lite.good") == 5


def test_no_tick_is_set_where_she_answered_and_what_she_picks_out_of_many_is_shown() -> None:
    tick, saved = MarkChosen(1, "ask", YES), SaveAnswer(1, "weekly_checkin", "contact", "real")
    assert light(tick, saved) == (saved,)
    assert light(tick) == (tick,)
    assert light(tick, replace(saved, session=2)) == (tick, replace(saved, session=2))
    assert light(MarkChosen(1, "ask", ()), saved) == (MarkChosen(1, "ask", ()), saved)


def test_every_face_has_its_words_in_every_language() -> None:
    faces = {choice.text for choice in CATALOGUE.current("weekly_checkin").choices("ask_feeling")}
    assert faces <= IN_WORDS.keys()
    for language in SPEECH.languages:
        spoken = [SPEECH.text(Text(words), language, "UTC") for words in IN_WORDS.values()]
        assert len(set(spoken)) == len(spoken)
        assert not any(ord(sign) > 0x1F000 for words in spoken for sign in words)


@pytest.mark.parametrize("language", SPEECH.languages)
def test_the_numbers_under_a_prompt_fit_their_bytes_with_words_for_faces(language: str) -> None:
    name = "ف" * 12
    prompt = Text("weekly_checkin.ask_contact", {"person": name, "twin": name})
    text = under(CATALOGUE.current("weekly_checkin"), {"person.name": name, "twin.name": name}, prompt)
    [said_] = lightened([Say(text)], said)
    assert isinstance(said_, Say)
    assert len(SPEECH.text(said_.text, language, "UTC").encode()) <= PROMPT_LIMIT


def test_a_picture_is_the_words_below_it() -> None:
    chart = Chart(Text("balance.chart_note"), "", (), ())
    [said_] = light(say("November: gave once", picture=chart))
    assert isinstance(said_, Say)
    assert said_.picture is None


SAYS = st.builds(
    say,
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=2500),
    buttons=st.sampled_from(((), (), YES)),
    session=st.just(1),
    step=st.just("ask"),
    lane=st.sampled_from(Lane),
    anchor=st.sampled_from((None, None, "a")),
    voice=st.sampled_from((None, None, None, "v")),
    report_delivery=st.booleans(),
    silent=st.booleans(),
)
OTHERS: st.SearchStrategy[Effect] = st.sampled_from(
    (SetTimer("a", "b", LATER), WithdrawPrompts(), ChangePerson({}), MarkChosen(1, "ask", YES))
)


@given(st.lists(SAYS | OTHERS, max_size=8))
def test_all_is_said_in_order_in_no_more_messages_and_everything_else_is_as_it_was(effects: list[Effect]) -> None:
    joined = light(*effects)
    before, after = words_of(effects), words_of(joined)
    assert "\n\n".join(after) == "\n\n".join(before)
    assert len(after) <= len(before)
    assert all(len(words.encode("utf-16-le")) <= 2 * 4096 for words in after) or len(after) == len(before)
    rest: list[Value | Effect] = [one for one in effects if not isinstance(one, Say)]
    assert [one for one in joined if not isinstance(one, Say)] == rest
    assert sum(bool(one.buttons) for one in joined if isinstance(one, Say)) == sum(
        bool(one.buttons) for one in effects if isinstance(one, Say)
    )

"""A trial only speaks: whatever the flow and whatever is done in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands import answer
from bot.commands.coordinating import OWN_PHASE, STORY
from bot.library import packaged_catalogue
from bot.speech import packaged_languages
from flows import sample, trials
from flows.conversation import Conversation, kept_until
from flows.effects import AcknowledgeTap, MarkChosen, Say
from flows.events import Event
from flows.events.own import CommandGiven, SentVoice, Tapped, Typed
from flows.facts import FACTS
from flows.rules.trying import ITSELF
from flows.session import Status
from flows.talk import Talk
from flows.values import Text
from flows.wire import session_from_text, session_to_text
from tests.cast import ISATU, facts_of
from tests.flows.test_conversation import MONDAY
from tests.speaking import the_speech

FLOWS = sorted(packaged_catalogue().flows)


def begun(flow: str, language: str) -> tuple[Conversation, list[object]]:
    talk = Talk(Conversation(), packaged_catalogue(), facts_of(ISATU), MONDAY)
    talk.begin(flow, trial=language)
    response = talk.response()
    return response.conversation, list(response.effects)


def test_every_fact_that_a_flow_may_list_has_a_sample_value() -> None:
    assert {name for name in FACTS if not name.startswith("world.")} - {"person.language"} == set(sample.FACTS)


def test_a_trial_knows_nothing_of_a_real_person() -> None:
    real = dict.fromkeys(facts_of(ISATU), "somebody real")
    known = trials.facts_of(real, "nl")
    assert {name for name, value in known.items() if value == "somebody real"} == set(trials.WORLD)


LATER = MONDAY + timedelta(minutes=1)


@pytest.mark.parametrize("language", packaged_languages().offered)
@pytest.mark.parametrize("flow", FLOWS)
def test_every_flow_can_be_tried_in_every_language(flow: str, language: str) -> None:
    _, effects = begun(flow, language)
    assert effects
    for effect in effects:
        assert isinstance(effect, Say)
        assert the_speech().text(effect.text, "en", "UTC")
        assert effect.text.id in {"trial.marked", "trial.over", "trial.note"}


EVENTS = st.one_of(
    st.builds(
        Typed, st.sampled_from(("1", "2", "1 3 2 5", "Good morning", "Mrs Kamara, 076 123456", "")), st.integers(1, 9)
    ),
    st.builds(Tapped, st.integers(1, 3), st.sampled_from(("ask_contact", "ask_kind", "guard")), st.integers(0, 4)),
    st.builds(CommandGiven, st.sampled_from(("back", "skip"))),
    st.builds(SentVoice, st.just("file"), st.just(3), st.integers(1, 9)),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FLOWS), st.lists(EVENTS, max_size=8))
def test_whatever_is_done_in_a_trial_it_only_speaks_and_says_that_it_is_one(flow: str, events: list[Event]) -> None:
    conversation, effects = begun(flow, "nl")
    for event in events:
        response = answer(conversation, event, packaged_catalogue(), facts_of(ISATU), now=MONDAY)
        effects += response.effects
        conversation = Conversation(
            tuple(session_from_text(session_to_text(one)) for one in response.conversation.sessions),
            response.conversation.started,
        )
        for one in conversation.sessions:
            assert one.trial in {"nl", "en"}, "en: what is tried in a trial of trying"
            assert one.status is not Status.ENDED, "what is over is gone"
            assert kept_until(one, packaged_catalogue().version(one.version)) is not None, "it ends by itself"
    for effect in effects:
        assert isinstance(effect, Say | MarkChosen | AcknowledgeTap), effect
        if isinstance(effect, Say) and effect.session is not None:
            assert _is_marked(effect.text), effect.text
            assert not (effect.receipt or effect.anchor or effect.report_delivery or effect.voice)


def _is_marked(text: Text) -> bool:
    values = [one for one in text.values.values() if isinstance(one, Text)]
    return text.id == "trial.marked" or any(_is_marked(one) for one in values)


def test_a_trial_that_ends_says_so_and_what_was_open_before_is_asked_again() -> None:
    catalogue, facts = packaged_catalogue(), facts_of(ISATU)
    first = answer(Conversation(), CommandGiven("broadcast"), catalogue, facts, now=MONDAY).conversation
    talk = Talk(first, catalogue, facts, MONDAY)
    talk.begin("pause", trial="en")
    left = answer(talk.response().conversation, CommandGiven("leave"), catalogue, facts, now=LATER)
    said = [the_speech().text(one.text, "en", "UTC") for one in left.effects if isinstance(one, Say)]
    assert said[-2:] == ["The trial is over. Nothing of it was kept.", "Who is it for?"]
    assert [one.flow for one in left.conversation.sessions] == ["broadcast"]


def offered_by(words: str) -> list[str]:
    """The conversations that `/try` with these words offers, or the one that it begins."""
    response = answer(Conversation(), CommandGiven("try", words), packaged_catalogue(), facts_of(ISATU), now=MONDAY)
    given = response.conversation.sessions[-1].given
    return [name.removesuffix("+") for name in (given.get("flow") or given["flows"]).split()]


def test_conversations_are_offered_in_the_order_in_which_a_twin_meets_them() -> None:
    offered = offered_by("")
    assert offered[: len(STORY)] == list(STORY)
    assert sorted(offered) == [flow for flow in FLOWS if flow != ITSELF]
    own = [packaged_catalogue().current(flow).phase == OWN_PHASE for flow in offered]
    assert own == sorted(own), "the coordinators' own come last"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("check-in", ["weekly_checkin"]),
        ("Getting to know", ["naming"]),
        ("kennen", ["naming"]),
        ("pause", ["pause"]),
        ("agree", ["agreement", "agreement_offer", "agreement_page", "agree_again", "consents"]),
        ("broadcast", ["broadcast"]),
    ],
)
def test_a_conversation_is_tried_by_part_of_its_name_in_any_language(words: str, offered: list[str]) -> None:
    assert offered_by(words) == offered


def test_a_name_that_no_conversation_has_offers_all_of_them() -> None:
    assert offered_by("xyz") == offered_by("")

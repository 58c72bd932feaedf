"""Several conversations of one person: small tables of rules, and one property over anything that she may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands import COMMANDS, answer
from bot.library import packaged_catalogue
from flows.conversation import Conversation, Response, kept_until
from flows.definition import GUARD
from flows.effects import AcknowledgeTap, ChangePerson, NoteSkip, SaveNote, Say, SendMyData, SetTimer
from flows.events import Event
from flows.events.due import HeldPromptFellDue, PauseEnded, PromptFellDue, ReminderFellDue, SessionExpired
from flows.events.own import CommandGiven, Edited, InvitationOpened, SentUnreadable, Tapped, TappedUnknown, Typed
from flows.events.shell import FlowStarted, PromptDelivered
from flows.people import PersonState
from flows.session import Outcome, Session, Status
from flows.wire import session_from_text, session_to_text
from tests.cast import FATMATA, facts_of

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
PROMPT = PromptFellDue("weekly_checkin", "2026-W49", MONDAY)


class Talking:
    """One person who is talked with: her facts and conversation follow what the turns say."""

    def __init__(self, **facts: object) -> None:
        self.facts = {**facts_of(FATMATA), "person.numbers_offered": True}
        self.facts |= {name.replace("_", ".", 1): value for name, value in facts.items()}
        self.conversation = Conversation()
        self.now = MONDAY

    def hears(self, event: Event, *, after: timedelta = timedelta(seconds=1)) -> Response:
        self.now += after
        response = answer(self.conversation, event, packaged_catalogue(), self.facts, now=self.now)
        self.conversation = Conversation(
            tuple(session_from_text(session_to_text(one)) for one in response.conversation.sessions),
            response.conversation.started,
        )
        for effect in response.effects:
            if isinstance(effect, ChangePerson):
                self.facts |= {f"person.{name}": value for name, value in effect.changes.items()}
        return response

    def prompted(self) -> Session:
        self.hears(PROMPT)
        self.hears(PromptDelivered(1, self.now))
        return self.session(1)

    def session(self, number: int) -> Session:
        found = self.conversation.numbered(number)
        assert found is not None
        return found


def said(response: Response) -> list[str]:
    """The ids of what was said; both of a message in two parts."""
    ids = []
    for effect in response.effects:
        if isinstance(effect, Say):
            parts = [one for one in effect.text.values.values() if hasattr(one, "id")]
            ids += [effect.text.id, *(one.id for one in parts)]
    return ids


# -- which session an event belongs to -------------------------------------------------------------------------------


def test_text_goes_to_what_was_begun_last() -> None:
    her = Talking()
    her.prompted()
    her.hears(CommandGiven("pause"))
    her.hears(Typed("5", 1))
    assert her.session(2).outcome is Outcome.COMPLETED
    assert her.session(1).status is Status.OPEN


def test_a_tap_brings_its_session_to_the_front() -> None:
    her = Talking()
    her.prompted()
    her.hears(CommandGiven("pause"))
    her.hears(Tapped(1, "ask_contact", 1))
    front = her.conversation.front
    assert front is not None
    assert front.number == 1


def test_what_lies_below_asks_again_in_the_same_turn() -> None:
    her = Talking()
    her.prompted()
    her.hears(CommandGiven("pause"))
    assert "weekly_checkin.ask_contact" in said(her.hears(Typed("5", 1)))


def test_a_note_window_takes_nothing_while_something_is_in_front() -> None:
    her = Talking()
    her.prompted()
    her.hears(Typed("1 6 4", 1))
    her.hears(CommandGiven("pause"))
    response = her.hears(Typed("a good talk", 2))
    assert not any(isinstance(effect, SaveNote) for effect in response.effects)
    her.hears(Typed("5", 3))
    response = her.hears(Typed("a good talk", 4))
    assert any(isinstance(effect, SaveNote) for effect in response.effects)


def test_a_tap_on_a_session_that_is_forgotten_is_closed_kindly() -> None:
    response = Talking().hears(Tapped(7, "ask_contact", 1))
    assert said(response) == ["talk.nothing_open"]
    assert any(isinstance(effect, AcknowledgeTap) for effect in response.effects)


# -- late ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "counts"), [(timedelta(days=13), True), (timedelta(days=13, seconds=1), False)])
def test_an_earlier_check_in_is_reopened_until_13_days_after_it_was_sent(after: timedelta, counts: bool) -> None:
    her = Talking()
    sent = her.prompted().sent_at
    assert sent is not None
    her.hears(SessionExpired(1))
    her.now = sent + after
    her.hears(Tapped(1, "ask_contact", 1), after=timedelta())
    assert (her.session(1).status is Status.OPEN) == counts
    assert her.session(1).late == counts


def test_a_session_is_forgotten_only_when_no_tap_can_act_on_it_any_more() -> None:
    her = Talking()
    flow = packaged_catalogue().current("weekly_checkin")
    open_one = her.prompted()
    assert kept_until(open_one, flow) is None
    her.hears(SessionExpired(1))
    missed = her.session(1)
    assert missed.sent_at is not None
    assert kept_until(missed, flow) == missed.sent_at + timedelta(days=13)
    assert kept_until(replace(missed, held_words="kept waiting"), flow) is None


# -- prompts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"person_state": PersonState.PAUSED}, "paused"),
        ({"programme_ready": False}, "no_coordinator"),
        ({"twin_id": None, "twin_name": None}, "no_twin"),
        ({"person_check_in_day": None}, "no_twin"),
    ],
)
def test_a_prompt_that_is_not_sent_says_why(facts: dict[str, object], reason: str) -> None:
    response = Talking(**facts).hears(PROMPT)
    assert NoteSkip("weekly_checkin", reason) in response.effects
    assert not said(response)


@pytest.mark.parametrize(("late", "sent"), [(timedelta(hours=48), True), (timedelta(hours=48, seconds=1), False)])
def test_a_prompt_more_than_two_days_late_is_skipped(late: timedelta, sent: bool) -> None:
    response = Talking().hears(PROMPT, after=late)
    assert bool(said(response)) == sent
    assert any(isinstance(effect, SetTimer) and effect.kind == "check_in" for effect in response.effects)


@pytest.mark.parametrize(("early", "sent"), [(timedelta(minutes=1), True), (timedelta(minutes=1, seconds=1), False)])
def test_a_prompt_more_than_a_minute_early_is_moved(early: timedelta, sent: bool) -> None:
    response = Talking().hears(PROMPT, after=-early)
    assert bool(said(response)) == sent
    moved = [effect.due_at for effect in response.effects if isinstance(effect, SetTimer)]
    assert sent or moved == [MONDAY]


def test_the_same_period_is_asked_once() -> None:
    her = Talking()
    her.prompted()
    response = her.hears(PROMPT)
    assert NoteSkip("weekly_checkin", "answered_early") in response.effects
    assert not said(response)


@pytest.mark.parametrize(("minutes", "status"), [(119, Status.HELD), (120, Status.OPEN)])
def test_a_prompt_waits_behind_something_open_for_two_hours(minutes: int, status: Status) -> None:
    her = Talking()
    her.now = MONDAY - timedelta(minutes=1)
    her.hears(CommandGiven("pause"))
    asked = her.now
    her.hears(PROMPT, after=timedelta(minutes=2))
    assert her.session(2).status is Status.HELD
    her.now = asked + timedelta(minutes=minutes)
    her.hears(HeldPromptFellDue(), after=timedelta())
    assert her.session(2).status is status


def test_whoever_pauses_is_asked_nothing_more_in_that_turn() -> None:
    her = Talking()
    her.prompted()
    her.hears(CommandGiven("pause"))
    assert said(her.hears(Typed("1", 1))) == ["pause.until"]


def test_a_thumb_that_taps_twice_changes_nothing_even_after_the_end() -> None:
    her = Talking()
    her.hears(CommandGiven("pause"))
    her.hears(Tapped(1, "ask_length", 5))
    response = her.hears(Tapped(1, "ask_length", 5))
    assert [type(effect) for effect in response.effects] == [AcknowledgeTap]


def test_checkin_takes_up_what_was_left() -> None:
    her = Talking()
    her.prompted()
    her.hears(Typed("4", 1))
    her.hears(CommandGiven("leave"))
    assert "weekly_checkin.ask_reason" in said(her.hears(CommandGiven("checkin")))
    assert her.conversation.started == 1


# -- anything at all -------------------------------------------------------------------------------------------------

_TEXTS = ("1", "2", "3", "7", "0", "1 3 2 5", "3 1 3", "maybe", "Fatmata", "brazil", "I met Mariama", "x" * 501)
_STEPS = [(flow.id, step.id) for flow in packaged_catalogue().flows.values() for step in flow.definition.steps]

events = st.one_of(
    st.sampled_from(_TEXTS).map(lambda text: Typed(text, 0)),
    st.builds(Edited, st.sampled_from(_TEXTS), st.integers(1, 6)),
    st.builds(Tapped, st.integers(1, 4), st.sampled_from([*(step for _, step in _STEPS), GUARD]), st.integers(0, 8)),
    st.sampled_from(sorted(COMMANDS)).map(CommandGiven),
    st.sampled_from(
        [
            TappedUnknown(),
            SentUnreadable("voice"),
            InvitationOpened(),
            FlowStarted("tell_coordinator"),
            FlowStarted("tell_coordinator", {"reason": "work"}),
            PROMPT,
            replace(PROMPT, period="2026-W50"),
            HeldPromptFellDue(),
            PauseEnded(),
        ]
    ),
    st.builds(ReminderFellDue, st.integers(1, 4)),
    st.builds(SessionExpired, st.integers(1, 4)),
    st.builds(lambda number: PromptDelivered(number, MONDAY), st.integers(1, 4)),
)
pauses = st.sampled_from([timedelta(seconds=1), timedelta(minutes=20), timedelta(hours=3), timedelta(days=3)])
states = st.sampled_from(
    [
        {},
        {"person_state": PersonState.PAUSED},
        {"person_state": PersonState.JOINING, "person_name": "", "twin_id": None, "twin_name": None},
        {"twin_id": None, "twin_name": None},
        {"side_coordinators": ()},
    ]
)


@settings(max_examples=300, deadline=None)
@given(states, st.lists(st.tuples(events | st.just("parted"), pauses), min_size=1, max_size=14))
def test_whatever_happens_nobody_is_met_with_silence_or_two_questions_or_left_stuck(
    facts: dict[str, object], happens: list[tuple[Event | str, timedelta]]
) -> None:
    her = Talking(**facts)
    for number, (event, pause) in enumerate(happens, start=1):
        before = her.conversation
        if isinstance(event, str):
            her.facts |= {"twin.id": None, "twin.name": None, "pair.id": None}
            continue
        given_ = replace(event, message=number) if isinstance(event, Typed) else event
        response = her.hears(given_, after=pause)
        if isinstance(event, Typed | Tapped | TappedUnknown | CommandGiven | SentUnreadable):
            answered = [one for one in response.effects if isinstance(one, Say | AcknowledgeTap | SendMyData)]
            assert answered or _is_repeat(before, event, her.now)
        questions = [one for one in response.effects if isinstance(one, Say) and one.buttons and one.step != "thanks"]
        assert len(questions) <= 1
        for session in her.conversation.sessions:
            assert session.status is not Status.OPEN or _waits_at_a_question(session)


def _is_repeat(before: Conversation, event: Event, now: datetime) -> bool:
    return isinstance(event, Typed) and any(
        one.last_line == event.text and one.last_line_at is not None and now - one.last_line_at <= timedelta(minutes=10)
        for one in before.sessions
    )


def _waits_at_a_question(session: Session) -> bool:
    flow = packaged_catalogue().version(session.version)
    return session.step is not None and flow.step(session.step).kind in {"ask", "choose"}

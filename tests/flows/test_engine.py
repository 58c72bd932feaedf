"""The engine's rules, one small flow each: what the library's own flows do not need yet is tried here too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from bot.library import build_catalogue
from flows import asking
from flows.catalogue import Flow, load
from flows.effects import Begin, ForgetAnswers, Lane, MarkChosen, RecordCheckIn, SaveAnswer, SaveNote, Say, SetTimer
from flows.engine import Turn, advance
from flows.errors import FlowMisled
from flows.events import Event
from flows.events.due import BroughtToFront, PromptFellDue, ReminderFellDue, SessionExpired, WaitEnded
from flows.events.own import CommandGiven, Edited, Tapped, Typed
from flows.events.pairs import PairMade
from flows.events.shell import FlowStarted, PromptDelivered
from flows.rules.situation import Situation
from flows.session import Outcome, Session, Status
from flows.values import Text
from flows.wire import session_from_text, session_to_text
from tests.cast import FATMATA, PAIR, facts_of

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)

YES_NO = 'choices = [ { id = "yes", text = "Yes" }, { id = "no", text = "No" } ]'
TWO = f"""
goal = "Two questions."
one_line = true
[[steps]]
id = "first"
choose = "First?"
save = "first"
{YES_NO}
[[steps]]
id = "second"
choose = "Second?"
save = "second"
skip = true
{YES_NO}
"""
WORDS = """
goal = "Words that may be held."
[[steps]]
id = "tell"
ask = "Tell me."
save = "tell"
guard = true
skip = {skip}
[[steps]]
id = "done"
say = "Thank you."
"""
LOOP = """
goal = "A question that may come again, with an answer between that stands."
[[steps]]
id = "right"
choose = "Right?"
save = "right"
choices = [ { id = "yes", text = "Yes", next = "done" }, { id = "no", text = "No" } ]
[[steps]]
id = "better"
ask = "What is better?"
save = "better"
next = "right"
[[steps]]
id = "done"
say = "{better}"
"""


class Played:
    """One session of one flow."""

    def __init__(self, text: str, **facts: object) -> None:
        self.flow = flow_of(text)
        self.facts = {**facts_of(FATMATA), **facts}
        self.now = NOW
        self.session = Session(1, self.flow.id, self.flow.version, NOW, Status.HELD)
        self.turn = self.takes(FlowStarted(self.flow.id))

    def takes(self, event: Event, *, after: timedelta = timedelta()) -> Turn:
        self.now += after
        self.turn = advance(self.flow, self.session, event, self.facts, now=self.now)
        self.session = session_from_text(session_to_text(self.turn.session))
        return self.turn

    @property
    def says(self) -> list[str]:
        """The ids of what was said, both of a message in two parts."""
        told = [effect.text for effect in self.turn.effects if isinstance(effect, Say)]
        inner = [value.id for text in told for value in text.values.values() if isinstance(value, Text)]
        return [text.id.removeprefix("tried.") for text in told] + [id_.removeprefix("tried.") for id_ in inner]

    @property
    def answers(self) -> dict[str, str | None]:
        return {one.step: one.choice if one.choice is not None else one.words for one in self.session.path}


@cache
def flow_of(text: str) -> Flow:
    return load({"test/tried.toml": text}).current("tried")


# -- one question at a time ------------------------------------------------------------------------------------------


def test_steps_run_until_one_asks() -> None:
    played = Played(
        'goal = "g"\n[[steps]]\nid = "a"\nsay = "A"\n[[steps]]\nid = "b"\nsay = "B"\n' + TWO.split("\n", 3)[3]
    )
    assert played.says == ["a", "b", "first"]


def test_a_flow_ends_when_no_step_follows() -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    played.takes(Typed("2", 2))
    assert (played.session.status, played.session.outcome, played.session.step) == (
        Status.ENDED,
        Outcome.COMPLETED,
        None,
    )


def test_a_wait_ends_by_its_timer_and_says_so_to_whoever_is_early() -> None:
    played = Played('goal = "g"\n[[steps]]\nid = "w"\nwait = "2d"\n[[steps]]\nid = "b"\nsay = "B"\n')
    assert SetTimer("wait", "1", NOW + timedelta(days=2)) in played.turn.effects
    played.takes(Typed("hello", 1))
    assert played.says == ["talk.not_understood"]
    played.takes(WaitEnded(1), after=timedelta(days=2))
    assert played.says == ["b"]
    assert not played.takes(WaitEnded(1)).effects


def test_another_flow_is_begun_by_an_effect() -> None:
    played = Played('goal = "g"\n[[steps]]\nid = "s"\nstart = "other"\n')
    assert Begin("other") in played.turn.effects


def test_a_circle_without_input_is_an_authors_error() -> None:
    with pytest.raises(FlowMisled, match="circle"):
        Played('goal = "g"\n[[steps]]\nid = "a"\nsay = "A"\nnext = "a"\n')


def test_an_event_that_is_not_a_sessions_is_refused() -> None:
    with pytest.raises(FlowMisled, match="PairMade"):
        Played(TWO).takes(PairMade(PAIR, "Anneke"))


# -- skipping, wrong answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [Tapped(1, "second", 0), Typed("0", 2), CommandGiven("skip")])
def test_an_optional_question_is_skipped_by_button_number_and_command(event: Event) -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    played.takes(event)
    assert played.answers == {"first": "yes", "second": None}
    assert played.session.outcome is Outcome.COMPLETED
    assert not any(isinstance(effect, SaveAnswer) for effect in played.turn.effects)


def test_a_line_may_skip_by_a_nought() -> None:
    played = Played(TWO)
    played.takes(Typed("2 0", 1))
    assert played.answers == {"first": "no", "second": None}


def test_the_third_wrong_answer_passes_over_what_is_optional() -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    for message in (2, 3):
        played.takes(Typed("perhaps", message))
        assert played.says == ["engine.again", "engine.tap_or_number", "second"]
    played.takes(Typed("perhaps", 4))
    assert played.session.outcome is Outcome.COMPLETED


def test_the_third_wrong_answer_lets_anything_else_rest_and_the_next_right_one_counts() -> None:
    played = Played(TWO)
    for message in (1, 2, 3):
        played.takes(Typed("perhaps", message))
    assert played.says == ["engine.rest"]
    played.takes(Typed("1", 4))
    assert played.answers == {"first": "yes"}


def test_what_can_not_be_skipped_says_so() -> None:
    played = Played(TWO)
    played.takes(CommandGiven("skip"))
    assert played.says == ["engine.again", "engine.cannot_skip", "first"]


# -- corrections -----------------------------------------------------------------------------------------------------


def test_a_tap_on_an_earlier_step_takes_back_what_followed() -> None:
    played = Played(TWO.replace("skip = true", ""))
    played.takes(Typed("1", 1))
    played.takes(Tapped(1, "first", 2))
    assert ForgetAnswers(1, ("first",)) in played.turn.effects
    assert played.answers == {"first": "no"}
    assert played.says == ["second"]


def test_the_same_answer_twice_changes_nothing() -> None:
    played = Played(TWO)
    played.takes(Tapped(1, "first", 1))
    before = played.session
    played.takes(Tapped(1, "first", 1))
    assert played.session == before
    assert not played.says


def test_a_message_edited_to_what_it_said_before_changes_nothing() -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    assert not played.takes(Edited(" 1 ", 1)).effects


def test_an_edit_to_a_line_that_was_typed_since_is_still_an_edit() -> None:
    played = Played(TWO)
    played.takes(Typed("2", 1))
    played.takes(Typed("1 1", 2))
    played.takes(Edited("1 1", 1))
    assert played.answers == {"first": "yes", "second": "yes"}


def test_an_edit_of_what_was_not_understood_is_an_answer() -> None:
    played = Played(TWO)
    played.takes(Typed("yess", 1))
    played.takes(Edited("1", 1))
    assert played.answers == {"first": "yes"}


def test_an_answer_given_within_a_loop_stands_when_the_question_comes_again() -> None:
    played = Played(LOOP)
    played.takes(Typed("2", 1))
    played.takes(Typed("this", 2))
    played.takes(Typed("1", 3))
    assert played.answers == {"better": "this", "right": "yes"}
    assert played.session.outcome is Outcome.COMPLETED


def test_back_asks_the_question_before() -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    played.takes(CommandGiven("back"))
    assert played.says == ["first"]
    assert played.answers == {}


# -- digits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answers", "told"),
    [
        ("1 2", {"first": "yes", "second": "no"}, []),
        ("12", {"first": "yes", "second": "no"}, []),
        ("٢-١", {"first": "no", "second": "yes"}, []),
        ("1 9", {"first": "yes"}, ["engine.line_understood_unread", "second"]),
        ("9 1", {}, ["engine.line_unread", "first"]),
        ("9", {}, ["engine.line_unread", "first"]),
        ("14:05", {}, ["engine.again", "engine.tap_or_number", "first"]),
    ],
)
def test_digits_are_read_along_the_path(line: str, answers: dict[str, str | None], told: list[str]) -> None:
    played = Played(TWO)
    played.takes(Typed(line, 1))
    assert played.answers == answers
    assert [one for one in played.says if not one.endswith((".yes", ".no"))] == told


def test_without_one_line_only_a_single_number_is_an_answer() -> None:
    played = Played(TWO.replace("one_line = true", ""))
    played.takes(Typed("1 2", 1))
    assert played.answers == {}
    assert played.says == ["engine.again", "engine.tap_or_number", "first"]


def test_the_same_line_within_ten_minutes_counts_once() -> None:
    played = Played(TWO.replace("skip = true", "") + '[[steps]]\nid = "third"\nask = "Third?"\nsave = "third"\n')
    played.takes(Typed("1 2", 1))
    assert not played.takes(Typed("1 2", 2), after=timedelta(minutes=10)).effects
    played.takes(Typed("1 2", 3), after=timedelta(minutes=1))
    assert played.answers["third"] == "1 2"


def test_only_what_was_asked_is_marked() -> None:
    played = Played(TWO)
    played.takes(Typed("1 2", 1))
    marks = [effect for effect in played.turn.effects if isinstance(effect, MarkChosen)]
    assert [mark.step for mark in marks] == ["first"]
    assert [button.chosen for button in marks[0].buttons] == [True, False]


# -- words that might identify somebody ------------------------------------------------------------------------------


def held(*, skip: bool = False) -> Played:
    played = Played(WORDS.format(skip=str(skip).lower()))
    played.takes(Typed("I met Mariama", 1))
    return played


def test_words_that_might_identify_wait_and_are_saved_nowhere() -> None:
    played = held()
    assert played.says == ["guard.ask"]
    assert SetTimer("discard", "1", NOW + timedelta(hours=24)) in played.turn.effects
    assert not any(isinstance(effect, SaveAnswer | SaveNote) for effect in played.turn.effects)


def test_kept_words_are_the_answer() -> None:
    played = held()
    played.takes(Typed("2", 2))
    assert played.answers == {"tell": "I met Mariama"}
    assert played.says == ["done"]


@pytest.mark.parametrize("event", [Tapped(1, "guard", 1), Typed("1", 2)])
def test_words_to_be_written_anew_are_gone_and_new_ones_count(event: Event) -> None:
    played = held()
    played.takes(event)
    assert played.session.held_words is None
    played.takes(Typed("I met a mother", 3))
    assert played.answers == {"tell": "I met a mother"}


@pytest.mark.parametrize("event", [Tapped(1, "guard", 3), SessionExpired(1), CommandGiven("back")])
def test_discarded_words_are_gone_and_the_question_stays(event: Event) -> None:
    played = held()
    played.takes(event)
    assert played.says == ["guard.discarded", "tell"]
    assert played.session.held_words is None


def test_discarded_words_pass_over_an_optional_question() -> None:
    played = held(skip=True)
    played.takes(Tapped(1, "guard", 3))
    assert played.answers == {"tell": None}


def test_an_edit_decides_like_new_words() -> None:
    played = held()
    played.takes(Edited("I met a mother", 1))
    assert played.answers == {"tell": "I met a mother"}


def test_leaving_while_words_wait_throws_them_away_and_ends() -> None:
    played = held()
    played.takes(CommandGiven("leave"))
    assert played.session.held_words is None
    assert (played.session.status, played.session.outcome) == (Status.ENDED, Outcome.LEFT)


def test_what_waits_is_asked_again_when_it_comes_to_the_front() -> None:
    played = held()
    played.takes(BroughtToFront())
    assert played.says == ["guard.ask"]


def test_what_is_too_long_is_asked_for_again() -> None:
    played = Played(WORDS.format(skip="false"))
    played.takes(Typed("x" * 501, 1))
    assert played.says == ["engine.again", "engine.too_long", "tell"]


# -- prompts ---------------------------------------------------------------------------------------------------------

REMINDED = TWO.replace(
    "one_line = true",
    'one_line = true\nrecord = "check_in"\n'
    'reminder = { after = "48h", at = "own_hour", text = "Still open?" }\n'
    'expires = { after = "next_prompt", late_for = "13d", keep = "partial" }',
)


def prompted() -> Played:
    played = Played(REMINDED)
    played.session = Session(1, "tried", played.flow.version, NOW, Status.HELD, period="2026-W49", planned_at=NOW)
    played.takes(PromptFellDue("tried", "2026-W49", NOW))
    return played


def test_a_prompt_goes_out_in_its_own_lane_and_its_delivery_is_told_back() -> None:
    say = next(effect for effect in prompted().turn.effects if isinstance(effect, Say))
    assert (say.lane, say.report_delivery) == (Lane.PROMPT, True)
    assert say.valid_until == NOW + timedelta(hours=12)


def test_the_reminder_counts_from_the_delivery() -> None:
    played = prompted()
    delivered = NOW + timedelta(hours=3)
    played.takes(PromptDelivered(1, delivered))
    due = NOW + timedelta(days=3)
    assert SetTimer("reminder", "1", due, due + timedelta(hours=12)) in played.turn.effects
    assert played.session.sent_at == delivered


@pytest.mark.parametrize(
    ("late", "days"), [(timedelta(seconds=2), 2), (timedelta(minutes=15), 2), (timedelta(hours=1), 3)]
)
def test_moments_between_its_hour_and_its_delivery_put_the_reminder_off_by_no_day(late: timedelta, days: int) -> None:
    played = prompted()
    played.takes(PromptDelivered(1, NOW + late), after=late)
    (timer,) = [effect for effect in played.turn.effects if isinstance(effect, SetTimer)]
    assert timer.due_at == NOW + timedelta(days=days)


def test_whoever_answered_at_once_gets_no_reminder_and_her_record_learns_when_it_was_sent() -> None:
    played = prompted()
    played.takes(Typed("1 2", 1))
    played.takes(PromptDelivered(1, NOW))
    assert not any(isinstance(effect, SetTimer) for effect in played.turn.effects)
    record = next(effect for effect in played.turn.effects if isinstance(effect, RecordCheckIn))
    assert record.sent_at == NOW


def test_a_reminder_brings_the_buttons_of_the_open_question() -> None:
    played = prompted()
    played.takes(ReminderFellDue(1))
    assert played.says == ["reminder"]
    played.takes(Typed("1", 1))
    played.takes(ReminderFellDue(1))
    assert played.says == ["engine.again", "engine.still_open", "second"]


@pytest.mark.parametrize(
    ("line", "delivered", "status", "outcome"),
    [
        (None, False, "unsent", Outcome.MISSED),
        (None, True, "missed", Outcome.MISSED),
        ("1", True, "partial", Outcome.PARTIAL),
    ],
)
def test_what_is_unfinished_at_the_end_is_told_apart(
    line: str | None, delivered: bool, status: str, outcome: Outcome
) -> None:
    played = prompted()
    if delivered:
        played.takes(PromptDelivered(1, NOW))
    if line is not None:
        played.takes(Typed(line, 1))
    played.takes(SessionExpired(1))
    record = next(effect for effect in played.turn.effects if isinstance(effect, RecordCheckIn))
    assert (record.status, played.session.outcome) == (status, outcome)


def test_a_late_answer_takes_the_miss_back() -> None:
    played = prompted()
    played.takes(PromptDelivered(1, NOW))
    played.takes(SessionExpired(1))
    played.takes(Tapped(1, "first", 1), after=timedelta(days=8))
    played.takes(Typed("2", 1))
    record = next(effect for effect in played.turn.effects if isinstance(effect, RecordCheckIn))
    assert (record.status, record.late) == ("answered", True)


def test_what_she_left_herself_is_late_only_after_the_next_prompt() -> None:
    for expired in (False, True):
        played = prompted()
        played.takes(Typed("1", 1))
        played.takes(CommandGiven("leave"))
        if expired:
            played.takes(SessionExpired(1))
        played.takes(Tapped(1, "second", 1))
        assert played.session.late is expired


def test_a_name_that_is_not_known_any_more_does_not_stop_a_reminder() -> None:
    played = Played('goal = "g"\n[[steps]]\nid = "a"\nask = "{twin}?"\nsave = "a"\n', **{"twin.name": None})
    say = next(effect for effect in played.turn.effects if isinstance(effect, Say))
    assert say.text.values == {"twin": "…"}


def test_a_placeholder_that_nothing_fills_is_an_authors_error() -> None:
    with pytest.raises(FlowMisled, match="nobody"):
        Played('goal = "g"\n[[steps]]\nid = "a"\nask = "{nobody}?"\nsave = "a"\n')


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        ("gave", "gave"),
        ("Gave back.", "gave_back"),
        ("“GAVE AND RECEIVED”", "both"),
        ("passed on", "passed_on"),
        ("teruggegeven", "gave_back"),
        ("just", "in_touch"),
        ("gaf", None),
        ("gegeven en", "both"),
        ("pass", None),
        ("gave and gave", None),
        ("…", None),
        ("", None),
    ],
)
def test_the_words_of_a_button_name_its_choice_in_any_language_of_the_flow(typed: str, choice: str | None) -> None:
    flow = build_catalogue().current("weekly_checkin")
    situation = Situation(flow, Session(1, flow.id, flow.version, NOW), {}, NOW)
    assert asking.named(situation, flow.step("ask_direction"), typed) == choice


@pytest.mark.parametrize(
    ("typed", "choice"), [("Nederlands", "nl"), ("english.", "en"), ("Neder", None), ("nl", None), ("", None)]
)
def test_the_names_that_a_rule_offers_count_too(typed: str, choice: str | None) -> None:
    flow = build_catalogue().current("language")
    facts = {"world.languages": {"en": "English", "nl": "Nederlands"}}
    situation = Situation(flow, Session(1, flow.id, flow.version, NOW), facts, NOW)
    assert asking.named(situation, flow.first, typed) == choice

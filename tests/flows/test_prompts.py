"""Prompts with their reminders, and answers that come late or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.effects import Lane, RecordCheckIn, Say, SetTimer
from flows.events.due import PromptFellDue, ReminderFellDue, SessionExpired
from flows.events.own import CommandGiven, Tapped, Typed
from flows.events.shell import PromptDelivered
from flows.session import Outcome, Session, Status
from tests.flows.playing import NOW, TWO, Played

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


def test_of_several_messages_of_a_prompt_the_first_is_told_back_so_that_all_of_them_go_out() -> None:
    """The outbox knows a prompt by its session: a second one of that name would be none."""
    played = Played('goal = "g"\n[[steps]]\nid = "a"\nsay = "A"\n' + TWO.split("\n", 3)[3])
    played.session = Session(1, "tried", played.flow.version, NOW, Status.HELD, period="2026-W49", planned_at=NOW)
    played.takes(PromptFellDue("tried", "2026-W49", NOW))
    said = [effect for effect in played.turn.effects if isinstance(effect, Say)]
    assert [say.step for say in said] == ["a", "first"]
    assert [say.report_delivery for say in said] == [True, False]


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

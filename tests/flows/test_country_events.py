"""A week in which much of a side did not answer: what makes one, and that it counts for nobody's silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import packaged_catalogue
from flows.conversation import Conversation, respond
from flows.effects import ClearFlag, Effect, RaiseFlag, Say, SetTimer, Tell
from flows.events import Event
from flows.events.due import PromptFellDue, QuietFellDue
from flows.rules.cadence import week_before
from flows.rules.side_weeks import COUNTED, EVENT, LEAST_DUE, MOST_IN_A_ROW, judged
from flows.session import Session, Status
from tests.cast import FATMATA, facts_of

MONDAY = datetime(2026, 12, 14, 9, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.mark.parametrize(
    ("due", "missed", "is_one"),
    [(5, 3, True), (5, 2, False), (4, 4, False), (10, 4, False), (10, 5, True), (100, 41, True), (0, 0, False)],
)
def test_more_than_two_in_five_of_at_least_five_make_one(due: int, missed: int, is_one: bool) -> None:
    assert judged(due, missed, "2026-W49", {}) == (EVENT if is_one else None)


@given(st.integers(0, 60).flatmap(lambda due: st.tuples(st.just(due), st.integers(0, due))))
def test_one_more_who_does_not_answer_never_makes_it_less_of_one(counts: tuple[int, int]) -> None:
    due, missed = counts
    if judged(due, missed, "2026-W49", {}) == EVENT:
        assert due >= LEAST_DUE
        assert judged(due + 1, missed + 1, "2026-W49", {}) == EVENT
    elif missed < due and missed + 1 <= 0.4 * due:
        assert judged(due, missed + 1, "2026-W49", {}) is None


@given(st.lists(st.booleans(), max_size=20))
def test_what_lasts_is_no_event_and_begins_anew_after_a_week_like_any_other(silent: list[bool]) -> None:
    known: dict[str, str] = {}
    period, row = "2027-W20", 0
    weeks = [period]
    for _ in silent[1:]:
        weeks.append(week_before(weeks[-1]))
    for period, is_silent in zip(reversed(weeks), silent, strict=False):
        state = judged(10, 8 if is_silent else 1, period, known)
        row = row + 1 if is_silent else 0
        assert state == (None if not is_silent else EVENT if row <= MOST_IN_A_ROW else COUNTED)
        if state is not None:
            known[period] = state


def test_once_a_coordinator_said_that_it_is_something_else_the_weeks_that_follow_count() -> None:
    assert judged(10, 8, "2027-W01", {"2026-W53": COUNTED}) == COUNTED
    assert judged(10, 8, "2027-W01", {"2026-W52": COUNTED}) == EVENT, "a week like any other lay between"


# -- the ladder --------------------------------------------------------------------------------------------------------


def left_open(period: str, planned: datetime) -> Conversation:
    """A check-in that she did not answer, on the phone since `planned`."""
    version = packaged_catalogue().current("weekly_checkin").version
    session = Session(
        1, "weekly_checkin", version, planned, Status.OPEN, step="ask_contact", period=period, planned_at=planned,
        sent_at=planned, asked=("ask_contact",),
    )  # fmt: skip
    return replace(Conversation(), sessions=(session,), started=1)


def happens(event: Event, now: datetime, conversation: Conversation | None = None, **more: object) -> list[Effect]:
    facts = {**facts_of(FATMATA), **{name.replace("__", "."): value for name, value in more.items()}}
    return list(respond(conversation or Conversation(), event, packaged_catalogue(), facts, now=now).effects)


def says_all_ok(effects: list[Effect]) -> bool:
    return any(isinstance(one, Say) and one.text.id == "all_ok.ask_all_ok" for one in effects)


def test_two_misses_of_which_one_is_such_a_week_bring_the_check_in_and_no_rung() -> None:
    asked = PromptFellDue("weekly_checkin", "2026-W51", MONDAY)
    before = left_open("2026-W50", MONDAY - WEEK)
    one_missed = {"silence__missed": 1, "silence__since": MONDAY - 2 * WEEK}
    usual = happens(asked, MONDAY, before, **one_missed)
    assert says_all_ok(usual)
    assert RaiseFlag("quiet_asked") in usual

    passed = happens(asked, MONDAY, before, **one_missed, silence__events=frozenset({"2026-W50"}))
    assert not says_all_ok(passed)
    assert not [one for one in passed if isinstance(one, RaiseFlag | Tell)]
    assert any(isinstance(one, Say) and one.text.id == "weekly_checkin.ask_contact" for one in passed), "it goes on"


def test_such_a_week_is_no_sign_of_hers_either() -> None:
    effects = happens(
        PromptFellDue("weekly_checkin", "2026-W51", MONDAY), MONDAY, left_open("2026-W50", MONDAY - WEEK),
        flags__up=frozenset({"quiet_asked", "quiet"}), silence__passed=1, silence__events=frozenset({"2026-W50"}),
    )  # fmt: skip
    assert not [one for one in effects if isinstance(one, ClearFlag | Tell)]


def test_an_upper_rung_comes_as_many_weeks_later() -> None:
    since = MONDAY - timedelta(days=35)
    known = {
        "flags__up": frozenset({"quiet_asked", "quiet"}),
        "silence__missed": 4,
        "side__coordinators": (3,),
        "programme__coordinators": (3, 4),
    }
    told = happens(QuietFellDue("quiet_long"), MONDAY, None, **known, silence__since=since)
    assert RaiseFlag("quiet_long") in told
    (later,) = happens(
        QuietFellDue("quiet_long"), MONDAY, None, **known, silence__since=since + WEEK, silence__passed=1
    )
    assert isinstance(later, SetTimer)
    assert later.due_at.date() == (MONDAY + WEEK).date()

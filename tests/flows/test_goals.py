"""A goal from both sides, and when its owners are reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.goals import AGREED, FIELDS, TO_READ, WAITS, Goal, GoalRow, Wording
from flows.people import PairId
from flows.rules.goal_writing import known, written
from flows.rules.goals import remind_at, reminder, title
from tests.cast import FATMATA, facts_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WORDING = Wording(goal="one register", benefit="rest", twins_benefit="order", due="2027-06-30", owner="me")

WORDINGS = st.builds(
    Wording,
    **{name: st.none() | st.text(max_size=20) for name in FIELDS if name != "owner"},
    owner=st.sampled_from([None, "me", "twin", "both"]),
)


@given(WORDINGS)
def test_seen_from_the_other_side_twice_a_goal_is_itself(wording: Wording) -> None:
    assert wording.mirrored().mirrored() == wording


@given(WORDINGS)
def test_what_was_said_survives_being_kept(wording: Wording) -> None:
    assert Wording(**known(written(wording.said()))) == wording


def test_equal_versions_are_agreement_and_the_newer_one_waits() -> None:
    mine = GoalRow(1, 1, WORDING, NOW)
    assert Goal(1, mine).standing == WAITS
    assert Goal(1, None, mine).standing == TO_READ
    assert Goal(1, mine, mine).standing == AGREED
    newer = replace(mine, version=2, wording=replace(WORDING, goal="two registers"))
    assert Goal(1, mine, newer).standing == TO_READ
    assert Goal(1, mine, newer).wording.benefit == "order", (
        "what it brings her is what he called the benefit of his twin"
    )
    assert Goal(1, newer, mine).standing == WAITS
    assert Goal(1, replace(mine, state="reached"), newer).standing == "reached"
    assert Goal(1, mine, replace(newer, state="given_up")).standing == "given_up"


@pytest.mark.parametrize(
    ("due", "day"),
    [("2027-06-30", date(2027, 6, 16)), ("2027-06-28", date(2027, 6, 15)), ("2026-12-12", date(2026, 11, 28))],
)
def test_a_reminder_comes_two_weeks_before_and_not_on_the_day_of_a_check_in(due: str, day: date) -> None:
    """Fatmata is asked on Mondays at nine; 14 June 2027 is one."""
    row = GoalRow(1, 1, replace(WORDING, due=due), NOW)
    [timer] = reminder(facts_of(FATMATA), PairId(3), Goal(1, row, row), NOW)
    assert timer.due_at == datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    assert (timer.kind, timer.period) == ("goal", "3.1")


@pytest.mark.parametrize("changes", [{"owner": "twin"}, {"due": "2026-12-09"}, {"due": None}])
def test_who_does_not_own_it_and_a_goal_that_is_due_at_once_get_none(changes: dict[str, str | None]) -> None:
    row = GoalRow(1, 1, replace(WORDING, **changes), NOW)
    assert reminder(facts_of(FATMATA), PairId(3), Goal(1, row, row), NOW) == ()


def test_a_goal_that_waits_for_an_answer_reminds_nobody() -> None:
    assert reminder(facts_of(FATMATA), PairId(3), Goal(1, GoalRow(1, 1, WORDING, NOW)), NOW) == ()


def test_without_a_check_in_of_her_own_it_comes_at_nine() -> None:
    facts = {**facts_of(FATMATA), "person.check_in_day": None}
    assert remind_at(facts, date(2027, 6, 14)) == datetime(2027, 6, 14, 9, tzinfo=UTC)


def test_a_title_is_cut_between_words() -> None:
    assert (
        title(replace(WORDING, goal="every birth in every ward is written down"))
        == "every birth in every ward is written …"
    )
    assert title(replace(WORDING, goal="x" * 60)) == "x" * 40 + " …"
    assert title(Wording()) == "…"

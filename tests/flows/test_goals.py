"""A goal from both sides, and when its owners are asked how it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.goals import AGREED, FIELDS, TO_READ, WAITS, Goal, GoalRow, Wording
from flows.rules.goal_writing import known, written
from flows.rules.goals import due_soon, title
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


def due_on(days_before: int, *goals: Goal) -> list[str]:
    """The numbers of the goals that are asked about so long before `WORDING` is due."""
    at = datetime(2027, 6, 30, 9, tzinfo=UTC) - timedelta(days=days_before)
    return [one.which for one in due_soon({**facts_of(FATMATA), "goals.list": goals}, at)]


def agreed(number: int = 1, wording: Wording = WORDING) -> Goal:
    row = GoalRow(number, 1, wording, NOW, agreed_at=NOW)
    return Goal(number, row, row)


@pytest.mark.parametrize(("days", "asked"), [(18, []), (17, ["1"]), (11, ["1"]), (1, ["1"]), (0, []), (-1, [])])
def test_on_the_day_nearest_to_two_weeks_before_or_the_next_on_which_something_is_asked(
    days: int, asked: list[str]
) -> None:
    assert due_on(days, agreed()) == asked


def test_of_several_goals_that_is_first_which_is_due_first() -> None:
    sooner, later = (replace(WORDING, due=day) for day in ("2027-06-25", "2027-07-20"))
    assert due_on(10, agreed(1), agreed(2, sooner), agreed(3, later)) == ["2", "1"]


@pytest.mark.parametrize("changes", [{"owner": "twin"}, {"due": None}])
def test_who_does_not_own_a_goal_and_a_goal_without_a_date_are_not_asked(changes: dict[str, str | None]) -> None:
    assert due_on(10, agreed(1, replace(WORDING, **changes))) == []


def test_two_who_have_just_agreed_on_something_near_are_not_asked_how_it_stands() -> None:
    row = GoalRow(1, 1, WORDING, NOW, agreed_at=datetime(2027, 6, 16, 9, tzinfo=UTC))
    assert due_on(10, Goal(1, row, row)) == []


def test_a_goal_that_waits_for_an_answer_is_not_asked_about() -> None:
    assert due_on(10, Goal(1, GoalRow(1, 1, WORDING, NOW))) == []


def test_a_title_is_cut_between_words() -> None:
    assert (
        title(replace(WORDING, goal="every birth in every ward is written down"))
        == "every birth in every ward is written …"
    )
    assert title(replace(WORDING, goal="x" * 60)) == "x" * 40 + " …"
    assert title(Wording()) == "…"

"""What is asked only in some endings: why one comes early, and whether the two have talked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.rules import closing
from flows.rules.phases import BEFORE_THE_END, is_complete
from flows.rules.situation import Situation
from flows.session import Session
from flows.standing import GoalSeen, Phases, Spell, Standing
from flows.values import Text
from tests.cast import PAIR
from tests.flows.playing import flow_of

SINCE = datetime(2027, 3, 1, 9, tzinfo=UTC)
NOW = SINCE + timedelta(weeks=4)
OPEN, CLOSED = GoalSeen(is_whole=True, is_closed=False), GoalSeen(is_whole=True, is_closed=True)
CLOSING = Standing(PAIR, (Spell("closing", SINCE),))
LATE, SOON = SINCE + BEFORE_THE_END + timedelta(days=1), SINCE + BEFORE_THE_END - timedelta(days=1)


def facts(standing: Standing | None) -> dict[str, object]:
    return {"phase.standing": standing}


@pytest.mark.parametrize(
    ("goals", "ends_at", "early"),
    [
        ((OPEN, CLOSED), LATE, True),
        ((), LATE, True),
        (None, LATE, True),
        ((OPEN,), SOON, False),
        ((CLOSED,), LATE, False),
        ((OPEN,), None, True),
        ((), None, False),
        (None, None, False),
    ],
)
def test_an_ending_is_early_with_goals_open_and_much_of_the_programme_left(
    goals: tuple[GoalSeen, ...] | None, ends_at: datetime | None, early: bool
) -> None:
    assert closing.ends_early(facts(replace(CLOSING, goals=goals, ends_at=ends_at)), NOW) is early


def test_it_stays_as_early_as_it_was_when_it_began() -> None:
    here = facts(replace(CLOSING, goals=(OPEN,), ends_at=LATE))
    assert closing.ends_early(here, LATE)


def test_who_is_in_no_ending_has_no_early_one() -> None:
    assert not closing.ends_early(facts(None), NOW)
    assert not closing.ends_early(facts(Standing(PAIR, (Spell("review", SINCE),), ends_at=LATE)), NOW)


@pytest.mark.parametrize(
    ("phases", "span"),
    [(("exchange",), "months"), (("review", "closing"), "whole"), (("alumni",), "year"), ((), "months")],
)
def test_a_story_looks_back_on_all_of_it_at_the_end_and_on_a_year_of_alumni(phases: Phases, span: str) -> None:
    flow = flow_of('goal = "Any."\n[[steps]]\nid = "say"\nsay = "Well."\n')
    here = Situation(flow, Session(1, flow.id, flow.version, NOW), {"phase.current": phases}, NOW)
    assert closing.looked_back_on(here) == Text(f"story.{span}")


def test_the_talk_is_asked_about_until_one_of_the_two_has_said_that_it_was_held() -> None:
    assert closing.is_talk_open(facts(CLOSING), NOW)
    assert not closing.is_talk_open(facts(replace(CLOSING, did={"closing_talk": 1})), NOW)
    assert not closing.is_talk_open(facts(None), NOW)


def test_an_ending_is_whole_with_the_talk_the_last_questions_of_both_and_the_choice_of_both() -> None:
    done = {"closing_talk": 1, "growth_end": 2, "data_choice": 2}
    assert is_complete(replace(CLOSING, did=done), "closing", NOW)
    for item, wanted in done.items():
        assert not is_complete(replace(CLOSING, did={**done, item: wanted - 1}), "closing", NOW), item

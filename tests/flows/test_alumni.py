"""When it is over: whoever said yes is asked once a quarter for two years, and the story after one and two; others
never. No check-in, no silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flows.agenda import Due
from flows.people import Asked, Said
from flows.rules import alumni
from flows.rules.agenda import Standing, due_items
from tests.cast import FATMATA, PAIR, facts_of
from tests.turns import library

CATALOGUE, _ = library()
BEGAN = datetime(2029, 7, 2, 9, tzinfo=UTC)
YES = Said("yes", None, BEGAN - timedelta(days=30))
OFFER, TOUCH = ("alumni_offer", "quarterly"), ("alumni", "touch")


def facts(said: dict[tuple[str, str], Said], phases: tuple[str, ...] = ("alumni",)) -> dict[str, object]:
    since = dict.fromkeys(phases, BEGAN)
    return {**facts_of(FATMATA), "phase.current": phases, "phase.since": since, "said.latest": said}


def asked_in_its_weeks(said: dict[tuple[str, str], Said], weeks: int) -> list[tuple[int, str]]:
    """What the planner asks of somebody who answers everything, by the week in which it does."""
    known, found = facts(said), []
    done: tuple[Asked, ...] = (Asked("alumni_offer", "2029-W20", "done", BEGAN - timedelta(days=30), pair=PAIR),)
    for week in range(weeks):
        now = BEGAN + timedelta(weeks=week)
        item: Due | None = next(
            iter(due_items(CATALOGUE.agenda, Standing.of({**known, "asked.history": done}), known, now)), None
        )
        if item is not None:
            found.append((week, item.id))
            done = (*done, Asked(item.id, f"{now:%G-W%V}", "done", now, pair=PAIR))
    return found


def test_it_is_one_thing_a_quarter_for_two_years_and_a_story_after_each() -> None:
    asked = asked_in_its_weeks({OFFER: YES}, 150)
    assert [week for week, item in asked if item == "alumni"] == [13, 26, 39, 53, 66, 79, 92, 105]
    assert [week for week, item in asked if item == "alumni_story"] == [52, 104]
    assert {item for _, item in asked} == {"alumni", "alumni_story"}


def test_who_did_not_say_yes_is_asked_nothing() -> None:
    assert asked_in_its_weeks({}, 120) == []
    assert asked_in_its_weeks({OFFER: Said("no", None, YES.at)}, 120) == []


def test_one_tap_ends_it_and_another_yes_begins_it_again() -> None:
    now, enough = BEGAN + timedelta(weeks=30), Said("no_more", None, BEGAN + timedelta(weeks=13))
    assert alumni.wants_asking(facts({OFFER: YES, TOUCH: Said("hardly", None, enough.at)}), now)
    assert not alumni.wants_asking(facts({OFFER: YES, TOUCH: enough}), now)
    again = Said("yes", None, enough.at + timedelta(weeks=1))
    assert alumni.wants_asking(facts({OFFER: again, TOUCH: enough}), now)


def test_a_yes_in_an_earlier_pair_counts_no_more() -> None:
    earlier = Said("yes", None, datetime(2026, 1, 1, tzinfo=UTC))
    assert not alumni.wants_asking(facts({OFFER: earlier}), BEGAN + timedelta(weeks=13))


@pytest.mark.parametrize(
    ("phases", "over"), [(("alumni",), True), (("closing", "alumni"), False), (("closing",), False), ((), False)]
)
def test_it_is_over_with_nothing_else_before_the_two(phases: tuple[str, ...], over: bool) -> None:
    assert alumni.is_alumna(facts({}, phases)) is over
    assert alumni.are_alumni(phases) is over

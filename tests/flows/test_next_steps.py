"""Coming back to what a twin meant to do: when the planner asks about her next step, and what she wanted to try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.library import packaged_catalogue
from flows.people import Asked, Said
from flows.rules.agenda import Standing, due_items
from flows.rules.next_steps import is_step_due, is_try_due
from tests.cast import FATMATA, PAIRED_SINCE, facts_of

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
THURSDAY = datetime(2027, 3, 4, 9, tzinfo=UTC)
MONTHLY = "monthly_reflection"

Latest = dict[tuple[str, str], Said]


def words(at: datetime, text: str = "Ask the night shift first") -> Said:
    return Said(None, text, at)


def chose(at: datetime, choice: str) -> Said:
    return Said(choice, None, at)


def facts(said: Latest, *asked: Asked) -> dict[str, object]:
    return facts_of(FATMATA) | {"said.latest": said, "asked.history": asked}


def said_at(at: datetime, remind: str) -> Latest:
    return {(MONTHLY, "next_step"): words(at), (MONTHLY, "remind"): chose(at + timedelta(minutes=1), remind)}


@pytest.mark.parametrize(("remind", "weeks"), [("week_1", 1), ("weeks_2", 2), ("weeks_4", 4)])
def test_she_is_asked_on_her_day_that_is_nearest_to_the_moment_she_wished(remind: str, weeks: int) -> None:
    said = said_at(THURSDAY, remind)
    assert not is_step_due(facts(said), THURSDAY + weeks * WEEK - 4 * DAY)
    assert is_step_due(facts(said), THURSDAY + weeks * WEEK - 2 * DAY)


def test_who_wants_no_reminder_gets_none() -> None:
    assert not is_step_due(facts(said_at(THURSDAY, "no")), THURSDAY + 8 * WEEK)
    assert not is_step_due(facts({}), THURSDAY)


def test_a_newer_step_takes_the_reminder_of_the_older_one_away() -> None:
    said = said_at(THURSDAY, "week_1") | {(MONTHLY, "next_step"): words(THURSDAY + 4 * WEEK)}
    assert not is_step_due(facts(said), THURSDAY + 5 * WEEK)


def test_what_was_asked_once_is_not_asked_again_whether_or_not_she_answered() -> None:
    said = said_at(THURSDAY, "week_1")
    for status in ("offered", "missed", "partial", "done"):
        asked = Asked("next_step", "2027-W10", status, THURSDAY + WEEK)
        assert not is_step_due(facts(said, asked), THURSDAY + 2 * WEEK)


def test_not_yet_with_a_new_moment_is_asked_again_then() -> None:
    answered = THURSDAY + WEEK
    said = said_at(THURSDAY, "week_1") | {("next_step", "remind"): chose(answered, "weeks_2")}
    asked = Asked("next_step", "2027-W10", "done", answered)
    assert not is_step_due(facts(said, asked), answered + WEEK)
    assert is_step_due(facts(said, asked), answered + 2 * WEEK)


def test_what_she_wanted_to_try_is_asked_about_after_four_weeks_once() -> None:
    for flow in ("challenge_answer", "challenge_try"):
        said = {(flow, "try"): words(THURSDAY)}
        assert not is_try_due(facts(said), THURSDAY + 3 * WEEK)
        assert is_try_due(facts(said), THURSDAY + 4 * WEEK)
        asked = Asked("challenge_result", "2027-W13", "missed", THURSDAY + 4 * WEEK)
        assert not is_try_due(facts(said, asked), THURSDAY + 8 * WEEK)
        assert is_try_due(facts({(flow, "try"): words(THURSDAY + 5 * WEEK)}, asked), THURSDAY + 9 * WEEK)


def test_nothing_of_an_earlier_pair_is_come_back_to() -> None:
    before = PAIRED_SINCE - WEEK
    said = said_at(before, "week_1") | {("challenge_try", "try"): words(before)}
    assert not is_step_due(facts(said), THURSDAY)
    assert not is_try_due(facts(said), THURSDAY)


def test_what_she_wished_to_be_asked_comes_before_everything_else() -> None:
    known = facts(said_at(THURSDAY - WEEK, "week_1"))
    standing = Standing((), ("exchange",), {}, PAIRED_SINCE)
    due = [one.id for one in due_items(packaged_catalogue().agenda, standing, known, THURSDAY)]
    assert due[:2] == ["next_step", "monthly_reflection"]

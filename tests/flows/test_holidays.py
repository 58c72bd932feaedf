"""Holidays: what falls on one comes on the next day that is none, at her own hour, and is still that period's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.holidays import is_holiday
from bot.library import packaged_catalogue
from bot.places import zones_of
from flows.conversation import Conversation, respond
from flows.effects import CancelTimer, NoteSkip, Say, SetTimer
from flows.events import Event
from flows.events.due import AskingFellDue, DigestFellDue, PromptFellDue
from flows.people import Person
from flows.rules.cadence import LEAST_BETWEEN_CHECK_INS, CheckInRule, due_at, local_time, next_due, own_hour_after
from flows.rules.holidays import days_off
from tests.cast import ANNEKE, FATMATA, MARIEKE, facts_of

COUNTRIES = ("SL", "NL", "MA", "GB", "FR", "DE", "RU", "MM", "CN", "IN", "LK", "KH", "IR", "US", "BR", "ZA", "XK", "AQ")
"""Those of twins, those with the longest rows of holidays and the most of them, and some with hardly any."""

DAY = timedelta(days=1)
EASTER_MONDAY = date(2027, 3, 29)
INDEPENDENCE = date(2027, 4, 27)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(COUNTRIES),
    st.integers(0, 6),
    st.integers(8, 20),
    st.dates(date(2026, 1, 1), date(2037, 12, 31)),
)
def test_a_year_of_check_ins_keeps_clear_of_holidays_and_of_each_other(
    country: str, day: int, hour: int, start: date
) -> None:
    zone = zones_of(country)[0]
    rule = CheckInRule(day, hour * 60, zone)
    off = days_off({"person.country": country, "world.holidays": is_holiday})
    period, last = None, None
    now = datetime(start.year, start.month, start.day, 12, tzinfo=UTC)
    for _ in range(52):
        before, previous = period, last
        period, due = next_due(rule, now, period, last_due=last, off=off)
        local = local_time(due, zone)
        assert due > now
        assert not off(local.date())
        assert due == due_at(rule, period, off), "the same moment at its firing"
        usual = local_time(due_at(rule, period), zone).date()
        assert usual <= local.date()
        assert all(off(usual + n * DAY) for n in range((local.date() - usual).days)), "the first day that is none"
        if previous is not None and before is not None:
            assert period > before
            apart = local.replace(tzinfo=None) - local_time(previous, zone).replace(tzinfo=None)
            assert apart >= LEAST_BETWEEN_CHECK_INS
        now = last = due


def test_a_country_that_is_not_known_has_no_holidays() -> None:
    assert not any(is_holiday("ZZ", date(2027, 1, 1) + n * DAY) for n in range(365))
    assert not days_off({"person.country": None, "world.holidays": is_holiday})(date(2027, 1, 1))


def test_a_day_off_is_passed_over_for_her_own_hour() -> None:
    rule = CheckInRule(0, 540, "Europe/Amsterdam")
    moment = own_hour_after(rule, datetime(2027, 3, 28, 12, tzinfo=UTC), DAY / 24, lambda day: day == EASTER_MONDAY)
    assert local_time(moment, rule.zone).date() == EASTER_MONDAY + DAY


# -- at the firing -----------------------------------------------------------------------------------------------------


def fire(person: Person, event: Event, now: datetime, **more: object) -> list[object]:
    facts = {
        **facts_of(person),
        "world.holidays": is_holiday,
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    return list(respond(Conversation(), event, packaged_catalogue(), facts, now=now).effects)


def timers(effects: list[object]) -> list[SetTimer]:
    return [one for one in effects if isinstance(one, SetTimer)]


@pytest.mark.parametrize(
    ("person", "day", "period"),
    [(ANNEKE, EASTER_MONDAY, "2027-W13"), (FATMATA, EASTER_MONDAY, "2027-W13"), (FATMATA, INDEPENDENCE, "2027-W17")],
)
def test_a_check_in_of_a_holiday_is_asked_on_the_next_day_as_that_weeks(person: Person, day: date, period: str) -> None:
    rule = CheckInRule(day.weekday(), person.check_in_minute or 0, person.zone)
    planned, next_day = due_at(rule, period), own_hour_after(rule, due_at(rule, period), DAY / 2)
    (moved,) = timers(
        fire(person, PromptFellDue("weekly_checkin", period, planned), planned, person__check_in_day=day.weekday())
    )
    assert (moved.kind, moved.period, moved.due_at) == ("check_in", period, next_day)

    asked = fire(
        person, PromptFellDue("weekly_checkin", period, next_day), next_day, person__check_in_day=day.weekday()
    )
    assert any(isinstance(one, Say) for one in asked)
    (following,) = [one for one in timers(asked) if one.kind == "check_in"]
    assert following.due_at == due_at(rule, following.period), "the week after is as ever"
    assert following.due_at - next_day < timedelta(days=7)


def test_after_a_long_row_of_holidays_a_check_in_that_would_come_within_four_days_is_passed_over() -> None:
    def golden_week(_: str, day: date) -> bool:
        return date(2027, 10, 1) <= day <= date(2027, 10, 8)

    friday = datetime(2027, 10, 1, 9, tzinfo=UTC)
    saturday = datetime(2027, 10, 9, 9, tzinfo=UTC)
    known = {"person__check_in_day": 4, "world__holidays": golden_week}
    (moved,) = timers(fire(FATMATA, PromptFellDue("weekly_checkin", "2027-W39", friday), friday, **known))
    assert moved.due_at == saturday
    asked = fire(FATMATA, PromptFellDue("weekly_checkin", "2027-W39", saturday), saturday, **known)
    (following,) = [one for one in timers(asked) if one.kind == "check_in"]
    assert (following.period, following.due_at) == ("2027-W41", saturday + 6 * DAY)


def test_what_is_asked_beside_the_check_in_moves_too_and_keeps_off_the_day_of_a_moved_check_in() -> None:
    thursday = datetime(2026, 12, 3, 9, tzinfo=UTC)
    (moved,) = timers(
        fire(
            FATMATA,
            AskingFellDue("2026-W49", thursday),
            thursday,
            world__holidays=lambda _, day: day == thursday.date(),
        )
    )
    assert (moved.kind, moved.period, moved.due_at) == ("asking", "2026-W49", thursday + DAY)

    def monday_to_wednesday(_: str, day: date) -> bool:
        return date(2026, 11, 30) <= day <= date(2026, 12, 2)

    effects = fire(FATMATA, AskingFellDue("2026-W49", thursday), thursday, world__holidays=monday_to_wednesday)
    assert NoteSkip("asking", "asked_today") in effects
    assert timers(effects)[-1].due_at == thursday + DAY


def test_what_is_moved_over_the_end_of_its_week_is_what_is_asked_in_the_next_one() -> None:
    tuesday = datetime(2026, 12, 8, 9, tzinfo=UTC)
    effects = fire(FATMATA, AskingFellDue("2026-W49", tuesday), tuesday)
    cancelled = effects.index(CancelTimer("asking"))
    (following,) = [one for one in timers(effects) if one.kind == "asking"]
    assert following.period == "2026-W51"
    assert effects.index(following) > cancelled, "another of the week is planned already, and goes"


def test_the_digest_of_a_holiday_comes_on_the_next_day() -> None:
    monday = datetime(2027, 3, 29, 7, tzinfo=UTC)
    (moved,) = timers(fire(MARIEKE, DigestFellDue("2027-W13", monday), monday))
    assert moved.due_at == monday + DAY
    effects = fire(MARIEKE, DigestFellDue("2027-W13", monday + DAY), monday + DAY)
    assert any(isinstance(one, Say) for one in effects)
    (following,) = timers(effects)
    assert (following.period, following.due_at) == ("2027-W14", monday + 7 * DAY)

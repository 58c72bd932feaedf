"""Quiet hours, also where the clocks change inside them, and those that a person chose: nothing is asked in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.holidays import is_holiday
from bot.ramadan import is_ramadan
from flows.rules.cadence import (
    LEAST_BETWEEN_CHECK_INS,
    MINUTES_OF_DAY,
    CheckInRule,
    Every,
    QuietHours,
    asked_on,
    check_in_minutes,
    due_at,
    local_time,
    moment_at,
    next_due,
    own_hour_after,
    quiet_until,
)
from flows.rules.quiet import KINDS, quiet_hours, quiet_of
from tests.flows.zones import (
    AMSTERDAM,
    CASABLANCA,
    FREETOWN,
    ZONES,
    moments,
    utc,
    wall,
)


def test_quiet_hours_are_read_back_as_they_are_written() -> None:
    assert str(QuietHours.default(FREETOWN)) == "21:00-08:00 Africa/Freetown"
    for quiet in (QuietHours(1290, 7, CASABLANCA), QuietHours(0, 1439, "UTC"), QuietHours.default(FREETOWN)):
        assert QuietHours.parse(str(quiet)) == quiet


@pytest.mark.parametrize(
    "text",
    [
        "",
        "21:00-08:00",
        "21-8 UTC",
        "24:00-08:00 UTC",
        "21:00-08:60 UTC",
        "21:00-08:00  UTC",
        "21:00-08:00 Mars/Olympus",
    ],
)
def test_quiet_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"quiet hours|time of day|time zone"):
        QuietHours.parse(text)


def test_quiet_hours_without_a_length_are_refused() -> None:
    with pytest.raises(ValueError, match="two different hours"):
        QuietHours(480, 480, "UTC")


def test_offered_hours_lie_outside_the_quiet_ones() -> None:
    assert check_in_minutes(QuietHours.default("UTC")) == tuple(range(8 * 60, 21 * 60, 60))
    assert check_in_minutes(QuietHours(60, 23 * 60, "UTC")) == (0, 23 * 60)


def test_the_edges_of_a_night() -> None:
    quiet = QuietHours.default(FREETOWN)
    morning = utc(2026, 11, 25, 8)
    assert quiet_until(quiet, utc(2026, 11, 24, 20, 59)) is None
    assert quiet_until(quiet, utc(2026, 11, 24, 21, 0)) == morning
    assert quiet_until(quiet, utc(2026, 11, 25, 0, 0)) == morning
    assert quiet_until(quiet, morning - timedelta(microseconds=1)) == morning
    assert quiet_until(quiet, morning) is None


def test_clocks_that_go_back_over_an_edge_open_no_hole_in_the_night() -> None:
    # Amsterdam, 31 October 2027, 02:30 comes at 00:30 and again at 01:30 UTC.
    ends = QuietHours(21 * 60, 2 * 60 + 30, AMSTERDAM)
    assert quiet_until(ends, utc(2027, 10, 31, 0, 45)) == utc(2027, 10, 31, 1, 30)
    starts = QuietHours(2 * 60 + 30, 8 * 60, AMSTERDAM)
    assert quiet_until(starts, utc(2027, 10, 31, 0, 29)) is None
    assert quiet_until(starts, utc(2027, 10, 31, 1, 15)) == utc(2027, 10, 31, 7, 0)


def test_clocks_that_jump_over_an_edge_move_it_to_the_end_of_the_gap() -> None:
    ends = QuietHours(21 * 60, 2 * 60 + 30, AMSTERDAM)
    assert quiet_until(ends, utc(2027, 3, 28, 0, 59)) == utc(2027, 3, 28, 1, 0)
    starts = QuietHours(2 * 60 + 30, 8 * 60, AMSTERDAM)
    assert quiet_until(starts, utc(2027, 3, 28, 0, 59)) is None
    assert quiet_until(starts, utc(2027, 3, 28, 1, 0)) == utc(2027, 3, 28, 6, 0)


def test_in_a_day_that_is_missing_the_night_goes_on_to_the_next_morning() -> None:
    quiet = QuietHours.default("Pacific/Apia")
    assert quiet_until(quiet, utc(2011, 12, 30, 8)) == utc(2011, 12, 30, 18)
    assert wall(utc(2011, 12, 30, 18), "Pacific/Apia") == datetime(2011, 12, 31, 8)  # noqa: DTZ001 - a clock face


@given(
    st.builds(
        lambda start, length, zone: QuietHours(start, (start + length) % MINUTES_OF_DAY, zone),
        st.integers(0, MINUTES_OF_DAY - 1),
        st.integers(1, MINUTES_OF_DAY - 181),
        st.sampled_from(ZONES),
    ),
    moments,
)
def test_a_quiet_stretch_ends_outside_quiet_hours_and_is_one_piece(quiet: QuietHours, moment: datetime) -> None:
    until = quiet_until(quiet, moment)
    if until is None:
        return
    assert moment < until <= moment + timedelta(hours=24)
    assert quiet_until(quiet, until) is None
    assert quiet_until(quiet, moment + (until - moment) / 2) == until


@given(st.sampled_from(ZONES), moments)
def test_away_from_changes_of_the_clocks_quiet_is_what_the_clock_shows(zone: str, moment: datetime) -> None:
    clock = ZoneInfo(zone)
    if len({(moment + timedelta(hours=n)).astimezone(clock).utcoffset() for n in range(-26, 27)}) > 1:
        return
    quiet = QuietHours.default(zone)
    local = wall(moment, zone)
    assert (quiet_until(quiet, moment) is not None) == quiet.cover(local.hour * 60 + local.minute)


# -- those that a person chose -----------------------------------------------------------------------------------------

DAY = timedelta(days=1)
HOUR = 60

kinds = st.sampled_from([None, *KINDS])
years = st.datetimes(datetime(2026, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive


def test_who_chose_nothing_has_the_usual_hours_and_so_has_who_chose_what_is_not_known_here() -> None:
    assert quiet_hours(None, FREETOWN) == quiet_hours("of_next_year", FREETOWN) == QuietHours.default(FREETOWN)
    assert quiet_of({"person.zone": FREETOWN}) == QuietHours.default(FREETOWN)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_chosen_is_read_back_from_a_message_that_waits(kind: str) -> None:
    chosen = quiet_hours(kind, CASABLANCA, is_ramadan)
    read = QuietHours.parse(str(chosen), is_ramadan)
    assert read == chosen
    night = moment_at(date(2027, 2, 20), 17 * HOUR, CASABLANCA)
    assert quiet_until(read, night) == quiet_until(chosen, night)


def test_in_ramadan_it_is_quiet_from_before_the_break_of_the_fast_to_late_morning() -> None:
    quiet = quiet_hours("ramadan", CASABLANCA, is_ramadan)
    assert str(quiet) == "21:00-08:00 Africa/Casablanca, Ramadan 16:00-11:00"

    def at(day: date, hour: int) -> datetime | None:
        until = quiet_until(quiet, moment_at(day, hour * HOUR, CASABLANCA))
        return None if until is None else wall(until, CASABLANCA)

    middle, day_before = date(2027, 2, 20), date(2027, 2, 7)
    assert at(middle, 15) is None
    for hour in (16, 18, 22):
        assert at(middle, hour) == datetime(2027, 2, 21, 11)  # noqa: DTZ001 - a clock face
    assert at(middle, 10) == datetime(2027, 2, 20, 11)  # noqa: DTZ001 - a clock face
    assert at(day_before - DAY, 20) is None
    assert at(day_before - DAY, 22) == datetime(2027, 2, 7, 11)  # noqa: DTZ001 - the night ends with Ramadan's morning
    last = date(2027, 3, 9)
    assert at(last, 17) == datetime(2027, 3, 10, 8)  # noqa: DTZ001 - and the last one with a usual morning
    assert at(date(2027, 6, 1), 17) is None


def test_hours_of_ramadan_that_do_not_go_over_midnight_are_refused() -> None:
    with pytest.raises(ValueError, match="over midnight"):
        QuietHours(21 * HOUR, 8 * HOUR, FREETOWN, (10 * HOUR, 12 * HOUR))
    with pytest.raises(ValueError, match="quiet hours are written"):
        QuietHours.parse("21:00-08:00 Africa/Freetown, Ramadan 16:00")


@given(kinds, st.sampled_from(ZONES), years)
def test_a_night_that_was_chosen_is_one_piece_and_ends_outside(kind: str | None, zone: str, moment: datetime) -> None:
    quiet = quiet_hours(kind, zone, is_ramadan)
    until = quiet_until(quiet, moment)
    if until is not None:
        assert moment < until <= moment + timedelta(hours=22)
        assert quiet_until(quiet, until) is None
        assert quiet_until(quiet, moment + (until - moment) / 2) == until


@settings(max_examples=300)
@given(kinds, st.integers(0, 6), st.integers(0, 23), st.sampled_from(ZONES), st.sampled_from(Every), years)
def test_a_year_of_check_ins_keeps_clear_of_her_quiet_hours(
    kind: str | None, day: int, hour: int, zone: str, every: Every, start: datetime
) -> None:
    quiet = quiet_hours(kind, zone, is_ramadan)
    rule = CheckInRule(day, hour * HOUR, zone, every, quiet)
    period, last, now = None, None, start
    for _ in range(53 if every is Every.WEEKLY else 13):
        before, previous = period, last
        period, due = next_due(rule, now, period, last_due=last)
        assert due > now
        assert quiet_until(quiet, due) is None, "never in quiet hours"
        assert due == due_at(rule, period), "the same moment at its firing"
        own = due_at(CheckInRule(day, hour * HOUR, zone, every), period)
        assert own <= due <= own + timedelta(hours=22)
        assert due == own or quiet_until(quiet, own) == due, "her hour, or the end of the night in which it lies"
        if previous is not None and before is not None:
            assert period > before
            apart = local_time(due, zone).replace(tzinfo=None) - local_time(previous, zone).replace(tzinfo=None)
            assert apart >= LEAST_BETWEEN_CHECK_INS
        now = last = due


@settings(max_examples=200)
@given(kinds, st.integers(0, 23), st.sampled_from(["MA", "NL", "SL", "ID"]), years, st.timedeltas(DAY * 0, DAY * 20))
def test_her_own_hour_lies_in_no_quiet_hours_and_on_no_holiday(
    kind: str | None, hour: int, country: str, moment: datetime, at_least: timedelta
) -> None:
    zone = {"MA": CASABLANCA, "NL": AMSTERDAM, "SL": FREETOWN, "ID": "Asia/Jakarta"}[country]
    quiet = quiet_hours(kind, zone, is_ramadan)

    def off(day: date) -> bool:
        return is_holiday(country, day)

    own = own_hour_after(CheckInRule(0, hour * HOUR, zone, Every.WEEKLY, quiet), moment, at_least, off)
    assert own >= moment + at_least
    assert quiet_until(quiet, own) is None
    assert not off(local_time(own, zone).date())


def test_an_hour_that_would_be_moved_to_a_holiday_comes_on_the_day_after_it() -> None:
    rule = CheckInRule(0, 20 * HOUR, CASABLANCA, Every.WEEKLY, quiet_hours("ramadan", CASABLANCA, is_ramadan))
    monday = date(2027, 2, 15)
    tuesday = moment_at(monday + DAY, 11 * HOUR, CASABLANCA)
    assert asked_on(rule, monday) == tuesday
    assert asked_on(rule, monday, lambda day: day == monday + DAY) == tuesday + DAY

"""Quiet hours, also where the clocks change inside them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.rules.cadence import (
    MINUTES_OF_DAY,
    QuietHours,
    check_in_minutes,
    quiet_until,
)
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

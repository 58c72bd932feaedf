"""Calendars, zones and quiet hours: named cases, and every IANA zone over the two years from November 2026."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.rules.cadence import (
    LEAST_BETWEEN_CHECK_INS,
    CheckInRule,
    Every,
    QuietHours,
    UnknownZone,
    check_in_minutes,
    due_at,
    following,
    local_time,
    moment_at,
    next_due,
    own_hour_after,
    period_of,
    quiet_until,
    rule_version,
)
from tests.flows.zones import (
    AMSTERDAM,
    CASABLANCA,
    FIRST,
    FREETOWN,
    LAST,
    MINUTE,
    ZONES,
    changes,
    moments,
    rules,
    utc,
    wall,
)

# -- every zone, two years -------------------------------------------------------------------------------------------


def test_every_zone_asks_once_a_week_at_the_local_day_and_hour_for_two_years() -> None:
    hours = check_in_minutes(QuietHours.default("UTC"))
    asked = 0
    for number, zone in enumerate(ZONES):
        # Each zone gets another day and hour: all 91 pairs come round six times in the 599 zones.
        rule = CheckInRule(number % 7, hours[number % len(hours)], zone)
        quiet = QuietHours.default(zone)
        period, due = next_due(rule, FIRST)
        local, offset = wall(due, zone), None
        while due < LAST:
            assert (local.weekday(), local.hour * 60 + local.minute) == (rule.day, rule.minute), (rule, due)
            year, week, _ = local.isocalendar()
            assert period == f"{year}-W{week:02d}", (rule, due)
            if (local - due.replace(tzinfo=None)) != offset:  # the clocks changed: all the rest anew
                offset = local - due.replace(tzinfo=None)
                assert quiet_until(quiet, due) is None, (rule, due)
                assert (period_of(rule, due), due_at(rule, period)) == (period, due)
            before = local
            period, due = next_due(rule, due)
            local = wall(due, zone)
            assert local - before == timedelta(weeks=1), (rule, due)
            asked += 1
    assert asked > 104 * len(ZONES)


def test_around_every_change_of_the_clocks_a_time_of_day_is_the_first_moment_at_which_the_clock_has_come_to_it() -> (
    None
):
    """Gaps and overlaps in one sentence, held against a walk through the minutes themselves."""
    seen = set()
    for zone in ZONES:
        for change in changes(zone):
            sort = (change, wall(change - MINUTE, zone), wall(change, zone))
            if sort in seen:  # another zone of the same clocks
                continue
            seen.add(sort)
            start = change - timedelta(hours=4)
            walked = [(start + n * MINUTE, wall(start + n * MINUTE, zone)) for n in range(8 * 60)]
            for minute in range(0, 4 * 60, 15):
                asked = wall(change - timedelta(hours=2), zone) + minute * MINUTE
                first = next(moment for moment, shown in walked if shown >= asked)
                assert moment_at(asked.date(), asked.hour * 60 + asked.minute, zone) == first, (zone, asked)
    assert len(seen) > 50


@given(rules, moments)
def test_the_next_check_in_is_strictly_later_and_nothing_lies_between(rule: CheckInRule, after: datetime) -> None:
    period, due = next_due(rule, after)
    assert due > after
    assert next_due(rule, due - timedelta(microseconds=1)) == (period, due)
    again, later = next_due(rule, due)
    assert later > due
    assert again == following(rule, period)


@given(rules, moments)
def test_the_next_check_in_of_a_rule_is_the_same_whether_or_not_the_last_one_is_told(
    rule: CheckInRule, after: datetime
) -> None:
    period, due = next_due(rule, after)
    for now in (due, due + timedelta(days=2), due + timedelta(days=6)):
        assert next_due(rule, now, period) == next_due(rule, now) == next_due(rule, now, period, last_due=due)


@given(st.lists(st.tuples(rules, st.integers(0, 20 * 24 * 60)), min_size=2, max_size=8), moments)
def test_no_change_of_rule_or_zone_asks_twice_for_a_period_or_within_four_days(
    edits: list[tuple[CheckInRule, int]], now: datetime
) -> None:
    asked: list[tuple[str, datetime]] = []
    for rule, minutes in edits:
        until = now + minutes * MINUTE
        while True:
            last_period, last_due = asked[-1] if asked else (None, None)
            period, due = next_due(rule, now, last_period, last_due=last_due)
            if due > until:
                break
            if asked:
                assert period > asked[-1][0]
                assert wall(due, rule.zone) - wall(asked[-1][1], rule.zone) >= LEAST_BETWEEN_CHECK_INS
            asked.append((period, due))
            now = due
        now = until


# -- fortnights and months -------------------------------------------------------------------------------------------


def test_fortnights_run_through_the_week_53_of_2026() -> None:
    rule = CheckInRule(2, 9 * 60, FREETOWN, Every.FORTNIGHTLY)
    period, due = next_due(rule, utc(2026, 11, 22))
    periods, gaps = [period], set()
    for _ in range(5):
        period, later = next_due(rule, due)
        periods.append(period)
        gaps.add(later - due)
        due = later
    assert periods == ["2026-W48", "2026-W50", "2026-W52", "2027-W01", "2027-W03", "2027-W05"]
    assert gaps == {timedelta(days=14)}


def test_both_twins_of_a_pair_have_the_same_fortnights() -> None:
    weeks = {
        tuple(following(CheckInRule(day, 0, zone, Every.FORTNIGHTLY), f"2027-W{week:02d}") for week in range(1, 50))
        for day in range(7)
        for zone in (FREETOWN, CASABLANCA, "Pacific/Kiritimati")
    }
    assert len(weeks) == 1


@pytest.mark.parametrize("day", range(7))
def test_monthly_asks_in_the_week_of_every_month_s_first_monday(day: int) -> None:
    rule = CheckInRule(day, 9 * 60, AMSTERDAM, Every.MONTHLY)
    asked = [next_due(rule, FIRST)]
    while asked[-1][1] < LAST:
        asked.append(next_due(rule, asked[-1][1]))
    days = [wall(due, AMSTERDAM) for _, due in asked]
    assert all(local.weekday() == day and 1 <= local.day - day <= 7 for local in days)
    assert {(b.year - a.year) * 12 + b.month - a.month for a, b in pairwise(days)} == {1}
    assert [period_of(rule, due) for _, due in asked] == [period for period, _ in asked]


@pytest.mark.parametrize("every", Every)
@given(
    days=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    minutes=st.tuples(st.integers(0, 1439), st.integers(0, 1439)),
    zones=st.tuples(*[st.sampled_from([FREETOWN, CASABLANCA, AMSTERDAM, "Pacific/Kiritimati", "Pacific/Niue"])] * 2),
    week=st.integers(0, 600),
)
def test_both_twins_of_a_pair_are_asked_in_the_same_weeks(
    every: Every, days: tuple[int, int], minutes: tuple[int, int], zones: tuple[str, str], week: int
) -> None:
    rules = [CheckInRule(*one, every) for one in zip(days, minutes, zones, strict=True)]
    start = date(2026, 1, 5) + week * timedelta(weeks=1)
    period = f"{start.isocalendar().year}-W{start.isocalendar().week:02d}"
    asked = []
    for rule in rules:
        # from a week that both have behind them, one check-in after the other, as the timers go
        last, weeks = period, []
        moment = due_at(rule, period)
        for _ in range(6):
            last, moment = next_due(rule, moment, last)
            weeks.append(last)
        asked.append(weeks)
    assert asked[0] == asked[1]


# -- a rule that changes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old_day", "new_day", "expected"),
    [
        (6, 0, "2026-W50"),  # Sunday to Monday: the next Monday would be tomorrow
        (6, 2, "2026-W50"),  # to Wednesday: three days
        (6, 3, "2026-W49"),  # to Thursday: four days, far enough
        (0, 6, "2026-W49"),  # Monday to Sunday: this week has been asked
        (0, 0, "2026-W49"),
    ],
)
def test_a_new_day_skips_what_is_too_near_and_nothing_else(old_day: int, new_day: int, expected: str) -> None:
    old, new = CheckInRule(old_day, 540, FREETOWN), CheckInRule(new_day, 540, FREETOWN)
    last = due_at(old, "2026-W48")
    period, due = next_due(new, last + timedelta(minutes=5), "2026-W48", last_due=last)
    assert (period, due) == (expected, due_at(new, expected))


def test_no_week_is_skipped_that_is_far_enough_however_late_the_rule_is_changed() -> None:
    monday, tuesday = CheckInRule(0, 540, FREETOWN), CheckInRule(1, 540, FREETOWN)
    last, sunday = due_at(monday, "2026-W48"), utc(2026, 11, 29, 18)
    for rule in (monday, tuesday):
        assert next_due(rule, sunday, "2026-W48", last_due=last)[0] == "2026-W49"
    assert next_due(monday, sunday, "2026-W48")[0] == "2026-W49"


def test_flying_over_the_date_line_does_not_ask_twice() -> None:
    east = CheckInRule(0, 0, "Pacific/Kiritimati")  # Monday's midnight, Sunday for nearly everyone else
    west = CheckInRule(6, 540, "Pacific/Pago_Pago")
    period, last = next_due(east, utc(2026, 11, 26))
    again, _ = next_due(west, last, period, last_due=last)
    assert period == "2026-W49"
    assert again == "2026-W50", "her Sunday of W49 lies a week ahead, but that week has been asked"
    assert next_due(west, last)[0] == "2026-W48", "without the last period it would have been tonight"


def test_the_version_of_a_rule_is_the_same_in_every_process_and_another_for_every_change() -> None:
    rule = CheckInRule(2, 540, FREETOWN)
    others = {
        CheckInRule(3, 540, FREETOWN),
        CheckInRule(2, 600, FREETOWN),
        CheckInRule(2, 540, CASABLANCA),
        CheckInRule(2, 540, FREETOWN, Every.MONTHLY),
    }
    assert rule_version(rule) == rule_version(CheckInRule(2, 540, FREETOWN)) == "8dba1d7c455d"
    assert len({rule_version(other) for other in others} | {rule_version(rule)}) == 5


# -- her own hour ----------------------------------------------------------------------------------------------------


@given(rules, moments, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_her_own_hour_comes_late_enough_and_within_a_day_of_that(
    rule: CheckInRule, moment: datetime, at_least: timedelta
) -> None:
    own = own_hour_after(rule, moment, at_least)
    assert timedelta(0) <= own - moment - at_least <= timedelta(hours=26)
    assert own == moment_at(wall(own, rule.zone).date(), rule.minute, rule.zone) or wall(own, rule.zone).minute == 0


def test_a_reminder_comes_at_her_hour_on_the_first_day_that_is_48_hours_away() -> None:
    rule = CheckInRule(2, 9 * 60, AMSTERDAM)
    two_days = timedelta(hours=48)
    assert own_hour_after(rule, utc(2026, 11, 25, 8, 0), two_days) == utc(2026, 11, 27, 8, 0)
    assert own_hour_after(rule, utc(2026, 11, 25, 8, 1), two_days) == utc(2026, 11, 28, 8, 0)
    # Over the change to summer time two days of the calendar are 47 hours: a day more.
    assert own_hour_after(rule, utc(2027, 3, 27, 8, 0), two_days) == utc(2027, 3, 30, 7, 0)


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "Africa", "../../etc/passwd", "/etc/passwd", "zone.tab", "a\0b", "\ud800"]
)
def test_an_unknown_zone_says_what_to_do(zone: str) -> None:
    with pytest.raises(UnknownZone, match="IANA name such as Africa/Freetown"):
        CheckInRule(0, 540, zone)


@pytest.mark.parametrize(("day", "minute"), [(-1, 0), (7, 0), (0, -1), (0, 1440)])
def test_a_rule_outside_the_week_or_the_day_is_refused(day: int, minute: int) -> None:
    with pytest.raises(ValueError, match=r"check-in day|time of day"):
        CheckInRule(day, minute, FREETOWN)


@pytest.mark.parametrize(
    "period", ["", "2026-48", "2026-W54", "2027-W53", "2026-W00", "2026-w48", "26-W48", "2026-W٤٨"]
)
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(ValueError, match="ISO week such as 2026-W48"):
        due_at(CheckInRule(0, 540, FREETOWN), period)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        local_time(datetime(2026, 11, 25, 9), FREETOWN)  # noqa: DTZ001 - the mistake that is refused

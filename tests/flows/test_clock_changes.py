"""Check-ins over hours that are missing or come twice, and over Ramadan in Morocco."""

from __future__ import annotations

import struct
import zoneinfo
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from flows.rules.cadence import (
    CheckInRule,
    QuietHours,
    moment_at,
    next_due,
    quiet_until,
    zone_named,
)
from tests.flows.zones import (
    AMSTERDAM,
    MINUTE,
    NUUK,
    utc,
    wall,
)

# -- named cases: gaps and overlaps ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected"),
    [
        # Amsterdam, 28 March 2027: 02:00 to 03:00 does not exist.
        (AMSTERDAM, date(2027, 3, 28), (1, 59), utc(2027, 3, 28, 0, 59)),
        (AMSTERDAM, date(2027, 3, 28), (2, 0), utc(2027, 3, 28, 1, 0)),
        (AMSTERDAM, date(2027, 3, 28), (2, 30), utc(2027, 3, 28, 1, 0)),
        (AMSTERDAM, date(2027, 3, 28), (3, 0), utc(2027, 3, 28, 1, 0)),
        # 31 October 2027: 02:00 to 03:00 comes twice.
        (AMSTERDAM, date(2027, 10, 31), (2, 30), utc(2027, 10, 31, 0, 30)),
        (AMSTERDAM, date(2027, 10, 31), (3, 0), utc(2027, 10, 31, 2, 0)),
        # Nuuk, 27 March 2027: the last hour of Saturday does not exist, Sunday's midnight follows.
        (NUUK, date(2027, 3, 27), (23, 30), utc(2027, 3, 28, 1, 0)),
        # Lord Howe moves by half an hour, Troll by two hours.
        ("Australia/Lord_Howe", date(2027, 10, 3), (2, 10), utc(2027, 10, 2, 15, 30)),
        ("Antarctica/Troll", date(2027, 3, 28), (2, 30), utc(2027, 3, 28, 1, 0)),
        # Samoa had no 30 December 2011: the hour of the next day, not the midnight at which the gap ends.
        ("Pacific/Apia", date(2011, 12, 29), (9, 0), utc(2011, 12, 29, 19, 0)),
        ("Pacific/Apia", date(2011, 12, 30), (9, 0), utc(2011, 12, 30, 19, 0)),
        ("Pacific/Apia", date(2011, 12, 31), (9, 0), utc(2011, 12, 30, 19, 0)),
        # Kwajalein had no 21 August 1993.
        ("Pacific/Kwajalein", date(1993, 8, 21), (9, 0), utc(1993, 8, 21, 21, 0)),
    ],
)
def test_a_missing_hour_is_the_first_that_exists_and_a_double_hour_its_first_coming(
    zone: str, day: date, clock: tuple[int, int], expected: datetime
) -> None:
    assert moment_at(day, clock[0] * 60 + clock[1], zone) == expected


def test_a_week_whose_check_in_day_does_not_exist_is_asked_on_the_next_day_and_no_week_twice() -> None:
    rule = CheckInRule(4, 9 * 60, "Pacific/Apia")  # Fridays; 30 December 2011 was one
    weeks = [next_due(rule, utc(2011, 12, 20))]
    for _ in range(3):
        weeks.append(next_due(rule, weeks[-1][1]))
    assert [period for period, _ in weeks] == ["2011-W51", "2011-W52", "2012-W01", "2012-W02"]
    assert [wall(due, rule.zone).day for _, due in weeks] == [23, 31, 6, 13]
    assert {wall(due, rule.zone).hour for _, due in weeks} == {9}


def test_a_check_in_moved_over_midnight_by_a_gap_keeps_its_week() -> None:
    rule = CheckInRule(5, 23 * 60 + 30, NUUK)  # Saturdays; on 27 March 2027 Sunday 00:00 instead
    period, due = next_due(rule, utc(2027, 3, 28, 0, 59))
    assert (period, due) == ("2027-W12", utc(2027, 3, 28, 1, 0))
    assert next_due(rule, due)[0] == "2027-W13"


# -- named cases: Ramadan in Morocco -----------------------------------------------------------------------------------
# In zone data 2025b Morocco is at UTC+1 but for Ramadan: clocks go back at 03:00 on the Sunday before it and forth at
# 02:00 on the Sunday after. In 2026f it stays on UTC from 20 September 2026 on. What a government took away it can
# bring back, so the case stays, in a zone of its own that no release of the data changes.

RAMADAN = "Twinbot/Casablanca_with_Ramadan"
RAMADANS = [
    (utc(2027, 2, 7, 2), utc(2027, 3, 14, 2)),
    (utc(2028, 1, 23, 2), utc(2028, 3, 5, 2)),
]


def tzif(transitions: list[tuple[datetime, int]]) -> bytes:
    """A zone file (RFC 9636) of hours east of UTC: +1 first, then what each transition begins."""
    times = [int(moment.timestamp()) for moment, _ in transitions]
    kinds = bytes(hours for _, hours in transitions)
    types = struct.pack(">lbB", 0, 0, 0) + struct.pack(">lbB", 3600, 0, 4)
    header = b"TZif2" + bytes(15)
    empty = header + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + struct.pack(">lbB", 0, 0, 0) + b"+00\0"
    body = header + struct.pack(">6l", 0, 0, 0, 1 + len(times), 2, 8)
    body += struct.pack(f">{1 + len(times)}q", 0, *times) + bytes([1]) + kinds + types + b"+00\0+01\0"
    return empty + body + b"\n<+01>-1\n"


@pytest.fixture
def ramadan(tmp_path: Path) -> Iterator[str]:
    path = tmp_path.joinpath(*RAMADAN.split("/"))
    path.parent.mkdir()
    path.write_bytes(tzif([change for back, forth in RAMADANS for change in ((back, 0), (forth, 1))]))
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(tmp_path), *before])
    yield RAMADAN
    zoneinfo.reset_tzpath(to=before)
    zone_named.cache_clear()


@pytest.mark.parametrize(("back", "forth"), RAMADANS)
def test_nine_stays_nine_through_ramadan(ramadan: str, back: datetime, forth: datetime) -> None:
    rule = CheckInRule(6, 9 * 60, ramadan)
    quiet = QuietHours.default(ramadan)
    due = next_due(rule, back - timedelta(days=8))[1]
    hours = {}
    while due.date() <= forth.date():
        assert wall(due, ramadan).hour == 9
        assert quiet_until(quiet, due) is None
        hours[due.date()] = due.hour
        due = next_due(rule, due)[1]
    weeks = (forth - back) // timedelta(weeks=1)
    during = {back.date() + timedelta(weeks=n): 9 for n in range(weeks)}
    assert hours == {back.date() - timedelta(weeks=1): 8, **during, forth.date(): 8}


@pytest.mark.parametrize(("back", "forth"), RAMADANS)
def test_the_hour_missing_after_ramadan_is_three_and_the_one_doubled_before_it_the_first(
    ramadan: str, back: datetime, forth: datetime
) -> None:
    assert moment_at(forth.date(), 2 * 60 + 30, ramadan) == forth
    assert wall(forth, ramadan).hour == 3
    assert moment_at(back.date(), 2 * 60 + 30, ramadan) == back - timedelta(minutes=30)
    assert wall(back + timedelta(minutes=30), ramadan) == wall(back - timedelta(minutes=30), ramadan)


@pytest.mark.parametrize(("back", "forth"), RAMADANS)
def test_the_night_is_an_hour_longer_as_ramadan_begins_and_shorter_after_it(
    ramadan: str, back: datetime, forth: datetime
) -> None:
    quiet = QuietHours.default(ramadan)
    for evening, hours in ((back.replace(hour=20), 12), (forth.replace(hour=21), 10), (back.replace(hour=21), 11)):
        start = evening if hours == 11 else evening - timedelta(days=1)
        assert wall(start, ramadan).hour == 21
        assert quiet_until(quiet, start - MINUTE) is None
        assert quiet_until(quiet, start) == start + timedelta(hours=hours)

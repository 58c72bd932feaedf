"""When a person is asked, and when she is left alone: calendars, zones and quiet hours.

Rules kept here:

* A rule is local (weekday, minute, zone); a moment is aware and in UTC. Local time is computed from the zone data of
  today at every call, nothing is added to an earlier moment: 09:00 stays 09:00 across every change of the clocks.
* A period is an ISO week of the local calendar, `2026-W48`, for all three cadences. It names a check-in for ever.
* An hour that does not exist is the first moment that does; an hour that comes twice is its first coming. When a
  whole day does not exist (Samoa, 30 December 2011) the same hour of the next day is meant, not its midnight.
* Fortnights are counted through, not by the number of the week: 2026 has a week 53, so odd numbers come twice
  running (2026-W53, 2027-W01). Even weeks of 2026 are on, and every second week from there.
* A month's week is that of its first Monday, whatever the day of a person: so two twins with different days are asked
  in the same weeks, whichever cadence they agreed on.
* Whatever she changes, no period is given twice and no two check-ins fall within four days of local time
  (`next_due` with the last period and the moment of the last check-in).
* What falls on a day off comes on the next day that is none, at the same hour, and stays what its period names it.
* What falls into her quiet hours comes at their end, on a day that is not off.
* Quiet hours are stretches between two moments, from the first coming of their start to the last coming of their
  end. So clocks that go back over either edge never open a hole in a night. Where Ramadan has hours of its own, each
  edge is that of its day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTES_OF_DAY = 24 * 60
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)

LEAST_BETWEEN_CHECK_INS = timedelta(days=4)
"""Local time between two check-ins, when the rule changes between them. More than half a week: a person who moves
her day by up to three days forward is still asked in the next week."""

QUIET_START = 21 * 60
QUIET_END = 8 * 60
"""The quiet hours of everyone who chose none: 21:00 to 08:00."""


LONGEST_OFF = 14
"""No country has so many holidays in a row (nine, in Russia and Myanmar): what still falls on one is asked then."""

DaysOff = Callable[[date], bool]
"""Whether nobody is asked on a day of the local calendar."""


IsRamadan = Callable[[date], bool]
"""Whether a day may be one of Ramadan: the fact `world.ramadan`."""

Stretch = tuple[int, int]
"""Minutes after local midnight: from one up to, not including, the other."""


def never_off(_: date) -> bool:
    """The days off of somebody who has none, and Ramadan where nobody keeps it."""
    return False


class UnknownZone(ValueError):
    """No such zone in the zone data. Its sentence says what to do."""


class Every(StrEnum):
    """How often a twin is asked."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Nothing is sent from `start` up to, not including, `end`: minutes after local midnight in `zone`, over midnight
    where `end` is the smaller. On days that `is_ramadan` the two of `ramadan` hold instead, where it is given; both
    stretches are then over midnight. Raises ValueError where both are the same, UnknownZone for a zone that is not
    there."""

    start: int
    end: int
    zone: str
    ramadan: Stretch | None = None
    is_ramadan: IsRamadan = field(default=never_off, compare=False, repr=False)

    def __post_init__(self) -> None:
        for start, end in (self.usual, self.ramadan or self.usual):
            _check_minute(start)
            _check_minute(end)
            if start == end:
                raise ValueError(
                    "quiet hours that end when they start are none or all of a day: give two different hours"
                )
            if self.ramadan is not None and start < end:
                raise ValueError("quiet hours that change in Ramadan go over midnight: give a later start")
        zone_named(self.zone)

    @classmethod
    def parse(cls, text: str, is_ramadan: IsRamadan = never_off) -> Self:
        """The hours that `str()` of quiet hours wrote, such as `21:00-08:00 Africa/Freetown`."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"quiet hours are written as 21:00-08:00 Africa/Freetown, not {text!r}")
        start, end, *ramadan = (_minute(one) for one in found.group("start", "end", "from", "to") if one is not None)
        return cls(start, end, found["zone"], (ramadan[0], ramadan[1]) if ramadan else None, is_ramadan)

    @classmethod
    def default(cls, zone: str) -> Self:
        return cls(QUIET_START, QUIET_END, zone)

    def __str__(self) -> str:
        usual = f"{_clock(self.start)}-{_clock(self.end)} {self.zone}"
        return usual if self.ramadan is None else f"{usual}, Ramadan {'-'.join(_clock(one) for one in self.ramadan)}"

    @property
    def usual(self) -> Stretch:
        return self.start, self.end

    def on(self, day: date) -> Stretch:
        """When the stretch that begins on `day` does, and when one ends that ends on it."""
        return self.ramadan if self.ramadan is not None and self.is_ramadan(day) else self.usual

    def cover(self, minute: int) -> bool:
        """Whether the local time `minute` lies inside, on a day without a change of the clocks."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


_WRITTEN = re.compile(
    r"(?P<start>\d\d:[0-5]\d)-(?P<end>\d\d:[0-5]\d) (?P<zone>[^\s,]+)"
    r"(, Ramadan (?P<from>\d\d:[0-5]\d)-(?P<to>\d\d:[0-5]\d))?",
    re.ASCII,
)


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@dataclass(frozen=True, slots=True)
class CheckInRule:
    """Asked on `day` (0 is Monday) at `minute` after local midnight in `zone`, or when the `quiet` hours end in which
    that lies. Monthly is the week of a month's first Monday, whatever the day. Raises ValueError for what lies outside,
    UnknownZone for a zone that is not there."""

    day: int
    minute: int
    zone: str
    every: Every = Every.WEEKLY
    quiet: QuietHours | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.day <= 6:
            raise ValueError(f"a check-in day is 0 (Monday) to 6 (Sunday), not {self.day}")
        _check_minute(self.minute)
        Every(self.every)
        zone_named(self.zone)


# -- zones and local moments ---------------------------------------------------------------------------------------


@cache  # bounded by the zone data: only zones that exist are kept
def zone_named(zone: str) -> ZoneInfo:
    """The zone of that IANA name. Raises UnknownZone."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Africa" is a folder of the zone data
        raise UnknownZone(
            f"{zone!r} is no time zone: give an IANA name such as Africa/Freetown, or upgrade the zone data (tzdata)"
        ) from None


def local_time(moment: datetime, zone: str) -> datetime:
    """`moment` as the clocks of `zone` show it. Raises ValueError for a moment without a zone of its own."""
    if moment.tzinfo is None:
        raise ValueError("a moment must be aware, in UTC: datetime.now(UTC), not datetime.now()")
    return moment.astimezone(zone_named(zone))


def moment_at(day: date, minute: int, zone: str) -> datetime:
    """The moment, in UTC, at which the clocks of `zone` show `minute` after midnight of `day`.

    In an overlap the first of the two. In a gap the first moment after it; in a gap of a whole day or more, the same
    minute of the first day after it.
    """
    return _moment(day, minute, zone_named(zone), fold=0)


def _moment(day: date, minute: int, zone: ZoneInfo, *, fold: int) -> datetime:
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone, fold=fold)
    moment = wall.astimezone(UTC)
    # Same zone on both sides: Python compares the clock faces, which differ only in a gap.
    if moment.astimezone(zone) == wall:
        return moment
    # In a gap the two folds mean the offset before and the offset after: they enclose the leap of the clocks.
    early, late = (wall.replace(fold=either).astimezone(UTC) for either in (1, 0))
    if late - early >= DAY:
        return _moment(day + DAY, minute, zone, fold=fold)
    return _first_moment_of_offset(early, late, zone)


def _first_moment_of_offset(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The moment between `early` and `late`, to the second, from which the offset of `late` holds."""
    after = late.astimezone(zone).utcoffset()
    seconds = int((late - early).total_seconds())
    low, high = 0, seconds
    while low < high:
        middle = (low + high) // 2
        if (early + timedelta(seconds=middle)).astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle + 1
    return early + timedelta(seconds=low)


def _check_minute(minute: int) -> None:
    if not 0 <= minute < MINUTES_OF_DAY:
        raise ValueError(f"a time of day is 0 to {MINUTES_OF_DAY - 1} minutes after midnight, not {minute}")


# -- check-ins -----------------------------------------------------------------------------------------------------


def period_of(rule: CheckInRule, moment: datetime) -> str:
    """The period in whose local week `moment` lies, such as `2026-W48`."""
    return _period(local_time(moment, rule.zone).date())


def due_at(rule: CheckInRule, period: str, off: DaysOff = never_off) -> datetime:
    """The moment, in UTC, of the rule's weekday and minute in the week `period`, or the first after it that lies in no
    quiet hours and on no day off; whether or not the rule's cadence asks in that week. Raises ValueError for what is no
    period."""
    return asked_on(rule, _monday(period) + rule.day * DAY, off)


def asked_on(rule: CheckInRule, day: date, off: DaysOff = never_off) -> datetime:
    """Her own hour of `day`, or the first moment after it that lies in no quiet hours of hers and on no day off."""
    minute = rule.minute
    while True:
        day = first_not_off(day, off)
        moment = moment_at(day, minute, rule.zone)
        until = None if rule.quiet is None else quiet_until(rule.quiet, moment)
        if until is None:
            return moment
        after = local_time(until, rule.zone)
        if first_not_off(after.date(), off) == after.date():
            return until
        day, minute = after.date(), after.hour * 60 + after.minute


def first_not_off(day: date, off: DaysOff) -> date:
    """`day`, or the next that is not off; `day` itself where a fortnight of them is."""
    return next((one for one in (day + later * DAY for later in range(LONGEST_OFF)) if not off(one)), day)


def following(rule: CheckInRule, period: str) -> str:
    """The first period after `period` in which the rule asks."""
    return _period(next(_mondays(rule, _monday(period) + WEEK)))


def next_due(
    rule: CheckInRule,
    after: datetime,
    last_period: str | None = None,
    *,
    last_due: datetime | None = None,
    off: DaysOff = never_off,
) -> tuple[str, datetime]:
    """The first period of `rule` that falls due strictly after `after`, and when, in UTC.

    `last_period` is the last one that she was asked in: only a later one is given. `last_due` is when she was asked
    then: what is less than four days of local time after it is passed over. Whoever may have changed day, hour, zone
    or cadence since needs both; while the rule stays the same the period alone is enough.
    """
    # What was moved over days off, or over a Sunday that did not exist, is still that of an earlier week.
    start = local_time(after, rule.zone).date() - LONGEST_OFF * DAY
    if last_period is not None:
        start = max(start, _monday(last_period) + WEEK)
    earliest = None
    if last_due is not None:
        earliest = local_time(last_due, rule.zone).replace(tzinfo=None) + LEAST_BETWEEN_CHECK_INS
    mondays = _mondays(rule, start - start.weekday() * DAY)
    while True:
        monday = next(mondays)
        due = due_at(rule, _period(monday), off)
        if due > after and (earliest is None or local_time(due, rule.zone).replace(tzinfo=None) >= earliest):
            return _period(monday), due


def own_hour_after(rule: CheckInRule, moment: datetime, at_least: timedelta, off: DaysOff = never_off) -> datetime:
    """The first coming of the person's own hour, on any day that is not off, at least `at_least` after `moment`. Where
    that lies in her quiet hours their end stands for it. In UTC."""
    earliest = moment + at_least
    day = local_time(earliest, rule.zone).date() - DAY
    while (due := asked_on(rule, day, off)) < earliest:
        day += DAY
    return due


def rule_version(rule: CheckInRule) -> str:
    """Twelve characters that are the same for equal rules, in every process and release."""
    told = f"{rule.day} {rule.minute} {rule.zone} {Every(rule.every).value}"
    if rule.quiet is not None:
        told = f"{told} {rule.quiet}"
    return blake2b(told.encode(), digest_size=6).hexdigest()


def _mondays(rule: CheckInRule, first: date) -> Iterator[date]:
    """The weeks from `first`, a Monday, in which the rule asks, by their Mondays. Without end."""
    monday = first
    while True:
        match rule.every:
            case Every.WEEKLY:
                yield monday
            case Every.FORTNIGHTLY:
                # Day 1 of Python's calendar is a Monday.
                if monday.toordinal() // 7 % 2 == _FORTNIGHT:
                    yield monday
            case Every.MONTHLY:
                if monday.day <= 7:
                    yield monday
        monday += WEEK


@lru_cache(maxsize=1024)  # twenty years; what comes from outside can not fill the memory
def _monday(period: str) -> date:
    """The first day of a period."""
    try:
        monday = date.fromisocalendar(int(period[:4]), int(period[6:]), 1)
    except ValueError:
        monday = None
    if monday is None or _period(monday) != period:
        raise ValueError(f"a period is an ISO week such as 2026-W48, not {period!r}")
    return monday


@lru_cache(maxsize=1024)
def _period(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def first_day(period: str) -> date:
    """The Monday of a period. Raises ValueError for what is none."""
    return _monday(period)


def week_before(period: str) -> str:
    """The period before, such as `2026-W53` before `2027-W01`."""
    return _period(_monday(period) - WEEK)


_FORTNIGHT = date.fromisocalendar(2026, 48, 1).toordinal() // 7 % 2

# -- quiet hours ---------------------------------------------------------------------------------------------------


def quiet_until(quiet: QuietHours, moment: datetime) -> datetime | None:
    """When the quiet stretch ends in which `moment` lies, in UTC; None when it lies in none."""
    zone = zone_named(quiet.zone)
    until = None
    # Yesterday's stretch may reach over midnight; where a day is missing, one stretch ends as the next begins.
    first = local_time(moment, quiet.zone).date() - DAY
    for day in (first, first + DAY, first + 2 * DAY):
        start = _moment(day, quiet.on(day)[0], zone, fold=0)
        ends_on = day + DAY if quiet.end < quiet.start else day
        end = _moment(ends_on, quiet.on(ends_on)[1], zone, fold=1)
        if start <= (until or moment) < end:
            until = end
    return until


def check_in_minutes(quiet: QuietHours) -> tuple[int, ...]:
    """The full hours of a day that may be offered for check-ins: those outside the quiet hours."""
    return tuple(minute for minute in range(0, MINUTES_OF_DAY, 60) if not quiet.cover(minute))

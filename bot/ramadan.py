"""When it is Ramadan, from the library `hijridate`: the one place that knows it.

Rules kept here:

* Counted by the calendar of Umm al-Qura. Where the moon is sighted the month may begin and end a day earlier or later:
  so the day before and the day after belong to it here.
* Loaded when somebody who chose Ramadan hours is first planned, not at the start.
* Years that the calendar does not reach (it ends in 2077) have no Ramadan.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

RAMADAN = 9
"""The ninth month."""

DAY = timedelta(days=1)


def is_ramadan(day: date) -> bool:
    """Whether `day` may be one of Ramadan somewhere."""
    return day in _days(day.year)


@lru_cache(maxsize=16)
def _days(year: int) -> frozenset[date]:
    """Those of a year; in 33 of ours there is one with two."""
    from hijridate import Gregorian  # noqa: PLC0415 - see the rules above

    found: set[date] = set()
    day = date(year, 1, 1) - DAY
    while day <= date(year, 12, 31) + DAY:
        try:
            hijri = Gregorian.fromdate(day).to_hijri()
        except OverflowError:
            return frozenset(found)
        if hijri.month == RAMADAN:
            found |= {day - DAY, day, day + DAY}
        day += DAY
    return frozenset(found)

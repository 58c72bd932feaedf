"""Zones, moments and rules for the tests of calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from flows.rules.cadence import (
    MINUTES_OF_DAY,
    CheckInRule,
    Every,
)

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
LAST = datetime(2028, 11, 1, tzinfo=UTC)
ZONES = sorted(available_timezones())
FREETOWN = "Africa/Freetown"
CASABLANCA = "Africa/Casablanca"
AMSTERDAM = "Europe/Amsterdam"
NUUK = "America/Nuuk"
MINUTE = timedelta(minutes=1)

rules = st.builds(
    CheckInRule, st.integers(0, 6), st.integers(0, MINUTES_OF_DAY - 1), st.sampled_from(ZONES), st.sampled_from(Every)
)
moments = st.datetimes(datetime(2026, 11, 1), datetime(2028, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive


def utc(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=UTC)  # type: ignore[misc,arg-type]


def wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def changes(zone: str) -> Iterator[datetime]:
    """Every change of the clocks of `zone` in the two years, to the minute."""
    clock = ZoneInfo(zone)
    day = FIRST
    while day < LAST:
        before, after = day, day + timedelta(days=1)
        if before.astimezone(clock).utcoffset() != after.astimezone(clock).utcoffset():
            while after - before > MINUTE:
                middle = before + ((after - before) // 2 // MINUTE) * MINUTE
                same = middle.astimezone(clock).utcoffset() == before.astimezone(clock).utcoffset()
                before, after = (middle, after) if same else (before, middle)
            yield after
        day += timedelta(days=1)

"""A continent and its partners: who lives in which zone, and when she wants to be asked.

Rules kept here:

* The shares are assumptions, written down to be argued with: no programme has told its own yet.
* When somebody is asked is not assumed: it comes from the rule of check-ins itself (`flows/rules/cadence`), which also
  says which hours can be chosen at all.
* The same people in every run.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flows.rules.cadence import CheckInRule, QuietHours, check_in_minutes, due_at

PEOPLE: Final = 1_000_000
PERIOD: Final = "2026-W49"
"""The week that is looked at: no clock anywhere changes in it."""
MONDAY: Final = datetime(2026, 11, 30, tzinfo=UTC)
MINUTES: Final = 7 * 24 * 60

AFRICA: Final = {
    "Africa/Lagos": 20,
    "Africa/Nairobi": 18,
    "Africa/Cairo": 14,
    "Africa/Johannesburg": 12,
    "Africa/Casablanca": 12,
    "Africa/Accra": 12,
    "Africa/Freetown": 12,
}
PARTNERS: Final = {
    "Europe/London": 22,
    "Europe/Amsterdam": 18,
    "Europe/Paris": 16,
    "Europe/Berlin": 14,
    "Europe/Madrid": 10,
    "America/New_York": 8,
    "America/Sao_Paulo": 4,
    "Asia/Kolkata": 4,
    "Asia/Manila": 2,
    "Australia/Sydney": 2,
}
"""Of every pair one lives in Africa and one with a partner: twinning ties professions of Africa mostly to Europe, less
to the Americas and Asia. So four fifths live within three hours of each other, and zones spread the load but little."""
DAYS: Final = (22, 16, 16, 14, 16, 8, 8)
"""Monday first: what a form offers first is taken more often, and weekends less."""
HOURS: Final = {8: 9, 9: 12, 10: 6, 11: 4, 12: 9, 13: 6, 14: 4, 15: 4, 16: 6, 17: 10, 18: 12, 19: 11, 20: 7}
"""Before work, at noon, after work."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One choice of day and hour in one zone."""

    zone: str
    day: int
    minute: int

    @property
    def rule(self) -> CheckInRule:
        return CheckInRule(self.day, self.minute, self.zone)


def rhythms(count: int = PEOPLE) -> list[Rhythm]:
    """Of `count` people, whose neighbours (2n and 2n + 1) are pairs."""
    chance = random.Random(2026)  # noqa: S311 - the same people in every run
    half = count // 2
    sides = [chance.choices(list(zones), list(zones.values()), k=half) for zones in (AFRICA, PARTNERS)]
    offered = check_in_minutes(QuietHours.default("UTC"))
    days = chance.choices(range(7), DAYS, k=2 * half)
    hours = chance.choices(offered, [HOURS[minute // 60] for minute in offered], k=2 * half)
    return [Rhythm(sides[n % 2][n // 2], days[n], hours[n]) for n in range(2 * half)]


Week = Mapping[int, int]
"""How many are asked in which minute of the week, from Monday 00:00 UTC."""


def asked(people: Mapping[Rhythm, int]) -> Week:
    """When these are asked."""
    found: Counter[int] = Counter()
    for rhythm, count in people.items():
        moment = due_at(rhythm.rule, PERIOD)
        found[int((moment - MONDAY) / timedelta(minutes=1)) % MINUTES] += count
    return found


def by_hour(week: Week) -> list[int]:
    """The same by hours of the week."""
    hours = [0] * (MINUTES // 60)
    for minute, count in week.items():
        hours[minute // 60] += count
    return hours


def spreads(count: int = PEOPLE) -> Iterator[tuple[str, Week]]:
    """The same number of people, spread in four ways: the continent, and three to compare it with."""
    continent = Counter(rhythms(count))
    yield "as chosen, on the hour", asked(continent)
    within: Counter[int] = Counter()
    for minute, people in asked(continent).items():
        for later in range(60):
            within[(minute + later) % MINUTES] += people // 60 + (later < people % 60)
    yield "as chosen, within the hour", within
    offered = check_in_minutes(QuietHours.default("UTC"))
    even = Counter({Rhythm(one.zone, day, minute): 0 for one in continent for day in range(7) for minute in offered})
    zones = Counter[str]()
    for one, people in continent.items():
        zones[one.zone] += people
    for one in even:
        even[one] = round(zones[one.zone] / 7 / len(offered))
    yield "every day and hour alike", asked(even)
    yield "all on Monday at nine", asked({Rhythm("Europe/Amsterdam", 0, 9 * 60): count})

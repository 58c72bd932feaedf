"""When a coordinator's digest comes: at nine on Mondays, by her own clock; where that is a day off, on the next day."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.effects import SetTimer
from flows.rules.cadence import CheckInRule, DaysOff, due_at, never_off, next_due, rule_version

NINE = 9 * 60
MONDAY = 0

DIGEST_VALID_FOR = timedelta(hours=24)
"""On Tuesday morning Monday's digest is no news any more."""


def plan_digest(zone: str, after: datetime, last_period: str | None = None, off: DaysOff = never_off) -> SetTimer:
    """The timer of the next digest of a coordinator who lives in `zone`."""
    rule = CheckInRule(MONDAY, NINE, zone)
    period, due = next_due(rule, after, last_period, off=off)
    return SetTimer("digest", period, due, due + DIGEST_VALID_FOR, rule_version(rule))


def due_in(zone: str, period: str, off: DaysOff) -> datetime:
    """The moment of the digest of the week `period`, in UTC."""
    return due_at(CheckInRule(MONDAY, NINE, zone), period, off)


def at_its_time(zone: str, period: str, off: DaysOff) -> SetTimer:
    """The timer of the digest of `period`, as today's zone data and holidays have it."""
    rule = CheckInRule(MONDAY, NINE, zone)
    due = due_at(rule, period, off)
    return SetTimer("digest", period, due, due + DIGEST_VALID_FOR, rule_version(rule))

"""When a coordinator's digest comes: at nine on Mondays, by her own clock; where that is a day off, on the next day."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.effects import SetTimer
from flows.rules.cadence import CheckInRule, DaysOff, Every, QuietHours, due_at, never_off, next_due, rule_version

NINE = 9 * 60
MONDAY = 0

DIGEST_VALID_FOR = timedelta(hours=24)
"""On Tuesday morning Monday's digest is no news any more."""


def _rule(quiet: QuietHours) -> CheckInRule:
    return CheckInRule(MONDAY, NINE, quiet.zone, Every.WEEKLY, quiet)


def plan_digest(
    quiet: QuietHours, after: datetime, last_period: str | None = None, off: DaysOff = never_off
) -> SetTimer:
    """The timer of the next digest of a coordinator with these quiet hours, in the zone where she lives."""
    rule = _rule(quiet)
    period, due = next_due(rule, after, last_period, off=off)
    return SetTimer("digest", period, due, due + DIGEST_VALID_FOR, rule_version(rule))


def due_in(quiet: QuietHours, period: str, off: DaysOff) -> datetime:
    """The moment of the digest of the week `period`, in UTC."""
    return due_at(_rule(quiet), period, off)


def at_its_time(quiet: QuietHours, period: str, off: DaysOff) -> SetTimer:
    """The timer of the digest of `period`, as today's zone data and holidays have it."""
    rule = _rule(quiet)
    due = due_at(rule, period, off)
    return SetTimer("digest", period, due, due + DIGEST_VALID_FOR, rule_version(rule))

"""When a coordinator's digest comes: at nine on Mondays, by her own clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.effects import SetTimer
from flows.rules.cadence import CheckInRule, due_at, next_due, rule_version

NINE = 9 * 60
MONDAY = 0

DIGEST_VALID_FOR = timedelta(hours=24)
"""On Tuesday morning Monday's digest is no news any more."""


def plan_digest(zone: str, after: datetime, last_period: str | None = None) -> SetTimer:
    """The timer of the next digest of a coordinator who lives in `zone`."""
    rule = CheckInRule(MONDAY, NINE, zone)
    period, due = next_due(rule, after, last_period)
    return SetTimer("digest", period, due, due + DIGEST_VALID_FOR, rule_version(rule))


def due_in(zone: str, period: str) -> datetime:
    """The moment of the digest of the week `period`, in UTC."""
    return due_at(CheckInRule(MONDAY, NINE, zone), period)


def at_its_time(zone: str, period: str) -> SetTimer:
    """The timer of the digest of `period`, as today's zone data has it."""
    rule = CheckInRule(MONDAY, NINE, zone)
    due = due_at(rule, period)
    return SetTimer("digest", period, due, due + DIGEST_VALID_FOR, rule_version(rule))

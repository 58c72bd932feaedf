"""The day on which a twin is asked something beside her check-in: three days after it, at her own hour, every week."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.effects import SetTimer
from flows.rules.cadence import CheckInRule, DaysOff, Every, QuietHours, never_off, next_due, rule_version

AFTER_CHECK_IN = 3
"""Days from the day of the check-ins to that of anything else: as far from this week's as from the next one."""

ASKED_VALID_FOR = timedelta(hours=48)
"""As long as a check-in."""


def asking_day(check_in_day: int, minute: int, zone: str, quiet: QuietHours | None = None) -> CheckInRule:
    """The rule of that day, of somebody whose check-ins come on `check_in_day` (0 is Monday)."""
    return CheckInRule((check_in_day + AFTER_CHECK_IN) % 7, minute, zone, Every.WEEKLY, quiet)


def plan_asking(
    rule: CheckInRule, after: datetime, last_period: str | None = None, off: DaysOff = never_off
) -> SetTimer:
    """The timer of the next moment at which is looked what to ask her."""
    period, due = next_due(rule, after, last_period, off=off)
    return asking_at(rule, period, due)


def asking_at(rule: CheckInRule, period: str, moment: datetime) -> SetTimer:
    """The timer of `period`, at a moment of its own."""
    return SetTimer("asking", period, moment, moment + ASKED_VALID_FOR, rule_version(rule))
